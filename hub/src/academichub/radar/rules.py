"""Rules of the radar: followed people, queries, categories, venues, and what holds without any taste. Pure.

Each rule that applies to a work is a `Reason` with its part of the work's worth; explain.py puts it into words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from academichub.radar.queries import Query
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
    "disliked",
    "fresh",
    "withdrawn",
]

TEXT_PART = 1.0
AUTHOR_PART = 0.9
QUERY_PART = 0.6
VENUE_PART = 0.3
CATEGORY_PART = 0.25
LISTED_SHARE = 0.6
"""Share of a category's part where it is not the primary one."""
FRESH_PART = 0.2
DISLIKED_PART = -1.0
WITHDRAWN_PART = -0.5

TYPE_SHARE: Mapping[AnnounceType, float] = {
    "new": 1.0,
    "cross": 0.7,
    "replace": 0.3,
    "replace-cross": 0.1,
}
"""What an announcement is worth to a reader of whom nothing is known: new work first."""

RECENCY_HALF_LIFE_DAYS = 3.0


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a work is where it is.

    Attributes:
        value: What was matched: a name, a query, a category, a key, words.
        detail: What in the work matched it, where that is written differently.
        part: What it adds to (or takes from) the worth of the work.
    """

    kind: ReasonKind
    value: str
    detail: str = ""
    part: float = 0.0


@dataclass(frozen=True, slots=True)
class Rules:
    """The reader's rules; the numbers are weights."""

    followed: Followed = field(default_factory=lambda: Followed(()))
    authors: Mapping[str, float] = field(default_factory=dict)
    queries: Sequence[tuple[Query, float]] = ()
    categories: Mapping[str, float] = field(default_factory=dict)
    venues: Mapping[str, float] = field(default_factory=dict)
    disliked: frozenset[str] = frozenset()


def rule_reasons(
    work: Work, rules: Rules, announced: Announcement | None, today: str
) -> list[Reason]:
    """Return the reasons of the rules for one work, the strongest of each kind only; their parts add up."""
    found = [
        *_author_reasons(work, rules),
        *_query_reasons(work, rules),
        *_venue_reasons(work, rules),
        *_category_reasons(work, rules),
        _freshness(announced, today),
    ]
    if work.key in rules.disliked:
        found.append(Reason("disliked", work.key, part=DISLIKED_PART))
    if work.withdrawn:
        found.append(Reason("withdrawn", work.key, part=WITHDRAWN_PART))
    return found


def _author_reasons(work: Work, rules: Rules) -> list[Reason]:
    """Return every followed person found; only the surest counts: a paper of three friends is still one paper."""
    matches = rules.followed.found_in(one.name for one in work.authors)
    found = [
        Reason(
            "author" if strength >= EXACT else "namesake",
            name,
            written if fold(written) != fold(name) else "",
            AUTHOR_PART * strength * rules.authors.get(name, 1.0),
        )
        for name, (written, strength) in matches.items()
    ]
    found.sort(key=lambda one: (-one.part, one.value))
    return found[:1] + [Reason(one.kind, one.value, one.detail) for one in found[1:]]


def _query_reasons(work: Work, rules: Rules) -> list[Reason]:
    matched = [
        Reason("query", query.text, part=QUERY_PART * weight)
        for query, weight in rules.queries
        if query.matches(work)
    ]
    matched.sort(key=lambda one: (-one.part, one.value))
    return matched[:1] + [Reason("query", one.value, part=one.part / 3) for one in matched[1:3]]


def _venue_reasons(work: Work, rules: Rules) -> list[Reason]:
    if not rules.venues:
        return []
    names = [
        work.venue,
        *(one.category for one in work.announcements if announces_journals(one.source)),
    ]
    folded = {fold(name) for name in names if name}
    journal_ref = f" {fold(work.journal_ref)} "
    found = [
        Reason("venue", venue, part=VENUE_PART * weight)
        for venue, weight in rules.venues.items()
        if fold(venue) in folded or f" {fold(venue)} " in journal_ref
    ]
    return sorted(found, key=lambda one: (-one.part, one.value))[:1]


def _category_reasons(work: Work, rules: Rules) -> list[Reason]:
    found = []
    for place, category in enumerate(work.categories):
        for wanted in (category, category.partition(".")[0]):
            if wanted in rules.categories:
                share = 1.0 if place == 0 else LISTED_SHARE
                kind: ReasonKind = "category" if wanted == category else "archive"
                found.append(
                    Reason(kind, wanted, category, CATEGORY_PART * share * rules.categories[wanted])
                )
    return sorted(found, key=lambda one: (-one.part, one.kind, one.value))[:1]


def _freshness(announced: Announcement | None, today: str) -> Reason:
    if announced is None:
        return Reason("fresh", "")
    age = max(0, (date.fromisoformat(today) - date.fromisoformat(announced.date)).days)
    share = TYPE_SHARE[announced.type] * 0.5 ** (age / RECENCY_HALF_LIFE_DAYS)
    return Reason("fresh", announced.type, announced.category, FRESH_PART * share)
