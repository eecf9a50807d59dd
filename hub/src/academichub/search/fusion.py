"""Fusion: several rankings of the same things become one, by their ranks or by their scores. Pure.

Ranks are all that rankings of unlike kinds have in common. Where scores tell how much better the first is than the
second, as BM25 and a cosine do, their blend keeps that and ranks say less (Bruch, Gai, Ingber, "An Analysis of Fusion
Functions for Hybrid Retrieval", TOIS 2023).

Source of the ranks' formula: Cormack, Clarke, Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual
Rank Learning Methods" (SIGIR 2009): score(d) = sum over rankings of 1 / (k + rank(d)), with k = 60 and ranks from 1.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

K = 60
"""The constant of the paper: how slowly a rank's weight falls."""

Item = TypeVar("Item", bound=Hashable)


def fused_scores(
    rankings: Iterable[Sequence[Item]], *, weights: Sequence[float] | None = None, k: int = K
) -> dict[Item, float]:
    """Return the fused score of every item; an item a ranking does not hold gets nothing from it.

    Args:
        rankings: Orders, best first, each without repetitions. They may be of different lengths.
        weights: One factor a ranking; all 1 where not given.
        k: The constant of the formula.

    Raises:
        ValueError: If the weights are not as many as the rankings.
    """
    orders = list(rankings)
    factors = [1.0] * len(orders) if weights is None else list(weights)
    scores: dict[Item, float] = {}
    for order, factor in zip(orders, factors, strict=True):
        for rank, item in enumerate(order, start=1):
            scores[item] = scores.get(item, 0.0) + factor / (k + rank)
    return scores


def blend(
    rankings: Iterable[tuple[Sequence[tuple[Item, float]], float]],
) -> list[tuple[Item, float]]:
    """Return (item, blended score), best first: the mean of the rankings' scores, each 0 at its floor, 1 at its best.

    An item a ranking does not hold gets nothing from it. Ties keep the order of first appearance.

    Args:
        rankings: (item, score) pairs, best first, each with its floor: the score that is worth as little as absence.
    """
    scored_rankings = list(rankings)
    scores: dict[Item, float] = {}
    for pairs, floor in scored_rankings:
        span = pairs[0][1] - floor if pairs else 0.0
        for item, score in pairs:
            share = max(0.0, score - floor) / span if span > 0 else 0.0
            scores[item] = scores.get(item, 0.0) + share / len(scored_rankings)
    return sorted(scores.items(), key=lambda pair: -pair[1])
