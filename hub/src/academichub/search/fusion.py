"""Reciprocal-rank fusion: several orders of the same things become one. Pure; knows nothing of works or scores.

Source: Cormack, Clarke, Buettcher, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank Learning Methods"
(SIGIR 2009): score(d) = sum over rankings of 1 / (k + rank(d)), with k = 60 and ranks from 1.
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


def fuse(
    rankings: Iterable[Sequence[Item]], *, weights: Sequence[float] | None = None, k: int = K
) -> list[tuple[Item, float]]:
    """Return (item, fused score), best first; ties keep the order of first appearance."""
    scores = fused_scores(rankings, weights=weights, k=k)
    return sorted(scores.items(), key=lambda pair: -pair[1])
