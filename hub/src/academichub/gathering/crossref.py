"""Crossref's part of a gather: followed journals' works by ISSN, works without an abstract by DOI.

A journal's bookmark is the day from which the next gather requests works; it moves only when the
journal's list was read to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from academichub.errors import SourceError, UsageError
from academichub.gathering.asker import Asker
from academichub.gathering.last_guard import merge, note_faults
from academichub.gathering.outcomes import Answer, day_of
from academichub.library.follows import FollowedFeed
from academichub.library.ledger import Entry, remember, source_state
from academichub.messages import Message
from academichub.sources.crossref import CrossrefOptions
from academichub.sources.crossref import api as crossref
from academichub.sources.feeds import feed
from academichub.store.database import Database
from academichub.store.missing_abstracts_store import dois_without_abstract
from academichub.text.moments import day_before

FIRST_DAYS = 30
"""Days that the first gather of a journal goes back."""

MAX_PAGES = 100
"""Pages of one journal read in one gather; of more the ledger says that the rest was left out."""

LOOK_UPS = 200
"""Works looked up by DOI in one gather."""

_SAMPLE_DOI = "10.5555/12345678"
"""Crossref's own example: a small request whose answer has the server's day."""


def gather_crossref_journal(asker: Asker, row: FollowedFeed, entry: Entry) -> None:
    """Request a journal's works that are new or changed since the last gather; merge each page.

    Raises:
        SourceError: If a page cannot be had; pages before it are merged.
    """
    issn = row.issn or row.url.removeprefix("crossref:")
    since = str(source_state(asker.hub.database, crossref.MODULE, f"from:{issn}", ""))
    since = since or day_before(_servers_day(asker, entry), FIRST_DAYS)
    entry.note(Message.of("ledger.asked_new_since", day=since))
    seen: set[str] = set()
    cursor, day = "*", ""
    for _ in range(MAX_PAGES):
        url = _journal_address(asker, issn, since, cursor)
        answer = _ask(
            asker,
            entry,
            url,
            partial(crossref.parse_page, title=row.title, field=row.field, url=url),
        )
        page, names = answer.value, {record.source_key for record in answer.value.records}
        day = day or day_of(answer.response)
        entry.day, entry.window = day, f"{row.title} {day}".strip()
        entry.expected = page.total if entry.expected is None else entry.expected
        # A cursor that does not move would be followed to the last page allowed.
        if names and names <= seen:
            raise SourceError(
                "protocol", Message.of("crossref.page_repeated", works=len(seen)), url=url
            )
        seen |= names
        _merge(asker, entry, page)
        if page.is_last():
            # Only after the last page: a gather broken off asks for the same days again.
            if day and not entry.has_our_fault:
                remember(asker.hub.database, crossref.MODULE, {f"from:{issn}": day})
            return
        cursor = page.cursor
    entry.fail(
        "too_large", Message.of("crossref.too_many_pages", limit=MAX_PAGES), status="partial"
    )


def gather_crossref_works(asker: Asker) -> None:
    """Look up works that feeds announced without an abstract and that Crossref has not described.

    Failures go into the ledger.
    """
    database = asker.hub.database
    waiting = _without_abstract(
        database, int(source_state(database, crossref.MODULE, "looked_up_to", 0))
    )
    if not waiting:
        remember(database, crossref.MODULE, {"looked_up_to": 0})
        return
    asker.step(Message.of("progress.crossref_look_up"))
    entry = asker.open(crossref.MODULE, f"{len(waiting)} works by DOI")
    entry.expected = len(waiting)
    try:
        _look_up_all(asker, entry, [doi for _, doi in waiting if crossref.can_be_listed(doi)])
        # After the last such work the next gather starts from the first again.
        looked_up_to = waiting[-1][0] if len(waiting) == LOOK_UPS else 0
        remember(database, crossref.MODULE, {"looked_up_to": looked_up_to})
    except SourceError as problem:
        entry.fail(
            problem.failure, problem.message, status="partial" if entry.received else "failed"
        )
    entry.failed = max(entry.failed, len(waiting) - entry.received)
    if entry.failed and entry.status == "ok":
        entry.note(Message.of("crossref.unknown_works", works=entry.failed))
    asker.close(entry)


def _look_up_all(asker: Asker, entry: Entry, dois: Sequence[str]) -> None:
    for start in range(0, len(dois), crossref.DOIS_A_REQUEST):
        _look_up_or_note(asker, entry, dois[start : start + crossref.DOIS_A_REQUEST])


def _look_up_or_note(asker: Asker, entry: Entry, dois: Sequence[str]) -> None:
    """Look up some works; an answer our own code fails on costs these works alone."""
    try:
        _look_up(asker, entry, dois)
    except SourceError as problem:
        if problem.failure != "our_fault":
            raise
        entry.fail(problem.failure, problem.message, status="partial")


def _look_up(asker: Asker, entry: Entry, dois: Sequence[str]) -> None:
    sources = asker.hub.settings.sources
    url = crossref.works_address(
        sources.base_url(crossref.MODULE), dois, mailto=sources.options(CrossrefOptions).mailto
    )
    answer = _ask(asker, entry, url, partial(crossref.parse_page, url=url))
    entry.day = day_of(answer.response)
    _merge(asker, entry, answer.value)


def _ask(
    asker: Asker, entry: Entry, url: str, read: Callable[[bytes], crossref.Page]
) -> Answer[crossref.Page]:
    """Request an address of Crossref; a refusal is reported in Crossref's own words."""
    try:
        return asker.ask(entry, crossref.MODULE, url, read)
    except SourceError as problem:
        raise crossref.explained(problem) from problem


def _journal_address(asker: Asker, issn: str, since: str, cursor: str) -> str:
    sources = asker.hub.settings.sources
    try:
        return crossref.journal_address(
            sources.base_url(crossref.MODULE),
            issn,
            since=since,
            created=day_before(since, crossref.RECENT_DAYS),
            cursor=cursor,
            mailto=sources.options(CrossrefOptions).mailto,
        )
    except UsageError as problem:
        raise SourceError("bad_request", problem.message) from problem


def _servers_day(asker: Asker, entry: Entry) -> str:
    """Return Crossref's day from the Date header of a small answer."""
    sources = asker.hub.settings.sources
    url = crossref.works_address(
        sources.base_url(crossref.MODULE),
        [_SAMPLE_DOI],
        mailto=sources.options(CrossrefOptions).mailto,
    )
    day = day_of(_ask(asker, entry, url, partial(crossref.parse_page, url=url)).response)
    if not day:
        raise SourceError("protocol", Message.of("crossref.no_day"), url=url)
    return day


def _merge(asker: Asker, entry: Entry, page: crossref.Page) -> None:
    entry.received += len(page.records)
    entry.merged += merge(asker, entry, page.records)
    note_faults(entry, page.faults)
    entry.failed += len(page.problems)
    for problem in page.problems:
        entry.note(Message.of("ledger.not_readable", why=problem))
    if page.problems and entry.status == "ok":
        entry.status = "partial"


def _without_abstract(database: Database, after: int) -> list[tuple[int, str]]:
    """Return (record number, DOI) of works from feeds without an abstract or a Crossref record."""
    with database.read() as connection:
        return dois_without_abstract(connection, feed.MODULE, crossref.MODULE, after, LOOK_UPS)
