# ruff: noqa: N806, N815 -- names carry shapes: N candidates, K latent dimensions
"""The line-up: all works of a window in the reader's order, each with its worth and its reasons.

Knows the library only through Work; the order is a pure function of works, signals and text model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from academichub.radar.explain import example_reason, word_reason
from academichub.radar.model_store import LibraryModel
from academichub.radar.queries import Query, read_query
from academichub.radar.ranking import Taste, text_scores
from academichub.radar.rules import TEXT_PART, Reason, Rules, rule_reasons
from academichub.radar.signals import WORK_KINDS, Signal
from academichub.radar.text_model import Floats, Singles, Vectors
from academichub.works.author_names import Followed
from academichub.works.work import Announcement, Work

QUERY_AS_TEXT = 0.5
"""Weight of a standing query's words beside a liked work's text."""


@dataclass(frozen=True, slots=True)
class Profile:
    """Everything the reader said, with the works it names resolved.

    Attributes:
        liked: (work, `like` or `example`, weight), in the order they were said.
        disliked: Works.
        hidden: Keys of works never to be shown.
        topics: (words, weight) of standing queries.
        rules: The rest.
    """

    liked: tuple[tuple[Work, str, float], ...] = ()
    disliked: tuple[Work, ...] = ()
    hidden: frozenset[str] = frozenset()
    topics: tuple[tuple[str, float], ...] = ()
    rules: Rules = field(default_factory=Rules)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work of the window and the announcement it is shown with."""

    work: Work
    announced: Announcement | None


@dataclass(frozen=True)
class LineUp:
    """Candidates in the reader's order.

    Attributes:
        candidates: Best first; ties by key, so that the order is always the same.
        scores_N: In [0, 1), falling: 1 - exp(-worth), worth being the sum of the reasons' parts (not below 0).
        latent_NK: Rows for diversity, of length 1 or 0.
    """

    candidates: tuple[Candidate, ...]
    scores_N: Floats
    latent_NK: Singles
    _reasons: tuple[tuple[Reason, ...], ...]
    _text: _TextPart | None

    def reasons(self, place: int) -> list[Reason]:
        """Return why a candidate stands where it does: rules, words and the nearest liked work."""
        found = list(self._reasons[place])
        if self._text is not None:
            found += self._text.reasons(place, self.candidates[place].work)
        return found


@dataclass(frozen=True)
class _TextPart:
    """What is needed to explain the texts' part; rows in the order of the line-up."""

    model: LibraryModel
    taste: Taste
    examples: tuple[tuple[Work, str], ...]
    vectors: Vectors
    parts_N: Floats

    def reasons(self, place: int, work: Work) -> list[Reason]:
        part = float(self.parts_N[place])
        model, words = self.model.model, self.model.vocabulary
        found = (
            word_reason(model, words, self.taste, self.vectors, place, work, part),
            example_reason(self.taste, self.vectors, place, work, self.examples, part),
        )
        return [one for one in found if one is not None]


def make_profile(signals: Sequence[Signal], works: Mapping[str, Work]) -> Profile:
    """Return the profile of signals; works the library does not hold (any more) are passed over.

    Args:
        signals: What the reader said.
        works: Work by key, for the keys the signals name.
    """
    by_kind: dict[str, dict[str, float]] = {}
    for one in signals:
        by_kind.setdefault(one.kind, {})[one.value] = one.weight
    liked = [
        (works[one.value], str(one.kind), one.weight)
        for one in signals
        if one.kind in ("like", "example") and one.value in works
    ]
    disliked = tuple(works[key] for key in by_kind.get("dislike", ()) if key in works)
    hides = by_kind.get("hide", {})
    queries: list[tuple[Query, float]] = [
        (read_query(text), weight) for text, weight in by_kind.get("query", {}).items()
    ]
    authors = by_kind.get("author", {})
    return Profile(
        liked=tuple({work.key: (work, kind, weight) for work, kind, weight in liked}.values()),
        disliked=disliked,
        hidden=frozenset(hides) | {works[key].key for key in hides if key in works},
        topics=tuple(
            (query.topic, weight * QUERY_AS_TEXT) for query, weight in queries if query.topic
        ),
        rules=Rules(
            followed=Followed(authors),
            authors=authors,
            queries=tuple(queries),
            categories=by_kind.get("category", {}),
            venues=by_kind.get("venue", {}),
            disliked=frozenset(work.key for work in disliked),
        ),
    )


def named_works(signals: Sequence[Signal]) -> list[str]:
    """Return the keys of all works signals name."""
    return [one.value for one in signals if one.kind in WORK_KINDS]


def line_up(
    candidates: Sequence[Candidate], profile: Profile, model: LibraryModel | None, today: str
) -> LineUp:
    """Put a window's works into the reader's order; hidden ones are left out.

    Args:
        candidates: The works of the window, in any order.
        profile: The reader.
        model: The text model; None where the library has no words: then rules alone decide.
        today: The day freshness counts from, `YYYY-MM-DD`.
    """
    open_ones = sorted(
        (one for one in candidates if one.work.key not in profile.hidden),
        key=lambda one: one.work.key,
    )
    reasons = [rule_reasons(one.work, profile.rules, one.announced, today) for one in open_ones]
    worth_N = np.asarray([sum(one.part for one in row) for row in reasons], dtype=np.float64)
    text = (
        _text_part([one.work for one in open_ones], profile, model) if model is not None else None
    )
    if text is not None:
        worth_N = worth_N + text.parts_N
    order = np.argsort(-worth_N, kind="stable")
    latent_NK = (
        text.vectors.latent_NK
        if text is not None
        else np.zeros((len(open_ones), 1), dtype=np.float32)
    )
    return LineUp(
        candidates=tuple(open_ones[place] for place in order),
        scores_N=np.asarray(
            [1 - math.exp(-max(0.0, worth_N[place])) for place in order], dtype=np.float64
        ),
        latent_NK=latent_NK[order],
        _reasons=tuple(tuple(reasons[place]) for place in order),
        _text=_reordered(text, order.tolist()) if text is not None else None,
    )


def _text_part(works: Sequence[Work], profile: Profile, model: LibraryModel) -> _TextPart:
    liked = [(work.title, work.text) for work, _, _ in profile.liked]
    liked += [("", words) for words, _ in profile.topics]
    weights = [weight for _, _, weight in profile.liked] + [weight for _, weight in profile.topics]
    taste = Taste(
        model.vectors(liked),
        np.asarray(weights, dtype=np.float64),
        model.vectors([(work.title, work.text) for work in profile.disliked])
        if profile.disliked
        else None,
    )
    vectors = model.vectors([(work.title, work.text) for work in works])
    parts_N = TEXT_PART * text_scores(model.model, taste, vectors)
    return _TextPart(
        model, taste, tuple((work, kind) for work, kind, _ in profile.liked), vectors, parts_N
    )


def _reordered(text: _TextPart, order: list[int]) -> _TextPart:
    return _TextPart(
        text.model, text.taste, text.examples, text.vectors.rows(order), text.parts_N[order]
    )
