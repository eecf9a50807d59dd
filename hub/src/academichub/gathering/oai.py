"""The OAI-PMH pass of a gather: everything that changed in a category's set since its bookmark.

Each page is merged as it comes. The bookmark of a set is the day from which the next pass requests
changes. It moves only when a pass came to its end without a fault, so that whatever was missed is
requested again.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from academichub.errors import SourceError
from academichub.gathering.asker import Asker
from academichub.gathering.last_guard import merge, note_faults
from academichub.library.ledger import Entry, Status, remember, source_state
from academichub.messages import Message
from academichub.sources.arxiv import oai as arxiv_oai
from academichub.sources.arxiv.announcements import arxiv_id
from academichub.sources.arxiv.categories import oai_set
from academichub.text.moments import day_before
from academichub.works.work import Record

MAX_PAGES = 2000
"""Pages read in one pass; at arXiv's size of page more than its whole collection."""

REPEATS = 3
"""How often a page that repeats an earlier one is requested again."""

FALLBACK_DAYS = 6
"""Days before a feed's own in which to look for its batch: the longest gap of announcements."""


@dataclass
class OaiPass:
    """The outcome of one pass over a set.

    Attributes:
        since: The day from which changes were requested.
        day: The server's day, of the first answer; empty without an answer.
        is_complete: Whether the list was read to its end without a fault.
        changed: arXiv id -> (datestamp, version) of every record received.
        announced: Those of them whose datestamp implies an announcement.
    """

    category: str
    since: str
    entry: Entry
    day: str = ""
    is_complete: bool = False
    changed: dict[str, tuple[str, int]] = field(default_factory=dict)
    announced: dict[str, tuple[str, int]] = field(default_factory=dict)

    def on(self, day: str) -> set[str]:
        """Return the ids of what changed last on a day."""
        return {name for name, (stamp, _) in self.changed.items() if stamp == day}

    def since_day(self, day: str) -> set[str]:
        """Return the ids of what changed last on a day or later."""
        return {name for name, (stamp, _) in self.changed.items() if stamp >= day}

    def announced_on(self, day: str) -> set[str]:
        """Return the ids whose announcement on a day can be inferred from OAI."""
        return {name for name, (stamp, _) in self.announced.items() if stamp == day}


def bookmark(asker: Asker, category: str) -> str:
    """Return the day from which a category's set is to be read; empty before the first pass."""
    return str(source_state(asker.hub.database, arxiv_oai.MODULE, _bookmark_name(category), ""))


def move_bookmark(asker: Asker, category: str, day: str) -> None:
    """Let the next pass over a category's set begin with a day."""
    remember(asker.hub.database, arxiv_oai.MODULE, {_bookmark_name(category): day})


def _bookmark_name(category: str) -> str:
    return f"from:{oai_set(category)}"


def run_pass(asker: Asker, category: str, since: str) -> OaiPass:
    """Request everything changed in a category's set since a day and merge it.

    Failures go into the ledger. The caller closes the ledger entry, once it has compared the pass
    with the feed.
    """
    entry = asker.open(arxiv_oai.MODULE, f"{category} {asker.day or since}", asker.day)
    entry.note(Message.of("ledger.asked_changed_since", day=since))
    oai_pass = OaiPass(category, since, entry)
    for attempt in (1, 2):
        try:
            _read_list(asker, oai_pass)
        except arxiv_oai.BadTokenError as problem:
            if attempt == 1:
                entry.note(Message.of("oai.token_refused"))
                continue
            _note_failure(oai_pass, problem)
        except SourceError as problem:
            _note_failure(oai_pass, problem)
        break
    asker.saw_day(oai_pass.day)
    entry.day = oai_pass.day or asker.best_day()
    entry.window = f"{category} {entry.day or since}"
    return oai_pass


def _note_failure(oai_pass: OaiPass, problem: SourceError) -> None:
    entry = oai_pass.entry
    status: Status = "partial" if oai_pass.changed else "failed"
    entry.fail(problem.failure, problem.message, status=status)
    entry.note(Message.of("ledger.asks_again_from", day=oai_pass.since))


def _note_repeat(entry: Entry, repeats: int, url: str) -> None:
    """Note that a page repeats earlier ones; raise SourceError once that happened too often."""
    if repeats > REPEATS:
        raise SourceError("protocol", Message.of("oai.page_repeated", times=repeats), url=url)
    entry.note(Message.of("oai.page_repeated_retry"))


def _read_list(asker: Asker, oai_pass: OaiPass) -> None:
    """Read one list from its first page to its last."""
    entry = oai_pass.entry
    base = asker.hub.settings.sources.base_url(arxiv_oai.MODULE)
    url = arxiv_oai.first_address(base, oai_pass.category, oai_pass.since)
    seen: set[str] = set()
    repeats = 0
    for number in range(1, MAX_PAGES + 1):
        page = asker.ask(entry, arxiv_oai.MODULE, url, partial(arxiv_oai.parse_page, url=url)).value
        oai_pass.day = oai_pass.day or page.day
        if number == 1 and page.total is not None:
            entry.expected = page.total
        if page.names and page.names <= seen:
            repeats += 1
            _note_repeat(entry, repeats, url)
            continue
        seen |= page.names
        _merge(asker, oai_pass, page)
        if not page.token:
            oai_pass.is_complete = True
            return
        url = arxiv_oai.next_address(base, page.token)
    raise SourceError("too_large", Message.of("oai.too_many_pages", limit=MAX_PAGES), url=url)


def _merge(asker: Asker, oai_pass: OaiPass, page: arxiv_oai.OaiPage) -> None:
    """Merge one page and remember its changes.

    A record that was received before (the list starts again after a bad token) counts once.
    """
    entry = oai_pass.entry
    new_records = [record for record in page.records if arxiv_id(record) not in oai_pass.changed]
    entry.received += len(new_records)
    entry.merged += max(
        0, merge(asker, entry, page.records) - (len(page.records) - len(new_records))
    )
    note_faults(entry, page.faults)
    for problem in page.problems:
        entry.failed += 1
        entry.note(Message.of("ledger.not_readable", why=problem))
    if page.deleted:
        entry.note(Message.of("oai.deleted", records=len(page.deleted), names=page.deleted[:5]))
    if page.problems and entry.status == "ok":
        entry.status = "partial"
    for record in page.records:
        _remember(oai_pass, record)


def _remember(oai_pass: OaiPass, record: Record) -> None:
    name, change = arxiv_id(record), (record.datestamp, record.version)
    oai_pass.changed[name] = change
    if record.announcements:
        oai_pass.announced[name] = change


def known_before(asker: Asker, oai_pass: OaiPass, day: str) -> frozenset[str]:
    """Return the ids OAI lists under the days before a day; nothing is merged.

    Raises:
        SourceError: If a page of the list cannot be had.
    """
    base = asker.hub.settings.sources.base_url(arxiv_oai.MODULE)
    url = arxiv_oai.headers_address(base, oai_pass.category, day_before(day, FALLBACK_DAYS))
    names: set[str] = set()
    for _ in range(MAX_PAGES):
        page = asker.ask(
            oai_pass.entry, arxiv_oai.MODULE, url, partial(arxiv_oai.parse_headers, url=url)
        )
        names |= {name for name, stamp in page.value.changed if stamp < day}
        if not page.value.token:
            break
        url = arxiv_oai.next_address(base, page.value.token, "ListIdentifiers")
    return frozenset(names)


def servers_day(asker: Asker) -> str:
    """Return the OAI server's day from Identify.

    Raises:
        SourceError: If it does not answer.
    """
    base = asker.hub.settings.sources.base_url(arxiv_oai.MODULE)
    url = arxiv_oai.identify_address(base)
    entry = asker.open(arxiv_oai.MODULE, "Identify")
    try:
        day = asker.ask(entry, arxiv_oai.MODULE, url, partial(arxiv_oai.server_day, url=url)).value
        entry.day = day
        entry.note(Message.of("ledger.asked_server_day"))
        return day
    except SourceError as problem:
        entry.fail(problem.failure, problem.message)
        raise
    finally:
        asker.close(entry)
