"""Fusion of several rankings of the same items into one, by ranks or by scores. Pure.

Ranks are all that rankings of different kinds have in common. If scores show how much better the
first item is than the second, as those of BM25 and cosines do, a blend of scores preserves this and
ranks lose it (Bruch, Gai, Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS
2023).

Source of the formula for ranks: Cormack, Clarke, Buettcher, "Reciprocal Rank Fusion outperforms
Condorcet and individual Rank Learning Methods" (SIGIR 2009): score(d) = sum over rankings of
1 / (k + rank(d)), with k = 60 and ranks from 1.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar

K = 60
"""The constant of the paper: the larger it is, the more slowly the weight of a rank falls."""

Item = TypeVar("Item", bound=Hashable)


def fused_scores(
    rankings: Iterable[Sequence[Item]], *, weights: Sequence[float] | None = None, k: int = K
) -> dict[Item, float]:
    """Return the fused score of every item; a ranking without the item adds nothing.

    Args:
        rankings: Items in order, best first, without repetitions; lengths may differ.
        weights: A factor for each ranking; None means 1 for all.
        k: The constant of the formula.

    Raises:
        ValueError: If there are not as many weights as rankings.
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
    """Return (item, blended score), best first.

    The blended score is the mean of the scores, each scaled to 0 at the floor of its ranking and 1
    at its best. A ranking without the item adds nothing. Ties stay in the order of first
    appearance.

    Args:
        rankings: (item, score) pairs, best first, each list with its floor: the score that counts
            as little as absence.
    """
    scored_rankings = list(rankings)
    scores: dict[Item, float] = {}
    for pairs, floor in scored_rankings:
        span = pairs[0][1] - floor if pairs else 0.0
        for item, score in pairs:
            share = max(0.0, score - floor) / span if span > 0 else 0.0
            scores[item] = scores.get(item, 0.0) + share / len(scored_rankings)
    return sorted(scores.items(), key=lambda pair: -pair[1])
