"""A reader's profile: the signals of a radar with the works they name. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from academichub.facts.terms import chinese_parts
from academichub.index.tokens import is_cjk
from academichub.radar.muting import Muted
from academichub.radar.queries import Query, read_query
from academichub.radar.rules import Rules
from academichub.radar.signals import WORK_KINDS, Signal
from academichub.works.author_names import Followed
from academichub.works.work import Work

LIKED_WEIGHTS: Mapping[str, float] = {"like": 1.0, "example": 1.0, "saved": 0.5, "opened": 0.25}
"""Kinds of signals that speak for a work, and how much: an opened one may have disappointed."""

QUERY_AS_TEXT = 0.5
"""Weight of a standing query's words, where the text of a liked work weighs 1."""

PIN_WEIGHT = 0.5
"""Weight of a pinned word, where a standing query has 1."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A reader's signals, with the works they name resolved.

    Attributes:
        liked: (work, kind of signal, weight), in the order of the signals.
        disliked: Disliked works.
        hidden: Keys of works that are never shown.
        queries: (query, weight) of standing queries and pinned words.
        topics: (words, weight) of standing queries, to be compared with texts.
        muted: Words, people, categories and sources whose works are not shown.
        rules: All signals that are matched exactly.
    """

    liked: tuple[tuple[Work, str, float], ...] = ()
    disliked: tuple[Work, ...] = ()
    hidden: frozenset[str] = frozenset()
    queries: tuple[tuple[Query, float], ...] = ()
    topics: tuple[tuple[str, float], ...] = ()
    muted: Muted = field(default_factory=Muted)
    rules: Rules = field(default_factory=Rules)

    @property
    def num_statements(self) -> float:
        """How much is known of the reader, in liked works; a query says as much as two of them."""
        return sum(weight for _, _, weight in self.liked) + 2 * len(self.queries)


def make_profile(signals: Sequence[Signal], works: Mapping[str, Work]) -> Profile:
    """Return the profile that signals describe; works that the library lacks are skipped.

    Args:
        signals: Signals of the reader.
        works: Key in a signal -> work.
    """
    by_kind: dict[str, dict[str, float]] = {}
    for signal in signals:
        by_kind.setdefault(signal.kind, {})[signal.value] = signal.weight
    disliked = tuple(works[key] for key in by_kind.get("dislike", ()) if key in works)
    hides = by_kind.get("hide", {})
    queries = [(read_query(text), weight) for text, weight in by_kind.get("query", {}).items()]
    pinned = [
        (read_query(text), weight * PIN_WEIGHT)
        for text, weight in by_kind.get("pin_word", {}).items()
    ]
    authors = by_kind.get("author", {})
    return Profile(
        liked=_liked(signals, works, {work.key for work in disliked}),
        disliked=disliked,
        hidden=frozenset(hides) | {works[key].key for key in hides if key in works},
        queries=(*queries, *pinned),
        topics=tuple(
            (_in_both_languages(query.topic), weight * QUERY_AS_TEXT)
            for query, weight in queries
            if query.topic
        ),
        muted=Muted.of(by_kind),
        rules=Rules(
            followed=Followed(authors),
            authors=authors,
            categories=by_kind.get("category", {}),
            venues=by_kind.get("venue", {}),
            disliked=frozenset(work.key for work in disliked),
        ),
    )


def named_works(signals: Sequence[Signal]) -> list[str]:
    """Return the keys of all works that signals name."""
    kinds = WORK_KINDS | LIKED_WEIGHTS.keys()
    return [signal.value for signal in signals if signal.kind in kinds]


def _liked(
    signals: Sequence[Signal], works: Mapping[str, Work], disliked: set[str]
) -> tuple[tuple[Work, str, float], ...]:
    """Return the works that signals speak for, each once with its strongest signal."""
    liked: dict[str, tuple[Work, str, float]] = {}
    for signal in signals:
        if signal.kind not in LIKED_WEIGHTS or signal.value not in works:
            continue
        work = works[signal.value]
        weight = signal.weight * LIKED_WEIGHTS[signal.kind]
        if work.key not in disliked and weight > liked.get(work.key, (work, "", 0.0))[2]:
            liked[work.key] = (work, str(signal.kind), weight)
    return tuple(liked.values())


def _in_both_languages(topic: str) -> str:
    """Return the words of a query, followed by its Chinese terms in English."""
    english = [
        forms[0]
        for run in topic.split()
        if any(map(is_cjk, run))
        for _, forms in chinese_parts(run)
        if forms
    ]
    return " ".join((topic, *english))
