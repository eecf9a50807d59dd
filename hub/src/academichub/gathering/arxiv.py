"""The arXiv part of a gather: announcements (staged), OAI-PMH by category, unconfirmed works.

The feeds come first because they give the day and the announcement types. OAI-PMH is the authority
on what changed and supplies what the feeds lack. A category's announcements are merged only after
they have been judged by its OAI pass.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from academichub.errors import CancelledError, SourceError
from academichub.facts.arxiv_calendar import day_kind
from academichub.gathering import announcements, oai, query_api, staging
from academichub.gathering.asker import Asker
from academichub.gathering.last_guard import last_guard
from academichub.gathering.oai import OaiPass
from academichub.gathering.staging import StagedFeed
from academichub.messages import Message
from academichub.sources.arxiv import announcements as arxiv_announce
from academichub.sources.arxiv import oai as arxiv_oai
from academichub.sources.arxiv import query_api as arxiv_query
from academichub.text.moments import day_before

FIRST_LOOK_DAYS = 4
"""Days a first gather on a weekend or holiday looks back, so that a new reader sees something."""


def gather_arxiv(
    asker: Asker, categories: Sequence[str], modules: Collection[str], *, backfill: bool
) -> None:
    """Gather the arXiv sources named in `modules` for some categories.

    With `backfill` (the user named the query API) the query API fills in the last days instead of
    only looking up works.
    """
    is_first = not any(oai.bookmark(asker, category) for category in categories)
    staged: dict[str, StagedFeed] = {}
    try:
        if arxiv_announce.MODULE in modules:
            for category in categories:
                asker.step(Message.of("progress.announcements", category=category))
                with last_guard(asker, arxiv_announce.MODULE, category):
                    staged[category] = staging.stage(asker, category)
        unconfirmed, passes = _settle_all(
            asker, categories, staged, with_oai=arxiv_oai.MODULE in modules
        )
    except CancelledError:
        _close_open(asker, staged)
        raise
    if is_first and _found_nothing(asker, staged, passes):
        _look_back(asker, passes)
    if arxiv_query.MODULE in modules:
        if backfill:
            query_api.back_fill(asker, categories)
        else:
            with last_guard(asker, arxiv_query.MODULE, f"{len(unconfirmed)} works by id"):
                query_api.look_up(asker, unconfirmed)


def _settle_all(
    asker: Asker, categories: Sequence[str], staged: dict[str, StagedFeed], *, with_oai: bool
) -> tuple[list[str], list[OaiPass]]:
    """Run each category's OAI pass, then judge and merge its feed.

    Returns:
        The arXiv ids that feeds announced and no pass confirmed, and the passes.
    """
    unconfirmed: dict[str, None] = {}
    passes: list[OaiPass] = []
    confirmed: set[str] = set()
    for category in categories:
        # OAI first: what it lists as changed is the evidence by which the feed is judged.
        oai_pass, feed = None, staged.get(category)
        if with_oai:
            asker.step(Message.of("progress.oai", category=category))
            with last_guard(asker, arxiv_oai.MODULE, category):
                oai_pass = _pass(asker, category, feed)
        if oai_pass is not None:
            passes.append(oai_pass)
            confirmed |= oai_pass.changed.keys()
        verdict: announcements.Verdict = "accept"
        if feed is not None:
            with last_guard(asker, arxiv_announce.MODULE, category, feed.entry):
                verdict = announcements.settle(asker, feed, oai_pass)
        if with_oai and feed is not None and verdict != "stale" and not feed.is_unchanged:
            unconfirmed.update(dict.fromkeys(sorted(feed.ids)))
        # The bookmark moves last: where OAI lags behind the feed, these days are asked for again.
        if oai_pass is not None:
            with last_guard(asker, arxiv_oai.MODULE, category, oai_pass.entry):
                _finish_pass(
                    asker, oai_pass, lags=verdict == "oai_lags", day=feed.day if feed else ""
                )
    return [name for name in unconfirmed if name not in confirmed], passes


def _pass(asker: Asker, category: str, feed: StagedFeed | None) -> OaiPass | None:
    """Run the OAI pass over a category's set; None where the day to start from cannot be had."""
    try:
        since = _since(asker, category, feed)
    except SourceError as problem:
        entry = asker.open(arxiv_oai.MODULE, category)
        entry.fail(problem.failure, Message.of("oai.day_unknown", why=problem.message))
        entry.day = asker.best_day()
        asker.close(entry)
        return None
    return oai.run_pass(asker, category, since)


def _since(asker: Asker, category: str, feed: StagedFeed | None) -> str:
    """Return the day to start from: the bookmark, else the feed's day; never later than the latter.

    A first pass saves its day before the first request, so that a later gather starts from it if
    this one fails.
    """
    bookmark = oai.bookmark(asker, category)
    today = (feed.day if feed else "") or asker.day
    if bookmark:
        return min(bookmark, today) if today else bookmark
    since = today or oai.servers_day(asker)
    oai.move_bookmark(asker, category, since)
    return since


def _finish_pass(asker: Asker, oai_pass: OaiPass, *, lags: bool, day: str) -> None:
    """Move the bookmark if the pass may be relied on, and close its ledger row."""
    entry = oai_pass.entry
    if lags:
        entry.status = "stale"
        entry.note(Message.of("oai.stale_index", day=day, since=oai_pass.since))
    elif entry.has_our_fault:
        entry.note(Message.of("ledger.asks_again_from", day=oai_pass.since))
    elif oai_pass.is_complete and oai_pass.day:
        oai.move_bookmark(asker, oai_pass.category, oai_pass.day)
    if entry.expected is None and oai_pass.is_complete and not lags:
        entry.expected = entry.received + entry.failed
    asker.close(entry)


def _found_nothing(asker: Asker, staged: dict[str, StagedFeed], passes: Sequence[OaiPass]) -> bool:
    """Whether every request succeeded and brought nothing, on a day that explains it."""
    return (
        bool(asker.day and staged and passes)
        and day_kind(asker.day) != "ordinary"
        and all(feed.is_empty for feed in staged.values())
        and all(oai_pass.is_complete and not oai_pass.changed for oai_pass in passes)
        and asker.hub.library.is_empty()
    )


def _look_back(asker: Asker, passes: Sequence[OaiPass]) -> None:
    """Request the days before from OAI, so that a first gather on a holiday is not empty."""
    for oai_pass in passes:
        asker.step(Message.of("progress.oai_days_before", category=oai_pass.category))
        with last_guard(asker, arxiv_oai.MODULE, oai_pass.category):
            earlier_pass = oai.run_pass(
                asker, oai_pass.category, day_before(asker.day, FIRST_LOOK_DAYS)
            )
            earlier_pass.entry.window = f"{oai_pass.category} {earlier_pass.since} to {asker.day}"
            earlier_pass.entry.note(Message.of("oai.looked_back"))
            earlier_pass.entry.expected = (
                earlier_pass.entry.received if earlier_pass.is_complete else None
            )
            asker.close(earlier_pass.entry)


def _close_open(asker: Asker, staged: dict[str, StagedFeed]) -> None:
    """Close the rows of feeds that were received but not merged because of a cancellation."""
    for feed in staged.values():
        if not feed.entry.is_closed:
            feed.entry.status = "failed"
            feed.entry.note(Message.of("ledger.cancelled_before_merge"))
            asker.close(feed.entry)
