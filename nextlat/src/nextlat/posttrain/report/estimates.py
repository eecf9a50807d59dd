"""Means of result rows over numbers of steps, with an interval or a spread over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from nextlat.evaluation.intervals import Interval, wilson
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.results import PARTS, Figures, Part, Row, RunResults, StageSplit
from nextlat.posttrain.rows import Reading, select


class Estimate(NamedTuple):
    """A share and its interval, where there is one."""

    mean: float
    interval: Interval | None = None


class SplitKey(NamedTuple):
    """What names a split."""

    arm: str
    start: str
    end: str
    type: str


Measure = Callable[[Row], Estimate | None]
"""What is read off a row; None where it was not measured."""


@dataclass(frozen=True)
class SeedEstimate:
    """A number and how sure it is.

    Attributes:
        mean: over seeds.
        interval: of a single seed.
        sd: sample standard deviation over seeds; None for a single one.
        seeds: how many.
    """

    mean: float
    interval: Interval | None = None
    sd: float | None = None
    seeds: int = 1


def over_seeds(estimates: Sequence[Estimate]) -> SeedEstimate | None:
    """Return one seed's estimate with its interval, or mean and spread of several; None of none."""
    if len(estimates) < 2:
        return SeedEstimate(*estimates[0]) if estimates else None
    means = [estimate.mean for estimate in estimates]
    return SeedEstimate(statistics.fmean(means), None, statistics.stdev(means), len(means))


def pooled(rows: Sequence[Row], measure: Measure) -> Estimate | None:
    """Return the mean of rows, weighted with their numbers of problems, and its interval.

    The rows' intervals are joined by the method of variance estimates recovery (Zou and Donner
    2008): the distance of each end adds up in squares. A row without an interval takes Wilson's.

    Returns:
        None where there is no row or one was not measured.
    """
    estimates = [estimate for row in rows if (estimate := measure(row)) is not None]
    if not rows or len(estimates) < len(rows):
        return None
    total = sum(row.n for row in rows)
    mean = below = above = 0.0
    for row, (share, interval) in zip(rows, estimates, strict=True):
        low, high = interval or wilson(min(max(share, 0.0), 1.0) * row.n, row.n)
        weight = row.n / total
        mean += weight * share
        below += (weight * (share - low)) ** 2
        above += (weight * (high - share)) ** 2
    return Estimate(
        mean, Interval(max(0.0, mean - math.sqrt(below)), min(1.0, mean + math.sqrt(above)))
    )


def estimate(
    results: StudyResults,
    arm: str,
    stage: str,
    types: Collection[str] | None,
    steps: Collection[int | None] | None,
    measure: Measure,
) -> SeedEstimate | None:
    """Return an estimate of an arm and a stage; every one of the types must have been measured."""
    of_runs = []
    for run in results.runs:
        rows = select(run.rows, arm, stage, types, steps)
        if types is None or {row.type for row in rows} == set(types):
            of_runs.append(pooled(rows, measure))
    return over_seeds([estimate for estimate in of_runs if estimate is not None])


def without_interval(read: Reading) -> Measure:
    """Return the measure of a number that files give no interval of."""

    def measure(row: Row) -> Estimate | None:
        share = read(row)
        return None if share is None else Estimate(share)

    return measure


def _accuracy(figures: Figures | None) -> Estimate | None:
    return None if figures is None else Estimate(figures.accuracy, figures.interval)


def _verified(figures: Figures | None) -> Estimate | None:
    if figures is None or figures.verified_accuracy is None:
        return None
    return Estimate(figures.verified_accuracy)


def accuracy(row: Row) -> Estimate | None:
    """Measure sampled answers, with the interval the file gives."""
    return _accuracy(row.sampled)


def verified(row: Row) -> Estimate | None:
    """Measure sampled traces."""
    return _verified(row.sampled)


def greedy(row: Row) -> Estimate | None:
    """Measure greedy answers."""
    return _accuracy(row.greedy)


def greedy_verified(row: Row) -> Estimate | None:
    """Measure greedy traces."""
    return _verified(row.greedy)


def conditional(strategy: str) -> Measure:
    """Return the measure of a strategy's accuracy among the responses that chose it."""

    def read(row: Row) -> float | None:
        chosen = (row.sampled.conditional or {}).get(strategy)
        return None if chosen is None else chosen.accuracy

    return without_interval(read)


def passing(k: int, *, traces: bool) -> Measure:
    """Return the measure of pass@k, of answers or of whole traces."""

    def read(row: Row) -> float | None:
        figures = row.sampled
        return ((figures.verified_pass_at_k if traces else figures.pass_at_k) or {}).get(k)

    return without_interval(read)


def split_keys(results: StudyResults, *, greedy: bool = False) -> list[SplitKey]:
    """Return what names each split, in order."""
    keys = (_key(split) for run in results.runs for split in _splits(run, greedy))
    return list(dict.fromkeys(keys))


def split_parts(
    results: StudyResults, key: SplitKey, *, greedy: bool = False
) -> dict[Part, SeedEstimate]:
    """Return the parts of a split."""
    splits = [split for run in results.runs for split in _splits(run, greedy) if _key(split) == key]
    estimates = {part: over_seeds([_part(split, part) for split in splits]) for part in PARTS}
    return {part: joined for part, joined in estimates.items() if joined is not None}


def _part(split: StageSplit, part: Part) -> Estimate:
    interval = None if split.intervals is None else getattr(split.intervals, part)
    return Estimate(getattr(split.parts, part), interval)


def _splits(run: RunResults, greedy: bool) -> tuple[StageSplit, ...]:
    return run.greedy_splits if greedy else run.splits


def _key(split: StageSplit) -> SplitKey:
    return SplitKey(split.arm, split.start, split.end, split.type)
