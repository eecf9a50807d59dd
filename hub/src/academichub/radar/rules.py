"""Rules of the radar: followed people, categories, venues, age, withdrawal. Pure.

Each rule that applies to a work gives a `Reason` with its part of the work's worth; explain.py puts
reasons into words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from academichub.sources import announces_journals
from academichub.works.author_names import EXACT, Followed
from academichub.works.identifiers import fold
from academichub.works.work import Announcement, AnnounceType, Work

ReasonKind = Literal[
    "author",
    "namesake",
    "query",
    "venue",
    "category",
    "archive",
    "words",
    "example",
    "liked",
    "saved",
    "opened",
    "best_match",
    "best_of_category",
    "disliked",
    "fresh",
    "withdrawn",
]

AUTHOR_PART = 0.6
VENUE_PART = 0.2
CATEGORY_PART = 0.1
LISTED_SHARE = 0.6
"""Share of CATEGORY_PART for a category that is not the primary one."""

FRESH_PART = 0.1
DISLIKED_PART = -4.0
"""As much as all lists of the line-up give together: a disliked work sinks whatever it matches."""

WITHDRAWN_PART = -0.5

TYPE_SHARE: Mapping[AnnounceType, float] = {
    "new": 1.0,
    "cross": 0.7,
    "replace": 0.3,
    "replace-cross": 0.1,
}
"""Share of FRESH_PART for each type of announcement: new works come first."""

TYPE_WORTH: Mapping[AnnounceType, float] = {
    "new": 1.0,
    "cross": 0.8,
    "replace": 0.6,
    "replace-cross": 0.5,
}
"""Share of what queries, examples and profile add: a new version says little that its reader has
not seen, and a late cross-listing was new somewhere else. Of the works that three readers graded on
a day with 192 cross-listings and 64 new versions, all were new."""

RECENCY_HALF_LIFE_DAYS = 3.0


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for a work's position.

    Attributes:
        kind: The rule that applies.
        value: What the rule looked for: a name, a query, a category, a key, words.
        detail: What it matched in the work, if that is written differently.
        part: What it adds to the worth of the work; negative if it lowers it.
    """

    kind: ReasonKind
    value: str
    detail: str = ""
    part: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """The reader's rules.

    Attributes:
        followed: Names of followed authors, prepared for matching.
        authors: Followed author -> weight.
        categories: Category or archive -> weight.
        venues: Venue -> weight.
        disliked: Keys of disliked works.
    """

    followed: Followed = field(default_factory=lambda: Followed(()))
    authors: Mapping[str, float] = field(default_factory=dict)
    categories: Mapping[str, float] = field(default_factory=dict)
    venues: Mapping[str, float] = field(default_factory=dict)
    disliked: frozenset[str] = frozenset()


def rule_reasons(
    work: Work, rules: Rules, announced: Announcement | None, today: str
) -> list[Reason]:
    """Return the reasons of the rules for a work; the sum of their parts is what rules add.

    Several matches of one rule add little more than one: see the functions below.
    """
    reasons = [
        *_author_reasons(work, rules),
        *_venue_reasons(work, rules),
        *_category_reasons(work, rules),
        _freshness(announced, today),
    ]
    if work.key in rules.disliked:
        reasons.append(Reason("disliked", work.key, part=DISLIKED_PART))
    if work.withdrawn:
        reasons.append(Reason("withdrawn", work.key, part=WITHDRAWN_PART))
    return reasons


def _author_reasons(work: Work, rules: Rules) -> list[Reason]:
    """Return a reason for each followed author of a work, of which only the best match counts.

    A paper by three followed authors is still one paper, so the other reasons have no part.
    """
    matches = rules.followed.found_in(author.name for author in work.authors)
    reasons = [
        Reason(
            "author" if strength >= EXACT else "namesake",
            name,
            written if fold(written) != fold(name) else "",
            AUTHOR_PART * strength * rules.authors.get(name, 1.0),
        )
        for name, (written, strength) in matches.items()
    ]
    reasons.sort(key=lambda reason: (-reason.part, reason.value))
    return reasons[:1] + [
        Reason(reason.kind, reason.value, reason.detail) for reason in reasons[1:]
    ]


def _venue_reasons(work: Work, rules: Rules) -> list[Reason]:
    """Return the best followed venue that published or announced a work, in a list of 0 or 1."""
    if not rules.venues:
        return []
    names = [
        work.venue,
        *(
            announcement.category
            for announcement in work.announcements
            if announces_journals(announcement.source)
        ),
    ]
    folded = {fold(name) for name in names if name}
    journal_ref = f" {fold(work.journal_ref)} "
    reasons = [
        Reason("venue", venue, part=VENUE_PART * weight)
        for venue, weight in rules.venues.items()
        if fold(venue) in folded or f" {fold(venue)} " in journal_ref
    ]
    return sorted(reasons, key=lambda reason: (-reason.part, reason.value))[:1]


def _category_reasons(work: Work, rules: Rules) -> list[Reason]:
    """Return the best followed category or archive of a work, as a list of at most one."""
    reasons = []
    for position, category in enumerate(work.categories):
        for name in (category, category.partition(".")[0]):
            if name in rules.categories:
                share = 1.0 if position == 0 else LISTED_SHARE
                kind: ReasonKind = "category" if name == category else "archive"
                reasons.append(
                    Reason(kind, name, category, CATEGORY_PART * share * rules.categories[name])
                )
    return sorted(reasons, key=lambda reason: (-reason.part, reason.kind, reason.value))[:1]


def _freshness(announced: Announcement | None, today: str) -> Reason:
    """Return the reason for the age of an announcement; its part halves every few days."""
    if announced is None:
        return Reason("fresh", "")
    age = max(0, (date.fromisoformat(today) - date.fromisoformat(announced.date)).days)
    share = TYPE_SHARE[announced.type] * 0.5 ** (age / RECENCY_HALF_LIFE_DAYS)
    return Reason("fresh", announced.type, announced.category, FRESH_PART * share)
