"""The common form of all formats of feeds: an entry's statements as written. No IO."""

from __future__ import annotations

from dataclasses import dataclass, field

from academichub.messages import Message
from academichub.works.author import Author

MAX_RAW_CHARS = 65_536
"""Longest entry stored as received; a longer one is cut, with a remark."""


@dataclass
class Entry:
    """One entry of a feed.

    Attributes:
        guid: The feed's own name for it (guid, atom:id, rdf:about, JSON id).
        links: Addresses it points to, the best first.
        title: As markup.
        texts: Markup that may hold the abstract: the most formal first.
        summary: The description alone, as markup: where publishers hide authors and DOI.
        names: Author fields as written, each one name or a list.
        authors: Authors the feed states part by part.
        identifiers: Statements such as `doi:10.1/x`, `pmid:1`, a bare DOI.
        dates: As written, the day of publication first.
        venues: Names of the journal, the most trusted first.
        raw: The entry as received.
    """

    guid: str = ""
    links: list[str] = field(default_factory=list)
    title: str = ""
    texts: list[str] = field(default_factory=list)
    summary: str = ""
    names: list[str] = field(default_factory=list)
    authors: list[Author] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    dates: list[str] = field(default_factory=list)
    venues: list[str] = field(default_factory=list)
    rights: str = ""
    language: str = ""
    raw: str = ""


@dataclass
class Document:
    """A feed as read.

    It holds what the feed says of itself, its entries in order, what and how many entries could not
    be read, and those of them our own code failed on.
    """

    title: str = ""
    venue: str = ""
    dates: list[str] = field(default_factory=list)
    language: str = ""
    entries: list[Entry] = field(default_factory=list)
    problems: list[Message] = field(default_factory=list)
    lost: int = 0
    faults: list[Message] = field(default_factory=list)


def cut(raw: str) -> str:
    """Return an entry as received, cut at MAX_RAW_CHARS and saying so."""
    if len(raw) <= MAX_RAW_CHARS:
        return raw
    note = f" (cut from {len(raw)} characters)"
    return raw[: MAX_RAW_CHARS - len(note)] + note
