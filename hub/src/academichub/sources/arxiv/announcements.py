"""arXiv's announcement feeds: what is new, cross-listed or replaced today, in Atom or RSS.

Pure: addresses and bytes in, records out; requests (of Atom) are in gathering/staging.py. A
feed holds one announcement day and at most 2000 items; of more, the new papers are cut first. So
each category is requested alone, and OAI-PMH supplies the rest. Source:
https://info.arxiv.org/help/rss_specifications.html and the feed service's code of 2025-07.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast
from urllib.parse import quote

from lxml import etree

from academichub.errors import EntryError, SourceError
from academichub.messages import Message
from academichub.sources.arxiv.author_lists import split_authors
from academichub.sources.arxiv.xml import (
    ARXIV,
    ATOM,
    DC,
    eastern_day,
    raw_of,
    read_xml,
    says_withdrawn,
    text_of,
)
from academichub.sources.item_guard import ItemGuard
from academichub.works.fields import field_of_category
from academichub.works.identifiers import Identifier, normalise, parse_arxiv
from academichub.works.work import ANNOUNCE_TYPES, Announcement, AnnounceType, Record, Version

MODULE = "arxiv_announce"
MAX_ITEMS = 2000
"""Items arXiv puts into a feed; one that has as many was cut."""

MAX_READ = 20_000
"""Items read from one answer; more are refused as too large."""

_SUMMARY = re.compile(
    r"\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<type>[\w-]+)\s*(?:Abstract:\s*(?P<abstract>.*))?",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class AnnouncementFeed:
    """One category's announcement as received.

    Attributes:
        day: The feed's own day (US Eastern), also of an empty feed.
        records: One per item, in feed order.
        problems: What could not be read, one message an entry.
        faults: Entries our own code failed on, one message each.
    """

    category: str
    day: str
    records: tuple[Record, ...]
    problems: tuple[Message, ...]
    faults: tuple[Message, ...] = ()

    @property
    def is_capped(self) -> bool:
        """Whether arXiv's limit of items was reached, so that new papers are missing."""
        return len(self.records) + len(self.problems) + len(self.faults) >= MAX_ITEMS

    @property
    def versions(self) -> frozenset[tuple[str, int]]:
        """The (arXiv id, version) pairs announced."""
        return frozenset((arxiv_id(record), record.version) for record in self.records)


def address(base_url: str, category: str) -> str:
    """Return the address of a category's Atom feed."""
    return f"{base_url}/atom/{quote(category)}"


def arxiv_id(record: Record) -> str:
    """Return the arXiv id (without version) of a record of the three arXiv sources."""
    return next(
        identifier.value for identifier in record.identifiers if identifier.scheme == "arxiv"
    )


def parse_feed(data: bytes, category: str, *, url: str = "") -> AnnouncementFeed:
    """Read an announcement feed in Atom or RSS 2.0.

    Args:
        data: The body as received.
        category: The category requested; the announcements are made in it.
        url: The address requested, for messages.

    Raises:
        SourceError: `not_the_format` or `truncated` (arxiv/xml.py: read_xml), `bad_request` for
            arXiv's error feed, `too_large` for more than MAX_READ items, `protocol` for a feed that
            does not state its day.
    """
    root = read_xml(data, ("feed", "rss"), url=url)
    is_rss = etree.QName(root).localname == "rss"
    head = _rss_head(root, url) if is_rss else _atom_head(root)
    _require_usable(head, url)
    records, guard = [], ItemGuard()
    for position, item in enumerate(head.items, 1):
        with guard.entry(position):
            records.append(_record(item, category, head.day))
    return AnnouncementFeed(
        category, head.day, tuple(records), tuple(guard.problems), tuple(guard.faults)
    )


@dataclass(frozen=True, slots=True)
class _Head:
    """What a feed says of itself, alike for Atom and RSS; `day` is empty where it states none."""

    title: str
    about: str
    day: str
    items: list[etree._Element]


def _atom_head(root: etree._Element) -> _Head:
    return _Head(
        title=text_of(root, f"{ATOM}title"),
        about=text_of(root, f"{ATOM}subtitle"),
        day=eastern_day(text_of(root, f"{ATOM}updated")),
        items=root.findall(f"{ATOM}entry"),
    )


def _rss_head(root: etree._Element, url: str) -> _Head:
    channel = root.find("channel")
    if channel is None:
        raise SourceError("not_the_format", Message.of("arxiv.no_channel"), url=url)
    days = (eastern_day(text_of(channel, name)) for name in ("pubDate", "lastBuildDate"))
    return _Head(
        title=text_of(channel, "title"),
        about=text_of(channel, "description"),
        day=next((day for day in days if day), ""),
        items=channel.findall("item"),
    )


def _require_usable(head: _Head, url: str) -> None:
    """Raise SourceError for arXiv's error feed, too many items, or a feed without a day."""
    # The error feed is well-formed: without this check it would pass for a day without papers.
    if head.title.startswith("Feed error"):
        raise SourceError(
            "bad_request", Message.of("arxiv.error_feed", text=head.about[:300]), url=url
        )
    if len(head.items) > MAX_READ:
        too_large = Message.of("arxiv.feed_too_large", items=len(head.items), limit=MAX_READ)
        raise SourceError("too_large", too_large, url=url)
    if not head.day:
        raise SourceError("protocol", Message.of("arxiv.feed_no_day"), url=url)


def _record(item: etree._Element, category: str, day: str) -> Record:
    """Return the record of one item; raises EntryError where it lacks what it must have."""
    is_atom = item.tag == f"{ATOM}entry"
    name = text_of(item, f"{ATOM}id" if is_atom else "guid")
    summary = text_of(item, f"{ATOM}summary" if is_atom else "description")
    lead = _SUMMARY.match(summary)
    identifier, version = _id_and_version(name, lead)
    kind = _announce_type(item, name, lead)
    title = text_of(item, f"{ATOM}title" if is_atom else "title")
    if not title:
        raise EntryError(Message.of("entry.no_title", name=name[:80]))
    abstract = (lead["abstract"] or "").strip() if lead else summary
    own_day = eastern_day(text_of(item, f"{ATOM}published" if is_atom else "pubDate")) or day
    categories = _categories(item, is_atom)
    doi = normalise("doi", text_of(item, f"{ARXIV}DOI"))
    return Record(
        source=MODULE,
        source_key=f"oai:arXiv.org:{identifier}v{version}",
        identifiers=(
            Identifier("arxiv", identifier),
            *([doi] if doi and doi.scheme == "doi" else []),
        ),
        title=title,
        authors=split_authors(text_of(item, f"{DC}creator")),
        abstract=abstract,
        categories=categories,
        version=version,
        datestamp=own_day,
        versions=(Version(version),),
        announcements=(Announcement(MODULE, own_day, kind, category, version),),
        journal_ref=text_of(item, f"{ARXIV}journal_reference"),
        license=text_of(item, f"{DC}rights"),
        url=f"https://arxiv.org/abs/{identifier}",
        field=field_of_category(categories[0]) if categories else "",
        kind="preprint",
        withdrawn=says_withdrawn(abstract),
        raw=raw_of(item),
    )


def _id_and_version(name: str, lead: re.Match[str] | None) -> tuple[str, int]:
    """Return an item's arXiv id and version; an RSS guid may lack the version, its text has it."""
    parsed = parse_arxiv(name)
    if parsed is None:
        raise EntryError(Message.of("entry.not_arxiv", text=name[:80]))
    identifier, version = parsed
    version = version or _version_in(lead["id"] if lead else "")
    if not version:
        raise EntryError(Message.of("entry.no_version", name=name[:80]))
    return identifier, version


def _announce_type(item: etree._Element, name: str, lead: re.Match[str] | None) -> AnnounceType:
    kind = text_of(item, f"{ARXIV}announce_type") or (lead["type"] if lead else "")
    if kind not in ANNOUNCE_TYPES:
        raise EntryError(Message.of("entry.not_announcement_type", name=name[:80], type=kind[:40]))
    return cast(AnnounceType, kind)


def _version_in(name: str) -> int:
    parsed = parse_arxiv(name)
    return (parsed[1] or 0) if parsed else 0


def _categories(item: etree._Element, is_atom: bool) -> tuple[str, ...]:
    named = (
        [element.get("term", "").strip() for element in item.findall(f"{ATOM}category")]
        if is_atom
        else [
            " ".join("".join(map(str, element.itertext())).split())
            for element in item.findall("category")
        ]
    )
    return tuple(dict.fromkeys(name for name in named if name))
