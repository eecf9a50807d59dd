"""Works: a line of `academichub export works --format jsonl`, and a work of `/api/works/{key}`."""

from __future__ import annotations

from pydantic import Field

from academichub.documents.document import Document
from academichub.works.work import AnnounceType, Kind


class DatedVersion(Document):
    """A version of a work."""

    version: int
    """Number, from 1."""
    date: str | None
    """Day it was announced, else submitted (YYYY-MM-DD); null where neither is known."""


class Announcement(Document):
    """A source announced a version of a work."""

    source: str
    """Module name of the source, e.g. `arxiv_announce`."""
    date: str
    """The source's day (YYYY-MM-DD)."""
    type: AnnounceType
    """`new`, `cross` (a cross-list), `replace` (a new version) or `replace-cross`."""
    category: str
    """Category or journal it was announced in."""
    version: int
    """Version announced; 0 where the source knows no versions."""


class Name(Document):
    """A name in parts, or an organisation's (or one not known in parts) as `literal`."""

    family: str = ""
    """Family name without its particle."""
    given: str = ""
    """Given names or initials."""
    particle: str = ""
    """Words before the family name that it is not sorted by, e.g. `van`."""
    suffix: str = ""
    """What follows the name, e.g. `Jr.`."""
    literal: str = ""
    """The whole name; the other parts are then absent."""


class Work(Document):
    """A work as it is exported. Fields after `withdrawn` are there only where they are known."""

    key: str
    """Name of the work in this hub: scheme and identifier, e.g. `arxiv:2606.13125`."""
    identifiers: dict[str, str]
    """Identifiers by scheme: `arxiv` (without version), `doi`, `pmid`, `openreview`, `acl`, `s2`,
    `openalex`."""
    title: str
    """Title as the source gives it."""
    authors: list[str]
    """Names as the source writes them, in order."""
    categories: list[str]
    """arXiv categories, the primary one first."""
    abstract: str
    """Abstract; empty where none is known."""
    versions: list[DatedVersion]
    """Every version known, oldest first."""
    announcements: list[Announcement]
    """Every announcement known."""
    sources: list[str]
    """Module names of the sources that know the work."""
    withdrawn: bool
    """Whether it was withdrawn or retracted."""
    published: str = ""
    """First publication, as complete as the source gives it (YYYY, YYYY-MM or YYYY-MM-DD)."""
    updated: str = ""
    """Day of the latest change known."""
    kind: Kind = "other"
    """`preprint`, `article`, `proceedings` (a paper in proceedings), `book`, `chapter`, `thesis`,
    `report`, `dataset`, `software` or `other`."""
    venue: str = ""
    """Journal, proceedings or server by name."""
    journal_ref: str = ""
    """Journal reference as free text."""
    comment: str = ""
    """The authors' comment."""
    url: str = ""
    """Where a reader finds the work."""
    license: str = ""
    """Licence as the source names it."""
    language: str = ""
    """Language of the work."""
    note: str | None = ""
    """A sentence on the work written for the starter shelf. `/api/works/{key}` has null where there
    is none."""
    field: str = ""
    """Id of the field of science, where the source implies one."""
    orcids: dict[str, str] = Field(default_factory=dict)
    """ORCID iDs by name of the author."""
    volume: str = ""
    """Volume of the journal or proceedings."""
    number: str = ""
    """Issue of the volume, or number of a report."""
    pages: str = ""
    """Pages or article number, as the source writes them."""
    publisher: str = ""
    """Publisher."""
    school: str = ""
    """Institution of a thesis or report."""
    series: str = ""
    """Series of a book or of proceedings."""
    edition: str = ""
    """Edition of a book."""
    place: str = ""
    """Place of publication."""
    isbn: str = ""
    """ISBN."""
    issn: str = ""
    """ISSN."""
    citation_key: str = ""
    """Key of the work in the reader's own bibliography."""
    editors: list[str] = Field(default_factory=list)
    """Editors of the book or proceedings, as the source writes them."""
    names: list[Name] = Field(default_factory=list)
    """The authors' names in parts, one for each author."""
    editor_names: list[Name] = Field(default_factory=list)
    """The editors' names in parts, one for each editor."""


class ReceivedRecord(Document):
    """A record a work rests on: what one source said of it at one time."""

    source: str
    """Module name of the source."""
    source_key: str
    """The source's own name for the entry."""
    received_at: str
    """When it came (UTC)."""
    hash: str
    """Hash of its content."""


class WorkWithRecords(Work):
    """A work and the records it rests on."""

    records: list[ReceivedRecord]
    """Every record, oldest first."""
