"""The gather of any source that is read page by page: what `Source.gatherer == "pages"` stands for.

The source says which lists to request and reads their pages (sources/protocol.py: Reader); this
module requests them, merges page by page, remembers how far it got and accounts for everything in
the ledger. Each list stands alone.
"""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit

from academichub.errors import CancelledError, SourceError
from academichub.gathering.asker import Asker
from academichub.gathering.last_guard import last_guard, merge, note_faults
from academichub.gathering.outcomes import Answer, Unchanged, day_of
from academichub.library.ledger import Entry, remember, source_state
from academichub.messages import Message
from academichub.sources.protocol import Listing, Page, Plan, Reader, Source

MAX_PAGES = 1000
"""Pages of one list read in one gather; of more the ledger says that the rest was left out."""


def gather_pages(asker: Asker, source: Source, reader: Reader) -> None:
    """Request every list a source plans; failures end in the ledger."""
    database, sources = asker.hub.database, asker.hub.settings.sources
    asker.step(Message.of("progress.source", source=source.title))
    with last_guard(asker, source.name, source.title):
        plan = Plan(
            base_url=sources.base_url(source.name),
            options=sources.section(source.name),
            since=lambda window: str(source_state(database, source.name, _bookmark(window), "")),
        )
        listings = reader.listings(plan)
        if not listings:
            entry = asker.open(source.name, source.title, asker.best_day())
            entry.note(Message.of("source.no_lists"))
            asker.close(entry)
        for listing in listings:
            with last_guard(asker, source.name, listing.window):
                _gather_list(asker, source, reader, listing)


def _bookmark(window: str) -> str:
    """Return the name under which the day of the last complete reading of a list is stored."""
    return f"since:{window}"


def _gather_list(asker: Asker, source: Source, reader: Reader, listing: Listing) -> None:
    """Request one list in its own ledger row."""
    entry = asker.open(source.name, listing.window)
    try:
        _read_list(asker, source, reader, listing, entry)
    except SourceError as problem:
        entry.fail(
            problem.failure, problem.message, status="partial" if entry.received else "failed"
        )
    except CancelledError:
        entry.status = "partial" if entry.received else "failed"
        entry.note(Message.of("ledger.cancelled"))
        asker.close(entry)
        raise
    entry.day = entry.day or asker.best_day()
    asker.close(entry)


def _read_list(
    asker: Asker, source: Source, reader: Reader, listing: Listing, entry: Entry
) -> None:
    """Read a list to its end; its bookmark moves only then, so that a gap is requested again."""
    url, seen = listing.url, set[str]()
    validators = asker.validators.get(url)
    for number in range(1, MAX_PAGES + 1):
        answer: Answer[Page] | Unchanged = asker.ask_if_changed(
            entry, source.name, url, partial(reader.read, url=url), validators=validators
        )
        validators = None  # only the first page tells whether the list has changed
        entry.day = entry.day or day_of(answer.response)
        if isinstance(answer, Unchanged):
            entry.note(Message.of("ledger.unchanged_since_gather"))
            return
        page = answer.value
        _refuse_disorder(source, listing, page, seen)
        if number == 1:
            entry.expected = page.total
        _merge(asker, entry, page)
        if not page.next_url:
            _finish(asker, source, listing, entry)
            if number == 1:
                # After a fault of ours the server must send the list again, for a later version.
                asker.validators.save(url, None if entry.has_our_fault else answer.validators)
            return
        url = page.next_url
    too_long = Message.of("source.too_many_pages", limit=MAX_PAGES)
    entry.fail("too_large", too_long, status="partial")


def _refuse_disorder(source: Source, listing: Listing, page: Page, seen: set[str]) -> None:
    """Raise if a page repeats earlier ones, leads to another host, or names another source."""
    names = {record.source_key for record in page.records}
    if names and names <= seen:
        raise SourceError("protocol", Message.of("source.page_repeated", count=len(seen)))
    seen |= names
    if page.next_url and urlsplit(page.next_url)[:2] != urlsplit(listing.url)[:2]:
        raise SourceError(
            "protocol", Message.of("source.next_page_elsewhere", url=page.next_url[:200])
        )
    foreign = {record.source for record in page.records} - {source.name}
    if foreign:
        raise ValueError(f"records of {source.name!r} say they are of {sorted(foreign)}")


def _merge(asker: Asker, entry: Entry, page: Page) -> None:
    entry.received += len(page.records)
    entry.merged += merge(asker, entry, page.records)
    note_faults(entry, page.faults)
    entry.failed += len(page.problems)
    for problem in page.problems:
        entry.note(Message.of("source.not_readable", why=problem))
    if page.problems and entry.status == "ok":
        entry.status = "partial"


def _finish(asker: Asker, source: Source, listing: Listing, entry: Entry) -> None:
    """Compare the items received with the promised total, and move the bookmark."""
    num_seen = entry.received + entry.failed
    if entry.expected is None:
        entry.expected = num_seen
    elif num_seen < entry.expected:
        entry.note(
            Message.of(
                "source.items_missing", missing=entry.expected - num_seen, total=entry.expected
            )
        )
        entry.failed += entry.expected - num_seen
        entry.status = "partial"
        return
    if entry.day and not entry.has_our_fault:
        remember(asker.hub.database, source.name, {_bookmark(listing.window): entry.day})
