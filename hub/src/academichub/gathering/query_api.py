"""The query API's part of a gather: works by id, or the last days where the user named the source.

Only what was requested is merged. A page that is shorter than the totals promise, or that repeats
an earlier one, is requested again; what is still missing is counted in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial

from academichub.errors import SourceError
from academichub.gathering.asker import Asker
from academichub.gathering.last_guard import last_guard, merge, note_faults
from academichub.library.ledger import Entry, remember, source_state
from academichub.messages import Message
from academichub.sources.arxiv import query_api as arxiv_query
from academichub.sources.arxiv.announcements import arxiv_id
from academichub.sources.arxiv.query_api import IDS_A_REQUEST, QueryPage
from academichub.store.missing_abstracts_store import arxiv_ids_without_abstract
from academichub.text.moments import day_before

BACK_FILL_DAYS = 7
PAGE = 200
"""Results requested at once in a back-fill."""

REPEATS = 3
"""How often a short or repeated page is requested again."""

UNCONFIRMED = 1000
"""Announced works looked up in one gather; the rest stay as the feeds describe them."""

WITHOUT_ABSTRACT = 500
"""Works without an abstract (imports) looked up in one gather."""


def look_up(asker: Asker, unconfirmed: Sequence[str]) -> None:
    """Look up works that OAI did not confirm, and works of the library without an abstract."""
    bare, mark = _without_abstract(asker)
    names = list(dict.fromkeys([*unconfirmed[:UNCONFIRMED], *bare]))
    entry = asker.open(arxiv_query.MODULE, f"{len(names)} works by id")
    if len(unconfirmed) > UNCONFIRMED:
        entry.note(Message.of("query.unconfirmed", works=len(unconfirmed), limit=UNCONFIRMED))
    entry.expected = len(names)
    if not names:
        entry.note(Message.of("query.nothing_to_look_up"))
    for start in range(0, len(names), IDS_A_REQUEST):
        asker.step(Message.of("progress.query_api_look_up"))
        if not _look_up(asker, entry, names[start : start + IDS_A_REQUEST]):
            break
    else:
        remember(asker.hub.database, arxiv_query.MODULE, {"without_abstract_after": mark})
    entry.failed = max(entry.failed, len(names) - entry.received)
    if entry.failed and entry.status == "ok":
        entry.status = "partial"
        entry.note(Message.of("query.not_indexed", works=entry.failed))
    entry.day = entry.day or asker.best_day()
    asker.close(entry)


def _look_up(asker: Asker, entry: Entry, names: Sequence[str]) -> bool:
    """Look up one batch and merge what was requested; return whether to go on."""
    url = arxiv_query.ids_address(asker.hub.settings.sources.base_url(arxiv_query.MODULE), names)
    try:
        page = asker.ask(
            entry, arxiv_query.MODULE, url, partial(arxiv_query.parse_page, url=url)
        ).value
    except SourceError as problem:
        entry.fail(
            problem.failure, problem.message, status="partial" if entry.received else "failed"
        )
        # Our own fault strikes this batch alone; other failures strike every batch.
        return problem.failure == "our_fault"
    requested = set(names)
    records = [record for record in page.records if arxiv_id(record) in requested]
    asker.saw_day(page.day)
    entry.day = page.day
    entry.received += len({arxiv_id(record) for record in records})
    entry.merged += merge(asker, entry, records)
    note_faults(entry, page.faults)
    for unread in page.problems:
        entry.note(Message.of("ledger.not_readable", why=unread))
    return True


def _without_abstract(asker: Asker) -> tuple[list[str], str]:
    """Return arXiv ids of works without an abstract, and the id after which to go on next time.

    After the last such work the next gather starts from the first again (an empty id).
    """
    after = str(source_state(asker.hub.database, arxiv_query.MODULE, "without_abstract_after", ""))
    with asker.hub.database.read() as connection:
        ids = arxiv_ids_without_abstract(connection, after, WITHOUT_ABSTRACT)
    return ids, ids[-1] if len(ids) == WITHOUT_ABSTRACT else ""


def back_fill(asker: Asker, categories: Iterable[str]) -> None:
    """Fill in what was first submitted to each category in the last days."""
    for category in categories:
        asker.step(Message.of("progress.query_api", category=category))
        with last_guard(asker, arxiv_query.MODULE, category):
            _back_fill_category(asker, category)


def _back_fill_category(asker: Asker, category: str) -> None:
    entry = asker.open(arxiv_query.MODULE, category)
    try:
        day = _servers_day(asker, entry)
        first = day_before(day, BACK_FILL_DAYS - 1)
        entry.window, entry.day = f"{category} {first} to {day}", day
        _Window(asker, entry, category, first, day).read()
    except SourceError as problem:
        entry.fail(
            problem.failure, problem.message, status="partial" if entry.received else "failed"
        )
    entry.day = entry.day or asker.best_day()
    if entry.expected is not None:
        entry.failed = max(entry.failed, entry.expected - entry.received)
    asker.close(entry)


def _servers_day(asker: Asker, entry: Entry) -> str:
    """Return the server's day, requested at most once in a gather."""
    if not asker.day:
        url = arxiv_query.day_address(asker.hub.settings.sources.base_url(arxiv_query.MODULE))
        page = asker.ask(
            entry, arxiv_query.MODULE, url, partial(arxiv_query.parse_page, url=url)
        ).value
        asker.saw_day(page.day)
    return asker.day


class _Window:
    """One category's submissions of some days, read page by page."""

    def __init__(self, asker: Asker, entry: Entry, category: str, first: str, last: str) -> None:
        self._asker, self._entry = asker, entry
        self._category, self._first, self._last = category, first, last
        self._seen: set[str] = set()
        self._gaps = 0

    def read(self) -> None:
        """Read and merge every page; raises SourceError when one cannot be had."""
        start, total = 0, 1
        while start < total:
            page = self._page_or_gap(start)
            if page is None:
                start += PAGE
                continue
            total = page.total
            self._entry.expected = total
            if total > arxiv_query.MAX_DEPTH:
                self._entry.note(
                    Message.of("query.too_deep", total=total, limit=arxiv_query.MAX_DEPTH)
                )
                total = arxiv_query.MAX_DEPTH
            start += PAGE
        if self._gaps and not self._entry.has_our_fault:
            missing = (self._entry.expected or 0) - self._entry.received
            self._entry.fail(
                "protocol",
                Message.of("query.gaps", results=missing),
                status="partial",
            )

    def _page_or_gap(self, start: int) -> QueryPage | None:
        """Return a page; None if our own code failed on one after the first (it has the total)."""
        try:
            return self._page(start)
        except SourceError as problem:
            if problem.failure != "our_fault" or not start:
                raise
            self._entry.fail(problem.failure, problem.message, status="partial")
            return None

    def _page(self, start: int) -> QueryPage:
        """Return a page and merge it; one that stays short or repeated counts as a gap."""
        base = self._asker.hub.settings.sources.base_url(arxiv_query.MODULE)
        url = arxiv_query.window_address(base, self._category, self._first, self._last, start, PAGE)
        for attempt in range(REPEATS + 1):
            page = self._asker.ask(
                self._entry, arxiv_query.MODULE, url, partial(arxiv_query.parse_page, url=url)
            ).value
            fault = self._fault(page, start)
            self._merge(page)
            if fault is None:
                return page
            if attempt < REPEATS:
                self._entry.note(Message.of("query.page_fault_retry", fault=fault))
        self._gaps += 1
        assert fault is not None  # every attempt came to a page with a fault
        self._entry.note(Message.of("query.page_fault", fault=fault, times=REPEATS + 1))
        return page

    def _fault(self, page: QueryPage, start: int) -> Message | None:
        """Return what is wrong with a page; None if nothing is."""
        due = max(0, min(PAGE, min(page.total, arxiv_query.MAX_DEPTH) - start))
        came = len(page.records) + len(page.problems) + len(page.faults)
        if came < due:
            return Message.of("query.short_page", came=came, due=due, start=start)
        if page.names and page.names <= self._seen:
            return Message.of("query.repeated_page", start=start)
        return None

    def _merge(self, page: QueryPage) -> None:
        new_records = [record for record in page.records if record.source_key not in self._seen]
        self._seen |= page.names
        self._entry.received += len(new_records)
        self._entry.merged += merge(self._asker, self._entry, new_records)
        note_faults(self._entry, page.faults)
        for problem in page.problems:
            self._entry.note(Message.of("ledger.not_readable", why=problem))
