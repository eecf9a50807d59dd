# ruff: noqa: N806, N815 -- names carry shapes: N candidates, K latent dimensions
"""The line-up: all works of a window in the reader's order, each with its score and its reasons.

The order is a pure function of works, signals and text model.
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
"""Weight of a standing query's words, where the text of a liked work weighs 1."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A reader's signals, with the works they name resolved.

    Attributes:
        liked: (work, `like` or `example`, weight), in the order of the signals.
        disliked: Disliked works.
        hidden: Keys of works that are never shown.
        topics: (words, weight) of standing queries, to be compared with texts.
        rules: All signals that are matched exactly.
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
        candidates: Best first; equal scores by key, so that the order is always the same.
        scores_N: Scores in [0, 1), falling: 1 - exp(-worth), where worth is the sum of the reasons'
            parts, at least 0.
        latent_NK: Latent vectors of length 1 (or 0), by which batches are made diverse.
    """

    candidates: tuple[Candidate, ...]
    scores_N: Floats
    latent_NK: Singles
    _reasons: tuple[tuple[Reason, ...], ...]
    _text: _TextPart | None

    def reasons(self, position: int) -> list[Reason]:
        """Return the reasons for a candidate's position: rules, words, the nearest liked work."""
        reasons = list(self._reasons[position])
        if self._text is not None:
            reasons += self._text.reasons(position, self.candidates[position].work)
        return reasons


@dataclass(frozen=True)
class _TextPart:
    """What the texts add to the scores, and what explains it; rows in the order of the line-up."""

    model: LibraryModel
    taste: Taste
    examples: tuple[tuple[Work, str], ...]
    vectors: Vectors
    parts_N: Floats

    def reasons(self, position: int, work: Work) -> list[Reason]:
        """Return the reasons from a candidate's text: shared words and the nearest example."""
        part = float(self.parts_N[position])
        model, words = self.model.model, self.model.vocabulary
        reasons = (
            word_reason(model, words, self.taste, self.vectors, position, work, part),
            example_reason(self.taste, self.vectors, position, work, self.examples, part),
        )
        return [reason for reason in reasons if reason is not None]


def make_profile(signals: Sequence[Signal], works: Mapping[str, Work]) -> Profile:
    """Return the profile that signals describe; works that the library lacks are skipped.

    Args:
        signals: Signals of the reader.
        works: Key in a signal -> work.
    """
    by_kind: dict[str, dict[str, float]] = {}
    for signal in signals:
        by_kind.setdefault(signal.kind, {})[signal.value] = signal.weight
    liked = [
        (works[signal.value], str(signal.kind), signal.weight)
        for signal in signals
        if signal.kind in ("like", "example") and signal.value in works
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
    """Return the keys of all works that signals name."""
    return [signal.value for signal in signals if signal.kind in WORK_KINDS]


def line_up(
    candidates: Sequence[Candidate], profile: Profile, model: LibraryModel | None, today: str
) -> LineUp:
    """Put a window's works into the reader's order, without hidden ones.

    Args:
        candidates: The works of the window, in any order.
        profile: The profile of the reader.
        model: The text model; None if the library has no words, and rules alone decide.
        today: The day the age of announcements is counted to, `YYYY-MM-DD`.
    """
    visible = sorted(
        (candidate for candidate in candidates if candidate.work.key not in profile.hidden),
        key=lambda candidate: candidate.work.key,
    )
    reasons = [
        rule_reasons(candidate.work, profile.rules, candidate.announced, today)
        for candidate in visible
    ]
    worth_N = np.asarray([sum(reason.part for reason in row) for row in reasons], dtype=np.float64)
    text = (
        _text_part([candidate.work for candidate in visible], profile, model)
        if model is not None
        else None
    )
    if text is not None:
        worth_N = worth_N + text.parts_N
    order = np.argsort(-worth_N, kind="stable")
    latent_NK = (
        text.vectors.latent_NK
        if text is not None
        else np.zeros((len(visible), 1), dtype=np.float32)
    )
    return LineUp(
        candidates=tuple(visible[index] for index in order),
        scores_N=np.asarray(
            [1 - math.exp(-max(0.0, worth_N[index])) for index in order], dtype=np.float64
        ),
        latent_NK=latent_NK[order],
        _reasons=tuple(tuple(reasons[index]) for index in order),
        _text=_reordered(text, order.tolist()) if text is not None else None,
    )


def _text_part(works: Sequence[Work], profile: Profile, model: LibraryModel) -> _TextPart:
    """Return what the texts of works add to their scores."""
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
    """Return a text part with its rows in another order."""
    return _TextPart(
        text.model, text.taste, text.examples, text.vectors.rows(order), text.parts_N[order]
    )
