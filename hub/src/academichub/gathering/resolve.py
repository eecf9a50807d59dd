"""Works that readers name, resolved: in the library first, then at the sources that can know them.

arXiv ids are looked up at arXiv's query API, DOIs at Crossref, titles at both where they are
enabled. What a source gives is merged into the library without its announcements: an old work that
serves as an example is not news.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from academichub.errors import SourceError, UsageError
from academichub.gathering.lookups import Fetch
from academichub.hub import Hub
from academichub.messages import Message
from academichub.search.service import search
from academichub.sources.arxiv import query_api as arxiv_query
from academichub.sources.crossref import CrossrefOptions
from academichub.sources.crossref import api as crossref
from academichub.text.latex import readable_latex
from academichub.works.author_names import parse_name
from academichub.works.identifiers import Identifier, fold
from academichub.works.references import MAX_REFERENCE_CHARACTERS, Reference
from academichub.works.work import Record, Work

TITLES_LOOKED_AT = 10
"""Works of a source among which a title is looked for."""

MIN_TITLE_WORDS = 2
"""A title of fewer words is not looked for: too many works have it."""


@dataclass
class Resolution:
    """What became of the works a reader named.

    Attributes:
        keys: Each reference that was resolved -> key of its work.
        refused: Each that cannot be resolved -> why.
        waiting: Each that could not be resolved yet -> why.
    """

    keys: dict[Reference, str] = field(default_factory=dict)
    refused: dict[Reference, Message] = field(default_factory=dict)
    waiting: dict[Reference, Message] = field(default_factory=dict)


def resolve(hub: Hub, references: Sequence[Reference], fetch: Fetch) -> Resolution:
    """Resolve works that a reader names.

    Args:
        hub: The open hub; works that sources give are added to its library.
        references: The works as named.
        fetch: How requests are made.

    Raises:
        StorageError: If the database cannot be written.
    """
    return _Resolver(hub, fetch).resolve(references)


class _Resolver:
    """Resolves references with the sources of a hub."""

    def __init__(self, hub: Hub, fetch: Fetch) -> None:
        self._hub, self._fetch = hub, fetch
        self._enabled = hub.settings.sources.enabled
        self._resolution = Resolution()

    def resolve(self, references: Sequence[Reference]) -> Resolution:
        """Return what became of the references."""
        open_references = [
            reference for reference in references if not self._resolve_here(reference)
        ]
        by_scheme: dict[str, list[Reference]] = {}
        for reference in open_references:
            scheme = reference.identifier.scheme if reference.identifier else "title"
            by_scheme.setdefault(scheme, []).append(reference)
        self._look_up(by_scheme.pop("arxiv", []), arxiv_query.MODULE, arxiv_query.IDS_A_REQUEST)
        self._look_up(by_scheme.pop("doi", []), crossref.MODULE, crossref.DOIS_A_REQUEST)
        for reference in by_scheme.pop("title", []):
            self._look_for_title(reference)
        for scheme, others in by_scheme.items():
            for reference in others:
                reason = Message.of("example.no_source", scheme=scheme)
                self._resolution.refused[reference] = reason
        return self._resolution

    def _resolve_here(self, reference: Reference) -> bool:
        """Resolve a reference in the library; return whether nothing more is to be done."""
        if len(reference.text) > MAX_REFERENCE_CHARACTERS:
            too_long = Message.of("example.too_long", limit=MAX_REFERENCE_CHARACTERS)
            self._resolution.refused[reference] = too_long
            return True
        if reference.identifier is not None:
            work = self._hub.works_named([reference.identifier.key]).get(reference.identifier.key)
        else:
            if len(fold(reference.title)) < 3 or _is_too_short(reference.title):
                short = Message.of("example.title_too_short")
                self._resolution.refused[reference] = short
                return True
            work = _titled(_works_with_words(self._hub, reference.title), reference)
        if work is not None:
            self._resolution.keys[reference] = work.key
        return work is not None

    def _look_up(self, references: Sequence[Reference], module: str, portion: int) -> None:
        """Look identifiers up at the source that knows them, a portion a request."""
        for start in range(0, len(references), portion):
            part = references[start : start + portion]
            if module not in self._enabled:
                reason = Message.of("example.not_enabled", source=Message.of(f"source.{module}"))
                self._resolution.refused |= dict.fromkeys(part, reason)
                continue
            names = {
                reference.identifier: reference
                for reference in part
                if reference.identifier is not None
            }
            try:
                records = self._records_by_id(module, list(names))
            except SourceError as problem:
                self._note_failure(part, module, problem)
                continue
            keys = self._add(records)
            for identifier, reference in names.items():
                if identifier in keys:
                    self._resolution.keys[reference] = keys[identifier]
                else:
                    source = Message.of(f"source.{module}")
                    unknown = Message.of("example.unknown", source=source, name=identifier.value)
                    self._resolution.refused[reference] = unknown

    def _records_by_id(self, module: str, identifiers: Sequence[Identifier]) -> Sequence[Record]:
        """Return the records of identifiers of one scheme; raises SourceError."""
        values = [identifier.value for identifier in identifiers]
        base_url = self._hub.settings.sources.base_url(module)
        if module == arxiv_query.MODULE:
            url = arxiv_query.ids_address(base_url, values)
            return self._fetch(module, url, partial(arxiv_query.parse_page, url=url)).records
        listed = [value for value in values if crossref.can_be_listed(value)]
        if not listed:
            return ()
        url = crossref.works_address(base_url, listed, mailto=mailto_of(self._hub))
        return self._fetch(module, url, partial(crossref.parse_page, url=url)).records

    def _look_for_title(self, reference: Reference) -> None:
        """Look for a title at each enabled source that can search titles, until one has it."""
        modules = [name for name in TITLE_SOURCES if name in self._enabled]
        if not modules:
            self._resolution.refused[reference] = Message.of("example.no_title_source")
            return
        failure: tuple[str, SourceError] | None = None
        reason = Message.of(
            "example.no_such_title",
            sources=[Message.of(f"source.{module}") for module in modules],
        )
        for module in modules:
            try:
                records = self._records_by_title(module, reference)
            except SourceError as problem:
                failure = failure or (module, problem)
                continue
            matching = [record for record in records if _has_title(record, reference)]
            if len({_first_author(record) for record in matching}) > 1:
                reason = Message.of(
                    "example.ambiguous", works=[_shown(reference) for reference in matching]
                )
                continue
            if matching:
                keys = self._add(matching[:1])
                self._resolution.keys[reference] = keys[matching[0].identifiers[0]]
                return
        if failure is not None:
            self._note_failure([reference], *failure)
        else:
            self._resolution.refused[reference] = reason

    def _records_by_title(self, module: str, reference: Reference) -> Sequence[Record]:
        """Return the works of a source that may have a title; raises SourceError."""
        base_url = self._hub.settings.sources.base_url(module)
        if module == arxiv_query.MODULE:
            url = arxiv_query.title_address(base_url, reference.title, TITLES_LOOKED_AT)
            return self._fetch(module, url, partial(arxiv_query.parse_page, url=url)).records
        text = f"{reference.title} {reference.first_author}".strip()
        mailto = mailto_of(self._hub)
        url = crossref.title_address(base_url, text, TITLES_LOOKED_AT, mailto=mailto)
        return self._fetch(module, url, partial(crossref.parse_page, url=url)).records

    def _add(self, records: Sequence[Record]) -> dict[Identifier, str]:
        """Merge records into the library; return their identifiers -> keys of their works."""
        return {
            identifier: key
            for identifiers, key in add_records(self._hub, records)
            for identifier in identifiers
        }

    def _note_failure(
        self, references: Sequence[Reference], module: str, problem: SourceError
    ) -> None:
        """Let references wait for the next gather, or refuse those a source cannot be asked for."""
        source = Message.of(f"source.{module}")
        for reference in references:
            if problem.failure == "bad_request":
                refusal = Message.of("example.refused", source=source, why=problem.message)
                self._resolution.refused[reference] = refusal
            else:
                reason = Message.of(f"failure.{problem.failure}")
                waits = Message.of("example.not_yet", source=source, why=reason)
                self._resolution.waiting[reference] = waits


TITLE_SOURCES = (crossref.MODULE, arxiv_query.MODULE)
"""Sources that can search titles, in the order they are asked."""


def mailto_of(hub: Hub) -> str:
    """Return the mail address for Crossref's polite pool; empty where none is set."""
    return hub.settings.sources.options(CrossrefOptions).mailto


def add_records(
    hub: Hub, records: Sequence[Record]
) -> Iterator[tuple[tuple[Identifier, ...], str]]:
    """Merge records into the library without their announcements: examples are not news.

    Yields the identifiers of each and the key of its work. It makes no difference whether the
    library had the work before.

    Raises:
        StorageError: If the database cannot be written.
    """
    hub.library.add(replace(record, announcements=()) for record in records)
    return keys_of(hub, [record.identifiers for record in records])


def keys_of(
    hub: Hub, identifiers: Sequence[tuple[Identifier, ...]]
) -> Iterator[tuple[tuple[Identifier, ...], str]]:
    """Yield, for each work the library has, the identifiers given and its key."""
    works = hub.library.by_keys(name.key for names in identifiers for name in names)
    for names in identifiers:
        work = next((works[name.key] for name in names if name.key in works), None)
        if work is not None:
            yield names, work.key


def _is_too_short(title: str) -> bool:
    """Whether a title has a single word; a run of Chinese characters is as good as several."""
    return len(fold(title).split()) < MIN_TITLE_WORDS and title.isascii()


def _works_with_words(hub: Hub, title: str) -> list[Work]:
    """Return the works of the library that are nearest to a title by its words."""
    words = " ".join(fold(title).split()[:60])
    try:
        result = search(hub.library, words, limit=TITLES_LOOKED_AT * 3, highlights=False)
    except UsageError:  # words that are search syntax, such as a year that is none
        return []
    return [hit.work for hit in result.hits]


def _titled(works: Sequence[Work], reference: Reference) -> Work | None:
    """Return the work that has the title of a reference and an identifier of its own, or None.

    An entry of a library file that has only its title does not resolve a title.
    """
    for work in works:
        is_named = any(identifier.scheme != "local" for identifier in work.identifiers)
        if is_named and _has_title(work, reference):
            return work
    return None


def _has_title(work: Work | Record, reference: Reference) -> bool:
    """Whether a work has the title of a reference, and its first author where that is known."""
    if fold(readable_latex(work.title)) != fold(readable_latex(reference.title)):
        return False
    if not reference.first_author or not work.authors:
        return True
    family = parse_name(reference.first_author).family
    return any(parse_name(author.name).family == family for author in work.authors)


def _first_author(record: Record) -> str:
    return parse_name(record.authors[0].name).family if record.authors else ""


def _shown(record: Record) -> str:
    """Return how a record is named to a reader who has to choose."""
    return record.identifiers[0].value
