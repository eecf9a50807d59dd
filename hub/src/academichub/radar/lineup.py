# ruff: noqa: N803, N806, N815 -- names carry shapes: N candidates, Q queries, K latent dimensions
"""The line-up: all works of a window in the reader's order, each with its score and its reasons.

Four lists are joined by reciprocal ranks (ranking.RankedList), as published work on joining lists
advises, rather than by adding scores that mean different things: the standing queries, the nearest
examples in words, the profile as a whole, and the nearest examples in meaning where the works have
vectors. People, venues, categories and age add to it (rules.py).

The order is a pure function of works, signals, vectors and text model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from academichub.radar.acronyms import defined_acronyms
from academichub.radar.explain import example_reason, word_reason
from academichub.radar.first_page import Claim, arrange
from academichub.radar.model_store import LibraryModel
from academichub.radar.profile import Profile
from academichub.radar.queries import GOOD_MATCH, joined_strength, query_strengths
from academichub.radar.query_conditions import WorkTokens
from academichub.radar.ranking import (
    NEAREST,
    RankedList,
    Taste,
    mean_of_largest,
    nearest_scores,
    text_scores,
)
from academichub.radar.rules import TYPE_WORTH, Reason, rule_reasons
from academichub.radar.text_model import Floats, Singles, Vectors
from academichub.works.work import Announcement, Work

QUERIES = (1.0, 0.8)
NEAREST_WORDS = (1.0, 0.2)
WHOLE_PROFILE = (1.0, 0.5)
NEAREST_MEANING = (1.0, 0.5)
"""Weight of each list, and the score from which its evidence is full."""

ENOUGH_STATEMENTS = 20
"""With fewer statements of the reader (Profile.num_statements) the list of the whole profile weighs
proportionally less: the mean of a few works is an interest that nobody has."""

SHOWN_MATCH = GOOD_MATCH
"""Least strength of a query that is named as a reason."""

MAX_QUERY_REASONS = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """A work of the window and the announcement it is shown with."""

    work: Work
    announced: Announcement | None


@dataclass(frozen=True, slots=True)
class Meanings:
    """Embeddings of candidates and liked works, rows of unit length.

    Attributes:
        of: Key of a work -> its vector; works without one are left out.
    """

    of: Mapping[str, NDArray[np.float64]]

    def likeness(self, works: Sequence[Work], liked: Sequence[Work]) -> Floats | None:
        """Return the cosines of works to liked works; None unless all but a few have vectors.

        A work without a vector has cosines of 0.
        """
        with_vectors = [work for work in liked if work.key in self.of]
        if not with_vectors or not any(work.key in self.of for work in works):
            return None
        liked_PE = np.vstack([self.of[work.key] for work in with_vectors])
        nothing_E = np.zeros(liked_PE.shape[1])
        works_NE = np.vstack([self.of.get(work.key, nothing_E) for work in works])
        return np.asarray(works_NE @ liked_PE.T)


@dataclass(frozen=True)
class LineUp:
    """Candidates in the reader's order.

    Attributes:
        candidates: Best first; equal scores by key, so that the order is always the same.
        scores_N: Scores in [0, 1): 1 - exp(-worth), where worth is the sum of the reasons' parts,
            at least 0. They fall but for the works that first_page.py has moved.
        latent_NK: Latent vectors of length 1 (or 0), by which draws are made diverse.
        claims: Position -> why the work stands on the first pages whatever its score.
    """

    candidates: tuple[Candidate, ...]
    scores_N: Floats
    latent_NK: Singles
    claims: Mapping[int, Claim]
    _reasons: tuple[tuple[Reason, ...], ...]
    _text: _TextPart | None
    _explained: dict[int, list[Reason]] = field(default_factory=dict, compare=False)

    def reasons(self, position: int) -> list[Reason]:
        """Return the reasons for a candidate's place: rules, queries, nearest example, phrases."""
        if position not in self._explained:
            reasons = list(self._reasons[position])
            if self._text is not None:
                queries = [reason.value for reason in reasons if reason.kind == "query"]
                work = self.candidates[position].work
                reasons += self._text.reasons(position, work, queries)
            self._explained[position] = reasons
        return list(self._explained[position])


@dataclass(frozen=True)
class _TextPart:
    """What the texts add to the scores, and what explains it; rows in the order of the line-up."""

    model: LibraryModel
    taste: Taste
    examples: tuple[tuple[Work, str], ...]
    vectors: Vectors
    parts_N: Floats

    def reasons(self, position: int, work: Work, queries: Sequence[str]) -> list[Reason]:
        """Return the reasons from a candidate's text: the nearest example and shared phrases.

        Phrases that the queries the work answers name already are left out.
        """
        part = float(self.parts_N[position])
        model, words = self.model.model, self.model.vocabulary
        reasons = (
            example_reason(self.taste, self.vectors, position, work, self.examples, part),
            word_reason(model, words, self.taste, self.vectors, position, work, part, queries),
        )
        return [reason for reason in reasons if reason is not None]

    def reordered(self, order: Sequence[int]) -> _TextPart:
        """Return it with its rows in another order."""
        index = np.asarray(order, dtype=np.int64)
        return _TextPart(
            self.model, self.taste, self.examples, self.vectors.rows(index), self.parts_N[index]
        )


def line_up(
    candidates: Sequence[Candidate],
    profile: Profile,
    model: LibraryModel | None,
    today: str,
    meanings: Meanings | None = None,
) -> LineUp:
    """Put a window's works into the reader's order, without hidden and muted ones.

    Args:
        candidates: The works of the window, in any order.
        profile: The profile of the reader.
        model: The text model; None if the library has no words, and the other lists decide.
        today: The day the age of announcements is counted to, `YYYY-MM-DD`.
        meanings: Embeddings of works, where there are some.
    """
    visible = [candidate for candidate in candidates if candidate.work.key not in profile.hidden]
    visible.sort(key=lambda candidate: candidate.work.key)
    tokens = [WorkTokens(candidate.work) for candidate in visible]
    shown = [row for row, work in enumerate(tokens) if not profile.muted.mutes(work)]
    visible, tokens = [visible[row] for row in shown], [tokens[row] for row in shown]
    works = [candidate.work for candidate in visible]

    strengths_NQ = query_strengths(
        [query for query, _ in profile.queries], tokens, _long_forms(works, profile)
    )
    worth_of_type_N = _worth_of_types(visible)
    queries_N = worth_of_type_N * _query_parts(strengths_NQ, profile)
    text_N = worth_of_type_N * _meaning_parts(works, profile, meanings)
    text = None
    if model is not None:
        text = _text_part(works, profile, model, worth_of_type_N)
        text_N = text_N + text.parts_N
    reasons = [
        [
            *rule_reasons(candidate.work, profile.rules, candidate.announced, today),
            *_query_reasons(strengths_NQ[row], float(queries_N[row]), profile),
        ]
        for row, candidate in enumerate(visible)
    ]
    rules_N = np.asarray([_rules_worth(row) for row in reasons], dtype=np.float64)
    worth_N = queries_N + text_N + rules_N
    order, claims = arrange(
        np.argsort(-worth_N, kind="stable").tolist(),
        _claims(visible, reasons, strengths_NQ, worth_N, profile),
        text.vectors.tfidf_ND if text is not None else None,
    )
    return _ordered(visible, order, claims, worth_N, reasons, text)


def _ordered(
    visible: Sequence[Candidate],
    order: Sequence[int],
    claims: Mapping[int, Claim],
    worth_N: Floats,
    reasons: Sequence[Sequence[Reason]],
    text: _TextPart | None,
) -> LineUp:
    """Return the line-up of candidates in an order of their rows."""
    scores = [1 - math.exp(-max(0.0, float(worth_N[row]))) for row in order]
    latent_NK = (
        text.vectors.latent_NK
        if text is not None
        else np.zeros((len(visible), 1), dtype=np.float32)
    )
    return LineUp(
        candidates=tuple(visible[row] for row in order),
        scores_N=np.asarray(scores, dtype=np.float64),
        latent_NK=latent_NK[np.asarray(order, dtype=np.int64)],
        claims=claims,
        _reasons=tuple(tuple(reasons[row]) for row in order),
        _text=text.reordered(order) if text is not None else None,
    )


def _long_forms(works: Sequence[Work], profile: Profile) -> Mapping[str, tuple[str, ...]]:
    """Return the acronyms that the works of the window and of the profile define."""
    if not profile.queries:
        return {}
    return defined_acronyms(work.text for work in (*works, *(work for work, _, _ in profile.liked)))


def _query_parts(strengths_NQ: Floats, profile: Profile) -> Floats:
    """Return what the standing queries add."""
    weights_Q = np.asarray([weight for _, weight in profile.queries], dtype=np.float64)
    weight, full = QUERIES
    return RankedList(joined_strength(strengths_NQ, weights_Q), weight, full).parts()


def _query_reasons(strengths_Q: Floats, part: float, profile: Profile) -> list[Reason]:
    """Return the queries that a work answers best, the best with all that queries add."""
    best = [
        int(number)
        for number in np.argsort(-strengths_Q, kind="stable")[:MAX_QUERY_REASONS]
        if strengths_Q[number] >= SHOWN_MATCH
    ]
    return [
        Reason("query", profile.queries[number][0].text, part=part if order == 0 else part / 3)
        for order, number in enumerate(best)
    ]


def _rules_worth(reasons: Sequence[Reason]) -> float:
    return sum(reason.part for reason in reasons if reason.kind != "query")


def _worth_of_types(candidates: Sequence[Candidate]) -> Floats:
    """Return what the evidence for each candidate counts by the type of its announcement."""
    shares = [
        1.0 if candidate.announced is None else TYPE_WORTH[candidate.announced.type]
        for candidate in candidates
    ]
    return np.asarray(shares, dtype=np.float64)


def _text_part(
    works: Sequence[Work], profile: Profile, model: LibraryModel, worth_of_type_N: Floats
) -> _TextPart:
    """Return what the words of works add to their worth."""
    liked = [(work.title, work.text) for work, _, _ in profile.liked]
    weights = [weight for _, _, weight in profile.liked]
    disliked = (
        model.vectors([(work.title, work.text) for work in profile.disliked])
        if profile.disliked
        else None
    )
    vectors = model.vectors([(work.title, work.text) for work in works])
    topics = [("", words) for words, _ in profile.topics]
    whole = Taste(
        model.vectors(liked + topics),
        np.asarray(weights + [weight for _, weight in profile.topics], dtype=np.float64),
        disliked,
    )
    examples = Taste(
        whole.liked.rows(range(len(liked))), np.asarray(weights, dtype=np.float64), disliked
    )
    near = RankedList(nearest_scores(examples, vectors), *NEAREST_WORDS)
    share = min(1.0, profile.num_statements / ENOUGH_STATEMENTS)
    weight, full = WHOLE_PROFILE
    every = RankedList(text_scores(model.model, whole, vectors), weight * share, full)
    return _TextPart(
        model,
        whole,
        tuple((work, kind) for work, kind, _ in profile.liked),
        vectors,
        worth_of_type_N * (near.parts() + every.parts()),
    )


def _meaning_parts(works: Sequence[Work], profile: Profile, meanings: Meanings | None) -> Floats:
    """Return what nearness in meaning to liked works adds; 0 without vectors."""
    likeness_NP = (
        meanings.likeness(works, [work for work, _, _ in profile.liked])
        if meanings is not None
        else None
    )
    if likeness_NP is None:
        return np.zeros(len(works))
    scores_N = np.clip(mean_of_largest(likeness_NP, NEAREST), 0.0, 1.0)
    return RankedList(np.asarray(scores_N), *NEAREST_MEANING).parts()


def _claims(
    visible: Sequence[Candidate],
    reasons: Sequence[Sequence[Reason]],
    strengths_NQ: Floats,
    worth_N: Floats,
    profile: Profile,
) -> list[tuple[int, Claim]]:
    """Return the rows that stand on the first pages whatever their worth, and why."""
    claims: list[tuple[int, Claim]] = []
    disliked = profile.rules.disliked
    eligible = [row for row, candidate in enumerate(visible) if candidate.work.key not in disliked]
    for row in eligible:
        names = [reason.value for reason in reasons[row] if reason.kind == "author"]
        if names:
            claims.append((row, Claim("author", names[0])))
    for number, (query, _) in enumerate(profile.queries):
        best = max(eligible, key=lambda row: (strengths_NQ[row, number], worth_N[row]), default=-1)
        if best >= 0 and strengths_NQ[best, number] >= GOOD_MATCH:
            claims.append((best, Claim("query", query.text)))
    return claims + _category_claims(visible, eligible, worth_N, profile)


def _category_claims(
    visible: Sequence[Candidate], eligible: Sequence[int], worth_N: Floats, profile: Profile
) -> list[tuple[int, Claim]]:
    """Return the best work of each followed category that has few works in the window."""
    claims = []
    for category in profile.rules.categories:
        rows = [
            row
            for row in eligible
            if any(
                category in (name, name.partition(".")[0])
                for name in visible[row].work.categories[:1]
            )
        ]
        if 0 < len(rows) <= FEW_OF_A_CATEGORY:
            best = max(rows, key=lambda row: worth_N[row])
            claims.append((best, Claim("category", category)))
    return claims


FEW_OF_A_CATEGORY = 3
"""A followed category with at most so many works in the window has its best within two pages."""
