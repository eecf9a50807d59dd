"""The staging of announcement feeds: requested by category, and not merged before they are judged.

announcements.py judges a staged feed once OAI-PMH has said what changed in its category.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from academichub.errors import SourceError
from academichub.gathering.asker import Asker
from academichub.gathering.outcomes import Unchanged
from academichub.http.conditional import Validators
from academichub.library.ledger import Entry, source_state
from academichub.messages import Message
from academichub.sources.arxiv import announcements as arxiv_announce
from academichub.sources.arxiv.announcements import AnnouncementFeed
from academichub.sources.arxiv.categories import ARCHIVES
from academichub.store.announcements_store import batch_versions


@dataclass
class StagedFeed:
    """A category's feed as received, before it is judged.

    Attributes:
        feed: The feed as read; None where it failed or has not changed.
        entry: Its open ledger row.
        day: The day it speaks of; empty where it failed.
        pairs: The (arXiv id, version) pairs it announces, of an unchanged feed those merged before.
        is_unchanged: The server said that nothing changed since the last merge (HTTP 304).
    """

    category: str
    entry: Entry
    feed: AnnouncementFeed | None = None
    day: str = ""
    pairs: frozenset[tuple[str, int]] = frozenset()
    is_unchanged: bool = False
    url: str = ""
    validators: Validators | None = None

    @property
    def ids(self) -> set[str]:
        """The arXiv ids announced."""
        return {name for name, _ in self.pairs}

    @property
    def is_empty(self) -> bool:
        """Whether the feed was received and announces nothing."""
        return bool(self.day) and not self.pairs


def stage(asker: Asker, category: str) -> StagedFeed:
    """Request a category's feed; a failure goes into its ledger row, which stays open."""
    entry = asker.open(arxiv_announce.MODULE, category)
    staged = StagedFeed(category, entry)
    staged.url = arxiv_announce.address(
        asker.hub.settings.sources.base_url(arxiv_announce.MODULE), category
    )
    try:
        answer = asker.ask_if_changed(
            entry,
            arxiv_announce.MODULE,
            staged.url,
            partial(arxiv_announce.parse_feed, category=category, url=staged.url),
            validators=_merged_validators(asker, staged),
        )
    except SourceError as problem:
        entry.fail(problem.failure, problem.message)
        return staged
    if isinstance(answer, Unchanged):
        _stage_unchanged(asker, staged)
    else:
        staged.feed, staged.validators = answer.value, answer.validators
        staged.day, staged.pairs = answer.value.day, answer.value.versions
        if answer.value.is_capped and ARCHIVES.get(category):
            _widen(asker, staged, answer.value)
    entry.day, entry.window = staged.day, f"{category} {staged.day}"
    entry.received = len(staged.pairs)
    asker.saw_day(staged.day)
    return staged


def _merged_validators(asker: Asker, staged: StagedFeed) -> Validators | None:
    """Return the validators of the last merge, if the day of that batch is still recorded."""
    merged_day = source_state(
        asker.hub.database, arxiv_announce.MODULE, f"merged:{staged.category}"
    )
    return asker.validators.get(staged.url) if merged_day else None


def _stage_unchanged(asker: Asker, staged: StagedFeed) -> None:
    merged_day = source_state(
        asker.hub.database, arxiv_announce.MODULE, f"merged:{staged.category}"
    )
    staged.is_unchanged, staged.day = True, str(merged_day)
    with asker.hub.database.read() as connection:
        staged.pairs = batch_versions(
            connection, arxiv_announce.MODULE, staged.category, staged.day
        )
    staged.entry.note(Message.of("ledger.unchanged_since_merge"))


def _widen(asker: Asker, staged: StagedFeed, feed: AnnouncementFeed) -> None:
    """Request each category of an archive whose own feed was cut at arXiv's limit.

    Of an archive's feed the new papers are cut first.
    """
    staged.entry.note(
        Message.of(
            "announce.cut_asked_each", category=feed.category, limit=arxiv_announce.MAX_ITEMS
        )
    )
    records, problems, faults = list(feed.records), list(feed.problems), list(feed.faults)
    for category in ARCHIVES[feed.category]:
        part = _part_of_archive(asker, staged, category)
        if part is None:
            continue
        records += part.records
        problems += part.problems
        faults += part.faults
    staged.feed = AnnouncementFeed(
        feed.category, feed.day, tuple(records), tuple(problems), tuple(faults)
    )
    staged.pairs = staged.feed.versions


def _part_of_archive(asker: Asker, staged: StagedFeed, category: str) -> AnnouncementFeed | None:
    """Return the feed of one category of an archive; None where it cannot be had."""
    base = asker.hub.settings.sources.base_url(arxiv_announce.MODULE)
    url = arxiv_announce.address(base, category)
    read = partial(arxiv_announce.parse_feed, category=category, url=url)
    try:
        return asker.ask(staged.entry, arxiv_announce.MODULE, url, read).value
    except SourceError as problem:
        why = Message.of("ledger.part_of_archive", category=category, why=problem.message)
        staged.entry.fail(problem.failure, why, status="partial")
        return None
