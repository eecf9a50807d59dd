"""What every reader of a library file gives, its limits, and how an entry becomes a Record.

No database, no network.

A reader never raises for what is inside an entry: the entry is skipped with a place and a reason,
and the following ones are read. It raises InputError only for the file as a whole (too large, not
the format, not readable as text).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from academichub.errors import InputError
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.works.author import Author
from academichub.works.identifiers import Identifier, local_identifier, normalise, parse_identifier
from academichub.works.work import Kind, Record

MAX_FILE_BYTES = 128 << 20
"""Largest file of a format that is read whole (all but JSON lines)."""

MAX_UNPACKED_BYTES = 2 << 30
"""Most bytes a file of lines may hold, after unpacking."""

MAX_ENTRIES = 200_000
"""Most entries of one file that is read whole."""

MAX_TITLE = 2_000
MAX_ABSTRACT = 50_000
MAX_NAME = 2_000
MAX_AUTHORS = 10_000
MAX_RAW = 65_536
"""Longest texts of one entry, in characters; longer ones are cut, and the report says so."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that was not taken, or a part of one.

    Attributes:
        position: Where it is in the file (`line 120`, `item 3`).
        reason: Why it was not taken, or not as it stands.
    """

    position: Message
    reason: Message

    @property
    def where(self) -> str:
        """The position in English."""
        return message_text(self.position)

    @property
    def why(self) -> str:
        """The reason in English."""
        return message_text(self.reason)


def line_position(number: int) -> Message:
    """Return the position of a line, counted from 1."""
    return Message.of("skipped.line", line=number)


@dataclass(frozen=True, slots=True)
class FileFeed:
    """A feed named in an OPML file; `folder` is the path of outlines above it."""

    title: str
    url: str
    site: str = ""
    folder: tuple[str, ...] = ()


@dataclass(slots=True)
class ParsedFile:
    """What a file holds.

    Attributes:
        records: One for each entry taken, in file order; duplicates stay.
        skipped: One for each entry that could not be taken.
        feeds: The feeds of an OPML file, which holds no records.
        warnings: What was cut, ignored or doubtful without losing an entry.
    """

    records: list[Record] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    feeds: list[FileFeed] = field(default_factory=list)
    warnings: list[Skipped] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Entries found in the file."""
        return len(self.records) + len(self.feeds) + len(self.skipped)


def check_size(data: bytes, what: str) -> None:
    """Raise InputError if a file is larger than MAX_FILE_BYTES."""
    if len(data) > MAX_FILE_BYTES:
        limit = MAX_FILE_BYTES >> 20
        raise InputError(Message.of("file.too_large", kind=what, size=len(data) >> 20, limit=limit))


def check_entries(number: int, what: str) -> None:
    """Raise InputError if a file holds more than MAX_ENTRIES entries."""
    if number > MAX_ENTRIES:
        raise InputError(Message.of("file.too_many_entries", kind=what, limit=MAX_ENTRIES))


_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


def clean(text: str) -> str:
    """Return text without control characters and half surrogates, which no page can hold."""
    return _NOT_TEXT.sub("", text) if _NOT_TEXT.search(text) else text


def one_line(text: str) -> str:
    """Return clean text with every run of blanks as one space."""
    return " ".join(clean(text).split())


@dataclass(slots=True)
class Entry:
    """The parts of a file entry that become a Record; texts are plain already (no TeX, no markup).

    Attributes:
        stated: (scheme, `any` or `note`; text) pairs, the most trusted first: where identifiers are
            looked for.
    """

    key: str
    title: str
    authors: list[str] = field(default_factory=list)
    stated: list[tuple[str, str]] = field(default_factory=list)
    published: str = ""
    abstract: str = ""
    venue: str = ""
    url: str = ""
    language: str = ""
    kind: Kind = "other"
    categories: tuple[str, ...] = ()
    raw: str = ""

    def cuts(self) -> Iterator[Message]:
        """Report the texts that are over their limits and will be cut."""
        if (length := len(self.title)) > MAX_TITLE:
            yield Message.of("skipped.title_cut", length=length, limit=MAX_TITLE)
        if (length := len(self.abstract)) > MAX_ABSTRACT:
            yield Message.of("skipped.abstract_cut", length=length, limit=MAX_ABSTRACT)
        if (length := len(self.authors)) > MAX_AUTHORS:
            yield Message.of("skipped.authors_cut", length=length, limit=MAX_AUTHORS)

    def record(self, source: str) -> Record:
        """Return the entry as a record of a source.

        Without any identifier it gets one from its content.
        """
        title = one_line(self.title)[:MAX_TITLE]
        names = [name for text in self.authors[:MAX_AUTHORS] if (name := one_line(text)[:MAX_NAME])]
        venue = one_line(self.venue)[:MAX_TITLE]
        if _ARCHIVE.match(venue):
            venue = (
                ""  # where a preprint lies is no journal: a later venue must not lose against it
            )
        identifiers = find_identifiers(self.stated)
        url = one_line(self.url)
        return Record(
            source=source,
            source_key=one_line(self.key)[:MAX_NAME],
            identifiers=tuple(identifiers.values())
            or (local_identifier(title, names, self.published[:4], venue),),
            title=title,
            authors=tuple(Author(name) for name in names),
            abstract=one_line(self.abstract)[:MAX_ABSTRACT],
            categories=self.categories,
            datestamp=self.published,
            published=self.published,
            venue=venue,
            url=url if url.startswith(("https://", "http://")) and len(url) <= MAX_TITLE else "",
            language=self.language,
            kind="preprint" if self.kind == "other" and "arxiv" in identifiers else self.kind,
            raw=clean(self.raw)[:MAX_RAW],
        )


_LABELLED = re.compile(
    r"(?P<label>arxiv|doi|pmid|openalex|s2|acl|openreview)\s*:\s*(?P<value>\S+)(?:\s*\[[\w.-]+\])?",
    re.IGNORECASE,
)
_PREPRINT = re.compile(
    r"(?:arxiv(?:\.org)?\s++)?(?:e-?prints?|preprints?)?[\s,:]*+arxiv\s*+:\s*+"
    r"(?P<id>\S+?)(?:\s*\[[\w.-]+\])?",
    re.IGNORECASE,
)
_ARCHIVE = re.compile(r"arxiv\b|corr$", re.IGNORECASE)
_PARTS = re.compile(r"[;\n]|<br */?>")


def find_identifiers(stated: Iterable[tuple[str, str]]) -> dict[str, Identifier]:
    """Return one identifier a scheme, the first stated, from fields of an entry.

    A field's scheme may be a scheme's name, `any` (an address or key that names the work as a
    whole) or `note` (lines like `arXiv: 2606.00001 [cs]` or `PMID: 123`; identifiers in running
    text belong to other works and do not count).
    """
    by_scheme: dict[str, Identifier] = {}
    for scheme, text in stated:
        text = clean(text).strip()
        if not text or len(text) > MAX_RAW:
            continue
        for identifier in _in_note(text) if scheme == "note" else _in_field(scheme, text):
            if identifier is not None and len(identifier.value) <= MAX_NAME:
                by_scheme.setdefault(identifier.scheme, identifier)
    return by_scheme


def _in_field(scheme: str, text: str) -> Iterator[Identifier | None]:
    yield parse_identifier(text) if scheme == "any" else normalise(scheme, text)


def _in_note(text: str) -> Iterator[Identifier | None]:
    for part in _PARTS.split(text):
        part = part.strip(" .,")
        if match := _LABELLED.fullmatch(part):
            yield normalise(match["label"].lower(), match["value"])
        elif match := _PREPRINT.fullmatch(part):
            yield normalise("arxiv", match["id"])
