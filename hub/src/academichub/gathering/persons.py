"""A person's works: by ORCID iD, which is certain, or by name, which the reader has to confirm."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from academichub.errors import NotFoundError, SourceError, UsageError
from academichub.gathering.examples import ExamplesAdded, add_references
from academichub.gathering.lookups import Fetch
from academichub.gathering.resolve import add_records, mailto_of
from academichub.hub import Hub
from academichub.library.works import WorkFilter
from academichub.messages import Message
from academichub.radar.radar import Radar
from academichub.sources.arxiv import query_api as arxiv_query
from academichub.sources.crossref import api as crossref
from academichub.text.latex import readable_latex
from academichub.works.author_names import EXACT, PersonName, full_name, name_strength, parse_name
from academichub.works.fields import field_of_category
from academichub.works.references import Reference
from academichub.works.work import Record, Work

MAX_NAME = 200
MAX_WORKS = 100
"""Most works of a name that are looked at."""

MANY_FIELDS = 3
"""Works in this many fields under one name are probably those of several people."""

MANY_WORKS = 60
"""So are this many works."""


@dataclass(frozen=True, slots=True)
class PersonWork:
    """A work under a name: how it is named in a form, its title, year, and who wrote it."""

    key: str
    title: str
    year: str
    authors: tuple[str, ...]
    field: str


@dataclass(frozen=True, slots=True)
class PersonWorks:
    """The works found under a name.

    Attributes:
        name: The name in the order of an author line.
        works: Latest first.
        ambiguous: Whether they look like those of several people.
        problem: Why a source could not be asked; None where all answered.
    """

    name: str
    works: tuple[PersonWork, ...]
    ambiguous: bool
    problem: Message | None = None


def add_works_of_orcid(hub: Hub, radar: Radar, orcid: str, fetch: Fetch) -> ExamplesAdded:
    """Add the works that Crossref has under an ORCID iD as examples.

    Raises:
        UsageError: If Crossref is not enabled.
        NotFoundError: If it has no works under it.
        SourceError: If it does not answer.
    """
    source = Message.of(f"source.{crossref.MODULE}")
    if crossref.MODULE not in hub.settings.sources.enabled:
        raise UsageError(Message.of("example.not_enabled", source=source))
    base_url = hub.settings.sources.base_url(crossref.MODULE)
    url = crossref.orcid_address(base_url, orcid, mailto=mailto_of(hub))
    records = fetch(crossref.MODULE, url, partial(crossref.parse_page, url=url)).records
    if not records:
        raise NotFoundError(Message.of("person.no_works", name=orcid, source=source))
    list(add_records(hub, records))
    references = [Reference(record.identifiers[0].key, record.identifiers[0]) for record in records]
    return add_references(hub, radar, references, fetch)


def works_of_name(hub: Hub, text: str, fetch: Fetch) -> PersonWorks:
    """Return the works under a name, in the library and at arXiv, for the reader to confirm.

    Raises:
        UsageError: If it is not a whole name.
        NotFoundError: If there is no work under it.
        SourceError: If the library has none, and arXiv does not answer.
    """
    name = full_name(" ".join(text.split()))
    person = parse_name(name)
    if not person.family or (not person.given and name.isascii()):
        raise UsageError(Message.of("person.not_a_name", text=text[:80]))
    stored = hub.library.select(WorkFilter(authors=(name,)), limit=MAX_WORKS)
    works = {work.key: _of_work(work) for work in stored}
    stored_names = {identifier.key for work in stored for identifier in work.identifiers}
    problem: SourceError | None = None
    if arxiv_query.MODULE in hub.settings.sources.enabled:
        try:
            at_arxiv = _arxiv_works(hub, person, name, fetch)
        except SourceError as failure:
            problem = failure
        else:
            works |= {key: work for key, work in at_arxiv.items() if key not in stored_names}
    if not works:
        if problem is not None:
            raise problem
        source = Message.of(f"source.{arxiv_query.MODULE}")
        raise NotFoundError(Message.of("person.no_works", name=name, source=source))
    ordered = sorted(works.values(), key=lambda work: (work.year, work.title), reverse=True)
    fields = {work.field for work in ordered} - {""}
    ambiguous = len(fields) >= MANY_FIELDS or len(ordered) >= MANY_WORKS
    return PersonWorks(
        name, tuple(ordered[:MAX_WORKS]), ambiguous, problem.message if problem else None
    )


def _arxiv_works(hub: Hub, person: PersonName, name: str, fetch: Fetch) -> dict[str, PersonWork]:
    """Return arXiv's works of exactly this person, by the key of their first identifier."""
    base_url = hub.settings.sources.base_url(arxiv_query.MODULE)
    url = arxiv_query.author_address(base_url, name, MAX_WORKS)
    page = fetch(arxiv_query.MODULE, url, partial(arxiv_query.parse_page, url=url))
    return {
        record.identifiers[0].key: _of_record(record)
        for record in page.records
        if any(name_strength(person, parse_name(author.name)) >= EXACT for author in record.authors)
    }


def _of_work(work: Work) -> PersonWork:
    names = tuple(author.name for author in work.authors)
    return PersonWork(work.key, work.readable_title, work.published[:4], names, work.field)


def _of_record(record: Record) -> PersonWork:
    names = tuple(author.name for author in record.authors)
    field = field_of_category(record.categories[0]) if record.categories else record.field
    title = readable_latex(record.title)
    return PersonWork(record.identifiers[0].key, title, record.published[:4], names, field)
