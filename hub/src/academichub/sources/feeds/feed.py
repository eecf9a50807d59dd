"""Feeds of journals: RSS 0.9x, 1.0 and 2.0, Atom and JSON Feed. Bytes in, records out; no IO.

A feed announces works; what it lacks is supplied by Crossref, by DOI. A body passes through
decoding.py (text that is safe to parse), xml_feed.py or json_feed.py (formats), entries.py (their
common form) and records.py (meaning).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from academichub.errors import SourceError
from academichub.messages import Message
from academichub.sources.dates import iso_date
from academichub.sources.feeds.decoding import decode
from academichub.sources.feeds.entries import Document
from academichub.sources.feeds.json_feed import read_json_feed
from academichub.sources.feeds.records import MODULE, record_of
from academichub.sources.feeds.xml_feed import read_xml_feed
from academichub.sources.item_guard import ItemGuard
from academichub.sources.titles import journal_name
from academichub.text.characters import REPLACEMENT, storable_json, storable_markup
from academichub.text.markup import plain_text
from academichub.works.work import Record

__all__ = ["MAX_ENTRIES", "MODULE", "Feed", "parse_feed"]

MAX_ENTRIES = 5000
"""Entries read from one feed; of more the first are read, and the rest is reported."""

_FAULT = re.compile(
    r"\b(?:error|exception|traceback|fail(?:ed|ure)?|timeout(?:exception)?|issue\(s\))",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed as received.

    Attributes:
        title: The journal's name, out of the feed's own title.
        day: The day the feed says it was made; empty where it does not say.
        records: One for each entry, in the feed's order; without an announcement where the entry
            does not state a day.
        problems: What could not be read, one message each.
        lost: Entries that gave no record.
        faults: Those of them our own code failed on, one sentence each.
    """

    title: str
    day: str
    records: tuple[Record, ...]
    problems: tuple[Message, ...]
    lost: int = 0
    faults: tuple[Message, ...] = ()


def parse_feed(data: bytes, *, title: str = "", field: str = "", url: str = "") -> Feed:
    """Read a feed in any of the formats.

    Args:
        data: The body as received.
        title: The journal's name as the reader follows it; announcements are made in it.
        field: The journal's field of science (works/fields.py).
        url: The address requested, for messages and relative links.

    Raises:
        SourceError: `too_large`, `truncated`, or `not_the_format` (HTML, other documents, entity
            declarations, deep nesting, a mirror's fault reports in place of articles).
    """
    decoded, remark = decode(data, url=url)
    remarks = [] if remark is None else [remark]
    decoded = decoded.lstrip("\ufeff \t\r\n\x00")
    is_json = decoded.startswith(("{", "["))
    text = storable_json(decoded) if is_json else storable_markup(decoded)
    if replaced := text.count(REPLACEMENT) - decoded.count(REPLACEMENT):
        remarks.append(Message.of("feed.characters_replaced", count=replaced))
    read = read_json_feed if is_json else read_xml_feed
    document = read(text, max_entries=MAX_ENTRIES, url=url)
    _refuse_fault_reports(document, url)
    records, guard = [], ItemGuard([*remarks, *document.problems], document.faults)
    shared = _shared_links(document)
    for position, entry in enumerate(document.entries, 1):
        with guard.entry(position):
            records.append(
                record_of(entry, document, title=title, field=field, url=url, shared=shared)
            )
    day = next(
        (day for stated_date in document.dates if len(day := iso_date(stated_date)) == 10), ""
    )
    name = journal_name(plain_text(document.title))
    lost = document.lost + len(document.entries) - len(records)
    return Feed(
        name, day, tuple(dict.fromkeys(records)), tuple(guard.problems), lost, tuple(guard.faults)
    )


def _shared_links(document: Document) -> set[str]:
    """Return the links that entries with different titles share, such as a journal's home page."""
    titles: dict[str, set[str]] = {}
    for entry in document.entries:
        for link in entry.links:
            titles.setdefault(link, set()).add(entry.title)
    return {link for link, names in titles.items() if len(names) > 1}


def _refuse_fault_reports(document: Document, url: str) -> None:
    """Raise where a mirror serves reports of its own faults in place of articles.

    Then all entries have the same link, and most speak of errors.
    """
    entries = document.entries
    links = {link for entry in entries for link in entry.links[:1]}
    if not entries or len(links) > 1 or any(entry.identifiers for entry in entries):
        return
    faults = sum(
        1 for entry in entries if _FAULT.search(entry.title) and _FAULT.search(entry.summary)
    )
    if 2 * faults > len(entries):
        first_title = plain_text(entries[0].title)[:120]
        raise SourceError(
            "not_the_format",
            Message.of("feed.fault_reports", title=first_title),
            url=url,
        )
