"""Feeds that the hub serves: Atom 1.0 (RFC 4287), RSS 2.0, JSON Feed 1.1. Pure, no IO.

Titles and abstracts come from outside. They are escaped twice (as HTML, and by the XML or JSON
writer), so that markup in them is shown and never takes effect. The id of an entry is derived from
the key of the work alone, so that feed readers recognise the work when a new version is announced.
"""

from __future__ import annotations

import html
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from lxml import etree

from academichub.formats.protocol import clean, one_line
from academichub.formats.xml_elements import add_element, xml_document
from academichub.works.work import Work

ATOM = "http://www.w3.org/2005/Atom"
DC = "http://purl.org/dc/elements/1.1/"
JSON_FEED_VERSION = "https://jsonfeed.org/version/1.1"
GENERATOR = "AcademicHub"

MEDIA = {
    "atom": "application/atom+xml; charset=utf-8",
    "rss": "application/rss+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}
"""Feed format -> media type."""


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A work in a feed.

    Attributes:
        work: The work.
        updated: Day or time (ISO 8601) of the announcement shown; if empty, that of the work.
        label: Source, category and date, as on its card.
        why: The reasons for its position, in the language of the feed.
    """

    work: Work
    updated: str = ""
    label: str = ""
    why: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FeedHead:
    """The head of a feed.

    Attributes:
        title: Title of the feed.
        self_url: Absolute address of the feed.
        home_url: Absolute address of the page it belongs to.
        updated: Day or time (ISO 8601) of its last change; if empty, that of the latest entry.
        subtitle: A longer description.
        language: BCP 47 code.
    """

    title: str
    self_url: str
    home_url: str
    updated: str = ""
    subtitle: str = ""
    language: str = "en"


def entry_id(work: Work) -> str:
    """Return the id of a work in every feed: a name-based UUID (RFC 9562) of its key."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"academichub:{work.key}").urn


def write_atom(head: FeedHead, entries: Sequence[FeedEntry]) -> bytes:
    """Return an Atom 1.0 feed."""
    # The key None declares the default namespace.
    root = etree.Element(f"{{{ATOM}}}feed", nsmap={None: ATOM})  # type: ignore[dict-item]
    root.set("{http://www.w3.org/XML/1998/namespace}lang", head.language)
    add_element(root, f"{{{ATOM}}}id", uuid.uuid5(uuid.NAMESPACE_URL, head.self_url).urn)
    add_element(root, f"{{{ATOM}}}title", head.title)
    if head.subtitle:
        add_element(root, f"{{{ATOM}}}subtitle", head.subtitle)
    add_element(root, f"{{{ATOM}}}updated", _rfc3339(_feed_moment(head, entries)))
    add_element(
        root, f"{{{ATOM}}}link", rel="self", href=head.self_url, type="application/atom+xml"
    )
    add_element(root, f"{{{ATOM}}}link", rel="alternate", href=head.home_url, type="text/html")
    add_element(add_element(root, f"{{{ATOM}}}author"), f"{{{ATOM}}}name", GENERATOR)
    add_element(root, f"{{{ATOM}}}generator", GENERATOR)
    for entry in entries:
        _atom_entry(root, entry, head)
    return xml_document(root)


def _atom_entry(root: etree._Element, entry: FeedEntry, head: FeedHead) -> None:
    """Add an entry to an Atom feed."""
    work = entry.work
    node = add_element(root, f"{{{ATOM}}}entry")
    add_element(node, f"{{{ATOM}}}id", entry_id(work))
    add_element(node, f"{{{ATOM}}}title", _title(work), type="text")
    add_element(node, f"{{{ATOM}}}updated", _rfc3339(_entry_moment(entry, head)))
    if work.published:
        add_element(node, f"{{{ATOM}}}published", _rfc3339(_moment(work.published)))
    if work.url:
        add_element(
            node, f"{{{ATOM}}}link", rel="alternate", href=one_line(work.url), type="text/html"
        )
    for author in work.authors:
        add_element(
            add_element(node, f"{{{ATOM}}}author"), f"{{{ATOM}}}name", one_line(author.name)
        )
    for category in work.categories:
        add_element(node, f"{{{ATOM}}}category", term=one_line(category))
    add_element(node, f"{{{ATOM}}}summary", _body(entry), type="html")


def write_rss(head: FeedHead, entries: Sequence[FeedEntry]) -> bytes:
    """Return an RSS 2.0 feed with Dublin Core authors."""
    root = etree.Element("rss", version="2.0", nsmap={"atom": ATOM, "dc": DC})
    channel = add_element(root, "channel")
    add_element(channel, "title", head.title)
    add_element(channel, "link", head.home_url)
    add_element(channel, "description", head.subtitle or head.title)
    add_element(channel, "language", head.language)
    add_element(channel, "lastBuildDate", format_datetime(_feed_moment(head, entries)))
    add_element(channel, "generator", GENERATOR)
    add_element(
        channel, f"{{{ATOM}}}link", rel="self", href=head.self_url, type="application/rss+xml"
    )
    for entry in entries:
        work = entry.work
        node = add_element(channel, "item")
        add_element(node, "title", _title(work))
        if work.url:
            add_element(node, "link", work.url)
        add_element(node, "guid", entry_id(work), isPermaLink="false")
        add_element(node, "pubDate", format_datetime(_entry_moment(entry, head)))
        for author in work.authors:
            add_element(node, f"{{{DC}}}creator", author.name)
        for category in work.categories:
            add_element(node, "category", category)
        add_element(node, "description", _body(entry))
    return xml_document(root)


def write_json_feed(head: FeedHead, entries: Sequence[FeedEntry]) -> bytes:
    """Return a JSON Feed 1.1."""
    feed: dict[str, Any] = {
        "version": JSON_FEED_VERSION,
        "title": one_line(head.title),
        "home_page_url": head.home_url,
        "feed_url": head.self_url,
        **({"description": one_line(head.subtitle)} if head.subtitle else {}),
        "language": head.language,
        "items": [_json_item(entry, head) for entry in entries],
    }
    return json.dumps(feed, ensure_ascii=False, indent=1).encode()


def _json_item(entry: FeedEntry, head: FeedHead) -> dict[str, Any]:
    """Return an entry as an item of a JSON Feed, without empty fields."""
    work = entry.work
    item: dict[str, Any] = {
        "id": entry_id(work),
        "url": one_line(work.url),
        "title": _title(work),
        "content_html": _body(entry),
        "summary": " ".join(entry.why),
        "date_published": _rfc3339(_moment(work.published)) if work.published else "",
        "date_modified": _rfc3339(_entry_moment(entry, head)),
        "authors": [{"name": one_line(author.name)} for author in work.authors],
        "tags": [one_line(category) for category in work.categories],
        "language": work.language,
    }
    return {name: value for name, value in item.items() if value}


def _title(work: Work) -> str:
    """Return the title of a work, or its key if it has none."""
    return one_line(work.readable_title) or work.key


def _body(entry: FeedEntry) -> str:
    """Return the HTML of an entry: label, abstract (as text) and reasons."""
    paragraphs = [entry.label, entry.work.readable_text]
    lines = [f"<p>{html.escape(clean(text))}</p>" for text in paragraphs if text]
    if entry.why:
        lines.append(
            f"<ul>{''.join(f'<li>{html.escape(clean(reason))}</li>' for reason in entry.why)}</ul>"
        )
    return "".join(lines)


def _entry_moment(entry: FeedEntry, head: FeedHead) -> datetime:
    """Return when an entry last changed."""
    work = entry.work
    last_announced = max((announcement.date for announcement in work.announcements), default="")
    return _moment(
        entry.updated or last_announced or work.updated or work.published or head.updated
    )


def _feed_moment(head: FeedHead, entries: Sequence[FeedEntry]) -> datetime:
    """Return when the feed last changed: from its head, else from its latest entry.

    The clock is not used, so that the same entries give the same feed.
    """
    if head.updated:
        return _moment(head.updated)
    return max((_entry_moment(entry, head) for entry in entries), default=_moment(""))


def _moment(text: str) -> datetime:
    """Return an ISO day (`YYYY[-MM[-DD]]`) or time in UTC, or the epoch if it is not one."""
    padded = text + "-01-01"[len(text) - 4 :] if len(text) in (4, 7) else text
    try:
        moment = datetime.fromisoformat(padded)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):  # the latter at the ends of the calendar
        return datetime(1970, 1, 1, tzinfo=UTC)


def _rfc3339(moment: datetime) -> str:
    """Return a UTC time as Atom and JSON Feed write it."""
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
