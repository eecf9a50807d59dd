"""The announcement feeds of a gather, judged by OAI-PMH and by history before they are merged.

arXiv has served a batch again under the next day's date. Nothing of such a stale batch reaches the
library; OAI-PMH supplies the day's works instead.
"""

from __future__ import annotations

from typing import Literal

from academichub.errors import SourceError
from academichub.facts.arxiv_calendar import day_kind, explain_empty
from academichub.gathering.asker import Asker
from academichub.gathering.last_guard import merge, note_faults
from academichub.gathering.oai import OaiPass, known_before
from academichub.gathering.staging import StagedFeed
from academichub.http.conditional import Validators
from academichub.library.ledger import remember
from academichub.messages import Message
from academichub.sources.arxiv import announcements as arxiv_announce
from academichub.sources.arxiv.categories import ARCHIVES
from academichub.store.announcements_store import batch_versions, day_of_most, last_batch_day
from academichub.store.database import Database

FEED_VERSIONS = 5
"""Replacements from the sixth version on are not announced by feeds."""

MANY_MISSING, MISSING_SHARE = 5, 0.2
"""More works missing than both of these, of those OAI lists, make a feed's row partial."""


Verdict = Literal["accept", "stale", "oai_lags"]
"""What is made of a feed: merged, kept out, or merged though OAI has not caught up."""


def settle(asker: Asker, staged: StagedFeed, oai_pass: OaiPass | None) -> Verdict:
    """Judge a staged feed, merge it if it is of its day, and close its ledger row.

    `oai_pass` is the OAI pass over the category's set; None where OAI was not asked.
    """
    verdict: Verdict = "accept"
    if staged.day:
        verdict = judge(asker, staged, oai_pass)
        if verdict == "stale":
            _refuse(asker, staged, oai_pass)
        else:
            _merge(asker, staged)
            _compare(staged, oai_pass, verdict)
    else:
        staged.entry.day = asker.best_day()
        staged.entry.window = f"{staged.category} {staged.entry.day}".strip()
    asker.close(staged.entry)
    return verdict


def judge(asker: Asker, staged: StagedFeed, oai_pass: OaiPass | None) -> Verdict:
    """Return whether a feed is of its day.

    (a) A feed that announces exactly what the last batch did is stale. (b) So is one of which OAI
    lists fewer than half as changed since the day, although it lists changes since then. (c) Where
    OAI lists no change since the day at all, the feed is stale if OAI lists half of it under
    earlier days; otherwise OAI lags behind the feed.
    """
    if not staged.pairs:
        return "accept"
    before = _batch_before(asker.hub.database, staged.category, staged.day)
    if before and before == staged.pairs and not staged.is_unchanged:
        return "stale"
    if oai_pass is None or not oai_pass.is_complete or oai_pass.since > staged.day:
        return "accept"
    changed = oai_pass.since_day(staged.day)
    if changed:
        is_unconfirmed = 2 * len(staged.ids & changed) < len(staged.ids)
        return "stale" if is_unconfirmed and not staged.is_unchanged else "accept"
    is_repeat = oai_pass.day >= staged.day and _repeats_earlier_days(asker, staged, oai_pass)
    return "stale" if is_repeat and not staged.is_unchanged else "oai_lags"


def _repeats_earlier_days(asker: Asker, staged: StagedFeed, oai_pass: OaiPass) -> bool:
    """Whether OAI lists half of a feed under earlier days; false where that cannot be had."""
    try:
        earlier = known_before(asker, oai_pass, staged.day)
    except SourceError as problem:
        if problem.failure == "our_fault":
            oai_pass.entry.fail(problem.failure, problem.message, status="partial")
        oai_pass.entry.note(
            Message.of("announce.repeat_unknown", failure=Message.of(f"failure.{problem.failure}"))
        )
        return False
    return 2 * len(staged.ids & earlier) >= len(staged.ids)


def _batch_before(database: Database, category: str, day: str) -> frozenset[tuple[str, int]]:
    """Return the last batch of a category before a day; empty if there is none."""
    source = arxiv_announce.MODULE
    with database.read() as connection:
        last = last_batch_day(connection, source, category, day)
        return batch_versions(connection, source, category, last) if last else frozenset()


def _merge(asker: Asker, staged: StagedFeed) -> None:
    """Merge an accepted feed, and only then save the validators that say we have it."""
    if staged.feed is None:
        return
    entry = staged.entry
    lost = len(staged.feed.records) - merge(asker, entry, staged.feed.records)
    entry.merged = max(0, entry.received - lost)
    note_faults(entry, staged.feed.faults)
    entry.failed += len(staged.feed.problems)
    for problem in staged.feed.problems:
        entry.note(Message.of("ledger.not_readable", why=problem))
    if staged.feed.problems and entry.status == "ok":
        entry.status = "partial"
    if staged.pairs and entry.status == "ok":
        remember(
            asker.hub.database, arxiv_announce.MODULE, {f"merged:{staged.category}": staged.day}
        )
        asker.validators.save(staged.url, staged.validators or Validators())


def _refuse(asker: Asker, staged: StagedFeed, oai_pass: OaiPass | None) -> None:
    """Keep a stale batch out of the library and say so."""
    entry = staged.entry
    entry.status, entry.expected = "stale", len(oai_pass.on(staged.day)) if oai_pass else None
    with asker.hub.database.read() as connection:
        earlier = day_of_most(connection, staged.ids, staged.day)
    items, day = entry.received, staged.day
    entry.note(
        Message.of("announce.stale_of_day", items=items, day=day, earlier=earlier)
        if earlier
        else Message.of("announce.stale", items=items, day=day)
    )
    if oai_pass is not None:
        works = len(oai_pass.on(staged.day))
        entry.note(Message.of("announce.oai_supplied", works=works, day=staged.day))


def _compare(staged: StagedFeed, oai_pass: OaiPass | None, verdict: Verdict) -> None:
    """Write into the feed's row what OAI says of it."""
    entry = staged.entry
    if oai_pass is None:
        entry.note(Message.of("announce.not_compared"))
    elif not oai_pass.is_complete:
        entry.note(Message.of("announce.not_compared_incomplete"))
    elif verdict == "oai_lags":
        entry.note(Message.of("announce.oai_lags", day=staged.day))
    changed = oai_pass.on(staged.day) if oai_pass and oai_pass.is_complete else set()
    if staged.is_empty:
        _explain_empty(staged, len(changed))
        return
    missing = _missing(staged, oai_pass)
    entry.expected = len(staged.pairs) + len(missing) if changed else None
    silent = len(changed - staged.ids) - len(missing)
    if missing:
        entry.note(Message.of("announce.missing", works=len(missing)))
    if silent > 0:
        entry.note(Message.of("announce.not_announced", works=silent))
    _note_cut(staged, len(missing))


def _note_cut(staged: StagedFeed, missing: int) -> None:
    """Mark a feed as partial where arXiv cut it or OAI has many works it lacks."""
    entry = staged.entry
    # A cut feed of an archive was followed by those of its categories (staging.py).
    capped = staged.feed is not None and staged.feed.is_capped and not ARCHIVES.get(staged.category)
    is_partial = capped or missing > max(MANY_MISSING, MISSING_SHARE * len(staged.pairs))
    if entry.status == "ok" and is_partial:
        entry.status = "partial"
    if capped:
        entry.note(Message.of("announce.cut", limit=arxiv_announce.MAX_ITEMS))


def _explain_empty(staged: StagedFeed, changed: int) -> None:
    """Record an empty feed as a holiday of its category, explained by the calendar."""
    entry = staged.entry
    entry.status, entry.expected = "holiday", 0
    if changed and day_kind(staged.day) == "ordinary":
        entry.note(Message.of("announce.empty_but_changed", works=changed, day=staged.day))
    else:
        entry.note(Message.of("announce.empty", why=explain_empty(staged.day)))


def _missing(staged: StagedFeed, oai_pass: OaiPass | None) -> set[str]:
    """Return the ids that the feed should announce, judging by OAI, and does not."""
    if oai_pass is None or staged.is_unchanged:
        return set()
    expected = {
        name
        for name in oai_pass.announced_on(staged.day)
        if oai_pass.announced[name][1] <= FEED_VERSIONS
    }
    return expected - staged.ids
