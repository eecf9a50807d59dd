"""Intervals of shares and means: Wilson, Newcombe for a difference, bootstrap over problems.

They know no task and no model. Where several samples were drawn for a problem, the samples of one
problem resemble one another, so problems are resampled, never samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nextlat.errors import DataError

DRAWS = 2000
"""Times the problems are resampled.

An end of a 95 % interval then moves by a few per cent of its width.
"""

Numbers = NDArray[np.float64]


class Interval(NamedTuple):
    """Both ends of an interval."""

    low: float
    high: float


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Return Wilson's score interval of a share (Wilson 1927).

    Brown, Cai and DasGupta 2001 recommend it for any n.

    Args:
        successes: trials that succeeded, 0 to n; a fraction where each trial is itself a mean.
        n: trials, above 0.
        confidence: probability that the interval covers the true share, in (0, 1).

    Raises:
        DataError: a value is out of its range.

    Example: 8 of 10 give 0.490 to 0.943, 0 of 10 give 0 to 0.278.
    """
    if not n > 0 or not 0 <= successes <= n:
        raise DataError(
            f"{successes} successes of {n} are no share; give 0 <= successes <= n and n above 0"
        )
    z2 = _z(confidence) ** 2
    share = successes / n
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2) / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Interval(
        0.0 if successes == 0 else max(0.0, middle - half),
        1.0 if successes == n else min(1.0, middle + half),
    )


def newcombe(
    before: tuple[float, float], after: tuple[float, float], confidence: float = 0.95
) -> Interval:
    """Return the interval of a difference of independent shares (Newcombe 1998, method 10).

    The difference is after minus before.

    Args:
        before: successes and trials.
        after: successes and trials.
        confidence: as in `wilson`.

    Raises:
        DataError: a value is out of its range.

    Example: 56 of 70 minus 48 of 80 gives 0.052 to 0.334.
    """
    (s0, n0), (s1, n1) = before, after
    low0, high0 = wilson(s0, n0, confidence)
    low1, high1 = wilson(s1, n1, confidence)
    share0, share1 = s0 / n0, s1 / n1
    change = share1 - share0
    return Interval(
        change - math.hypot(share1 - low1, high0 - share0),
        change + math.hypot(high1 - share1, share0 - low0),
    )


def problem_means(outcomes: Sequence[Sequence[float]]) -> Numbers:
    """Return each problem's mean over its samples.

    Raises:
        DataError: there is no problem, a problem has no sample, or a value is not finite.
    """
    if not outcomes or not all(len(samples) for samples in outcomes):
        raise DataError(
            "a mean over problems needs at least one problem and one sample of each; leave empty "
            "ones out"
        )
    means = np.array([math.fsum(samples) / len(samples) for samples in outcomes], dtype=np.float64)
    if not np.isfinite(means).all():
        raise DataError("an outcome is not finite; give 0 or 1, or a reward, for every sample")
    return means


def bootstrap_mean(
    outcomes: Sequence[Sequence[float]],
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """Return the interval of the mean over problems, each problem the mean of its samples.

    Problems are drawn with replacement (percentile bootstrap). Where all problems agree the
    bootstrap cannot see the uncertainty; for outcomes in [0, 1] Wilson's interval with a trial a
    problem is returned instead.

    Args:
        outcomes: for each problem its samples' outcomes.
        confidence: as in `wilson`.
        draws: times the problems are resampled.
        seed: of the draws; the same seed gives the same interval.

    Raises:
        DataError: there is no problem, a problem has no sample, or a value is not finite.
    """
    means = problem_means(outcomes)
    if means.min() == means.max() and 0 <= means[0] <= 1:
        return wilson(float(means[0]) * len(means), len(means), confidence)
    return quantiles(
        means[redrawn(len(means), draws, np.random.default_rng(seed))].mean(axis=1), confidence
    )


def bootstrap_difference(
    before: Sequence[Sequence[float]],
    after: Sequence[Sequence[float]],
    *,
    paired: bool,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> Interval:
    """Return the interval of a difference of means over problems, after minus before.

    Args:
        before: for each problem its samples' outcomes.
        after: the same.
        paired: whether both hold the same problems in the same order; then both are drawn anew
            together, which removes what is due to some problems being harder.
        confidence: as in `wilson`.
        draws: times the problems are resampled.
        seed: of the draws.

    Raises:
        DataError: as in `bootstrap_mean`, or paired outcomes are of different numbers of problems.
    """
    means0, means1 = problem_means(before), problem_means(after)
    generator = np.random.default_rng(seed)
    if not paired:
        drawn0 = means0[redrawn(len(means0), draws, generator)].mean(axis=1)
        return quantiles(
            means1[redrawn(len(means1), draws, generator)].mean(axis=1) - drawn0, confidence
        )
    if len(means0) != len(means1):
        raise DataError(
            f"{len(means0)} and {len(means1)} problems are no pairs; give the same problems or "
            "paired=False"
        )
    return quantiles(
        (means1 - means0)[redrawn(len(means0), draws, generator)].mean(axis=1), confidence
    )


def redrawn(n: int, draws: int, generator: np.random.Generator) -> NDArray[np.int64]:
    """Return `draws` rows of n indices below n, drawn with replacement."""
    return generator.integers(0, n, size=(draws, n))


def quantiles(values: Numbers, confidence: float) -> Interval:
    """Return the ends that leave out equal shares on both sides.

    Raises:
        DataError: the confidence is not in (0, 1).
    """
    _z(confidence)
    low, high = np.quantile(values, [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def _z(confidence: float) -> float:
    """Return the normal quantile of a two-sided confidence."""
    if not 0 < confidence < 1:
        raise DataError(
            f"confidence {confidence} is no probability; give one in (0, 1), for example 0.95"
        )
    return NormalDist().inv_cdf((1 + confidence) / 2)
