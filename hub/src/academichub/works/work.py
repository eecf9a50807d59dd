"""What the hub knows of scholarly works: plain, immutable types. No IO, no database, no network.

A `Record` is the statement of one source on one work at one time; it is stored for good. A `Work`
is what all records of one scholarly work add up to (library/merge.py). Dates are ISO text
`YYYY-MM-DD` (or `YYYY-MM`, `YYYY`), so that a date a source leaves incomplete stays so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from academichub.works.author import Author
from academichub.works.identifiers import Identifier, landing_url, public_identifiers

AnnounceType = Literal["new", "cross", "replace", "replace-cross"]
ANNOUNCE_TYPES: tuple[AnnounceType, ...] = ("new", "cross", "replace", "replace-cross")
"""Announcement types, strongest first (arXiv's own words)."""

Kind = Literal[
    "preprint",
    "article",
    "proceedings",
    "book",
    "chapter",
    "thesis",
    "report",
    "dataset",
    "software",
    "other",
]
"""What a work is: `proceedings` is a paper in proceedings, `chapter` a chapter or part of a
book."""

CITATION_TEXTS = (
    "volume",
    "number",
    "pages",
    "publisher",
    "school",
    "series",
    "edition",
    "place",
    "isbn",
    "issn",
    "citation_key",
)
"""The fields of Record and Work that are texts a citation prints as they are."""


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a work: its number from 1, and the days it was submitted and announced."""

    version: int
    submitted: str | None = None
    announced: str | None = None

    @property
    def date(self) -> str | None:
        """The day it was announced, else submitted."""
        return self.announced or self.submitted


@dataclass(frozen=True, slots=True)
class Announcement:
    """A source listed a version of a work on a day, in a category (or a journal)."""

    source: str
    date: str
    type: AnnounceType
    category: str
    version: int


@dataclass(frozen=True, slots=True)
class Record:
    """The statement of one source on one work at one time.

    Attributes:
        source: Module name of the source (`arxiv_oai`, `feed`, `bibtex`, ...).
        source_key: The source's own name for the entry (OAI identifier, DOI, feed guid, citation
            key).
        identifiers: Identifiers in normal form; never empty (a statement without any gets a `local`
            or `url` one).
        version: The version the texts belong to; 0 where the source knows no versions.
        datestamp: The day the source says the record was last changed or published; empty if it
            says none.
        published: First publication, as complete as the source gives it.
        journal_ref: The journal reference as free text (arXiv), e.g. `Phys. Rev. X 1 (2026) 2`.
        venue: The journal, proceedings or server by name.
        note: Our own sentence or two on the work (starter shelf only).
        field: Id of the field of science the source implies (fields.py), for sources without
            categories.
        withdrawn: The version is a withdrawal or retraction.
        volume, number, pages: Where the work stands in its journal or proceedings, as the source
            writes it; `number` is the issue of a volume, or the number of a report.
        publisher, place, edition, series: As printed in the work.
        school: The institution of a thesis or a report.
        isbn, issn: As the source writes them; one each.
        citation_key: The key under which the reader's own bibliography holds the work.
        editors: Of the book or proceedings the work is, or stands in.
        via: The sources an imported statement says it came from (our own export); empty elsewhere.
        raw: The entry as received: an XML fragment, a JSON object or a file entry. May be empty in
            tests.
    """

    source: str
    source_key: str
    identifiers: tuple[Identifier, ...]
    title: str
    authors: tuple[Author, ...] = ()
    abstract: str = ""
    categories: tuple[str, ...] = ()
    version: int = 0
    datestamp: str = ""
    published: str = ""
    versions: tuple[Version, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    comment: str = ""
    journal_ref: str = ""
    venue: str = ""
    url: str = ""
    license: str = ""
    language: str = ""
    note: str = ""
    field: str = ""
    kind: Kind = "other"
    withdrawn: bool = False
    volume: str = ""
    number: str = ""
    pages: str = ""
    publisher: str = ""
    school: str = ""
    series: str = ""
    edition: str = ""
    place: str = ""
    isbn: str = ""
    issn: str = ""
    citation_key: str = ""
    editors: tuple[Author, ...] = ()
    via: tuple[str, ...] = ()
    raw: str = dataclasses.field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Work:
    """One scholarly work over all sources.

    `id` is a row number of one database and means nothing outside it.

    What is not described here is as in Record.

    Attributes:
        title_text: The title with its LaTeX made readable, as the library stores it; empty where it
            is the title itself, None where it was not stored.
        abstract_text: The same of the abstract.
    """

    id: int
    key: str
    identifiers: tuple[Identifier, ...]
    title: str
    authors: tuple[Author, ...] = ()
    abstract: str = ""
    categories: tuple[str, ...] = ()
    published: str = ""
    updated: str = ""
    versions: tuple[Version, ...] = ()
    announcements: tuple[Announcement, ...] = ()
    sources: tuple[str, ...] = ()
    comment: str = ""
    journal_ref: str = ""
    venue: str = ""
    link: str = ""
    license: str = ""
    language: str = ""
    note: str = ""
    field: str = ""
    kind: Kind = "other"
    withdrawn: bool = False
    volume: str = ""
    number: str = ""
    pages: str = ""
    publisher: str = ""
    school: str = ""
    series: str = ""
    edition: str = ""
    place: str = ""
    isbn: str = ""
    issn: str = ""
    citation_key: str = ""
    editors: tuple[Author, ...] = ()
    title_text: str | None = dataclasses.field(default=None, compare=False)
    abstract_text: str | None = dataclasses.field(default=None, compare=False)

    @property
    def public_identifiers(self) -> Mapping[str, str]:
        """The identifiers outsiders see, by scheme."""
        return public_identifiers(self.identifiers)

    @property
    def url(self) -> str:
        """Where a reader finds the work.

        That is the landing page of its identifiers, else the link its source gave.
        """
        return landing_url(self.public_identifiers) or self.link

    @property
    def text(self) -> str:
        """What can be quoted and cited: the abstract, else our own note."""
        return self.abstract or self.note

    @property
    def readable_title(self) -> str:
        """The title with its LaTeX made readable; exports give it as its source wrote it."""
        return _readable(self.title, self.title_text)

    @property
    def readable_text(self) -> str:
        """What can be quoted, with its LaTeX made readable."""
        return _readable(self.abstract, self.abstract_text) if self.abstract else self.note

    @property
    def latest_version(self) -> int:
        """The highest version known; 0 where versions are not known."""
        return max((version.version for version in self.versions), default=0)

    def announcement_on(self, first: str, last: str) -> Announcement | None:
        """Return the announcement that labels a card, or None if there was none in [first, last].

        The latest day counts first, then the strongest type, then the primary category.
        """
        within = (each for each in self.announcements if first <= each.date <= last)
        primary = self.categories[0] if self.categories else ""
        return min(
            within,
            key=lambda announcement: (
                tuple(-ord(ch) for ch in announcement.date),
                ANNOUNCE_TYPES.index(announcement.type),
                announcement.category != primary,
                announcement.category,
                announcement.source,
            ),
            default=None,
        )


def _readable(source: str, stored: str | None) -> str:
    if stored is not None:
        return stored or source
    # The table of macros is loaded only where it is needed.
    from academichub.text.latex import readable_latex

    return readable_latex(source)
