"""The journals' part of a gather: followed feeds, and followed journals at Crossref by ISSN.

Each is gathered by itself: a failure goes into its ledger row and its row on the Sources page, and
the gather goes on with the next.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import UTC, datetime

from academichub.errors import CancelledError, SourceError
from academichub.gathering.asker import Asker
from academichub.gathering.crossref import gather_crossref_journal, gather_crossref_works
from academichub.gathering.last_guard import last_guard, merge, note_faults
from academichub.gathering.outcomes import Unchanged, day_of
from academichub.library.follows import FollowedFeed, followed_feeds
from academichub.library.ledger import Entry
from academichub.messages import Message, messages_json
from academichub.sources.crossref import api as crossref
from academichub.sources.feeds import feed
from academichub.store.database import Database
from academichub.store.follows_store import change_feed_row
from academichub.store.records_store import records_by_source_key
from academichub.works.work import Announcement, Record

MAX_MESSAGES = 5
"""Most messages of the last gather stored with a followed feed; the ledger has all of them."""

_WALLS = ("refused", "not_the_format", "not_found")
"""Lasting failures of a feed (bot wall, web page instead, moved); Crossref's list may help."""


def asked_feeds(database: Database, modules: Collection[str]) -> list[FollowedFeed]:
    """Return what is followed, not paused, and gathered by one of the modules."""
    return [row for row in followed_feeds(database) if row.enabled and row.via in modules]


def gather_journals(asker: Asker, modules: Collection[str]) -> None:
    """Gather every followed feed and journal, then look up works without an abstract by DOI."""
    for row in asked_feeds(asker.hub.database, {feed.MODULE} & set(modules)):
        asker.step(Message.of("progress.feed", title=row.title))
        entry = _gather_followed(asker, row, feed.MODULE, _gather_feed)
        if entry.failure in _WALLS and row.issn and crossref.MODULE in modules:
            entry.note(Message.of("crossref.issn_instead", issn=row.issn))
            instead = _gather_followed(asker, row, crossref.MODULE, gather_crossref_journal)
            _mark(asker.hub.database, row.id, entry, is_well=instead.status == "ok")
    for row in asked_feeds(asker.hub.database, {crossref.MODULE} & set(modules)):
        asker.step(Message.of("progress.crossref", title=row.title))
        _gather_followed(asker, row, crossref.MODULE, gather_crossref_journal)
    if crossref.MODULE in modules:
        with last_guard(asker, crossref.MODULE, "works by DOI"):
            gather_crossref_works(asker)


def _gather_followed(
    asker: Asker,
    row: FollowedFeed,
    module: str,
    gather: Callable[[Asker, FollowedFeed, Entry], None],
) -> Entry:
    """Gather one feed or journal, record the outcome, and return its closed ledger row."""
    entry = asker.open(module, row.title)
    with last_guard(asker, module, row.title, entry):
        try:
            gather(asker, row, entry)
        except SourceError as problem:
            entry.fail(
                problem.failure, problem.message, status="partial" if entry.received else "failed"
            )
            entry.day = entry.day or asker.best_day()
        except CancelledError:
            entry.status = "partial" if entry.received else "failed"
            entry.note(Message.of("ledger.cancelled"))
            asker.close(entry)
            raise
        asker.close(entry)
    _mark(asker.hub.database, row.id, entry, is_well=entry.status in ("ok", "holiday"))
    return entry


def _mark(database: Database, number: int, entry: Entry, *, is_well: bool) -> None:
    """Write the outcome of a feed into its own row."""
    values: dict[str, object] = {"last_messages": messages_json(entry.messages[:MAX_MESSAGES])}
    if is_well:
        values["last_ok_at"] = datetime.now(UTC).isoformat(timespec="seconds")
    with database.write() as connection:
        change_feed_row(connection, number, values)


def _gather_feed(asker: Asker, row: FollowedFeed, entry: Entry) -> None:
    """Request one feed, conditionally, and merge its records."""
    answer = asker.ask_if_changed(
        entry, feed.MODULE, row.url, bytes, validators=asker.validators.get(row.url)
    )
    entry.day = day_of(answer.response)
    entry.window = f"{row.title} {entry.day}".strip()
    if isinstance(answer, Unchanged):
        entry.note(Message.of("ledger.unchanged_since_gather"))
        return
    parsed = feed.parse_feed(
        answer.value, title=row.title, field=row.field, url=answer.response.url
    )
    first_days = _first_days(
        asker.hub.database, row.title, [record.source_key for record in parsed.records]
    )
    dated = [_on_its_day(record, row.title, first_days, entry.day) for record in parsed.records]
    entry.merged = merge(asker, entry, dated)
    _note_parsed(entry, parsed)
    # After a fault of ours the server must send the whole feed again: a later version may read it.
    asker.validators.save(row.url, None if entry.has_our_fault else answer.validators)


def _note_parsed(entry: Entry, parsed: feed.Feed) -> None:
    entry.received = len(parsed.records)
    entry.expected = entry.received + parsed.lost
    note_faults(entry, parsed.faults)
    # Entries our own code failed on are among the lost ones, and were counted just now.
    entry.failed += parsed.lost - len(parsed.faults)
    for problem in parsed.problems:
        entry.note(problem)
    if entry.failed and entry.status == "ok":
        entry.status = "partial"
    elif not parsed.records and not entry.failed:
        entry.note(Message.of("feed.no_entries"))


def _on_its_day(record: Record, category: str, first_days: Mapping[str, str], today: str) -> Record:
    """Return a record with the day it was announced: its own, else the day it was first seen.

    Its own day counts only if it is not in the future. What was first seen in an earlier gather
    keeps that day, so that gathering again changes nothing.
    """
    own_day = record.announcements[0].date if record.announcements else ""
    if own_day and (not today or own_day <= today):
        return record
    day = first_days.get(record.source_key) or today
    if not day:
        return record
    return dataclasses.replace(
        record, announcements=(Announcement(feed.MODULE, day, "new", category, 1),)
    )


def _first_days(database: Database, category: str, keys: Iterable[str]) -> dict[str, str]:
    """Return the day on which each entry of a feed in the library was first announced."""
    with database.read() as connection:
        records = [row.record for row in records_by_source_key(connection, feed.MODULE, keys)]
    first_days: dict[str, str] = {}
    for record in records:
        for announcement in record.announcements:
            if announcement.category == category:
                first_days[record.source_key] = min(
                    announcement.date, first_days.get(record.source_key, announcement.date)
                )
    return first_days
