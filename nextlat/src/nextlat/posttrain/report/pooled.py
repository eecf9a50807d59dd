"""Values of result rows pooled over numbers of steps, with an interval or a spread over seeds."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from nextlat.evaluation.intervals import wilson
from nextlat.posttrain.report.records import PARTS, Results, Row, Run, SplitRow

Told = tuple[float, tuple[float, float] | None]
"""A share and its interval."""

SplitKey = tuple[str, str, str, str]
"""Arm, stage from, stage to, type."""

Reading = Callable[[Row], Told | None]
"""What is read off a row; None where it was not measured."""


@dataclass(frozen=True)
class Value:
    """A number and how sure it is.

    Attributes:
        mean: over seeds.
        ends: interval of a single seed.
        sd: sample standard deviation over seeds; None for a single one.
        seeds: how many.
    """

    mean: float
    ends: tuple[float, float] | None = None
    sd: float | None = None
    seeds: int = 1


def over_seeds(told: Sequence[Told]) -> Value | None:
    """Return one seed's value with its interval, or mean and spread of several; None of none."""
    if len(told) < 2:
        return Value(*told[0]) if told else None
    means = [mean for mean, _ in told]
    return Value(statistics.fmean(means), None, statistics.stdev(means), len(means))


def pooled(rows: Sequence[Row], read: Reading) -> Told | None:
    """Return the mean of rows, weighted with their numbers of problems, and its interval.

    The rows' intervals are joined by the method of variance estimates recovery (Zou and Donner 2008): the distance of
    each end adds up in squares. None where there is no row or one was not measured.
    """
    told = [read(row) for row in rows]
    if not told or any(one is None for one in told):
        return None
    total = sum(row.n for row in rows)
    mean = low2 = high2 = 0.0
    for row, one in zip(rows, told, strict=True):
        assert one is not None
        share, ends = one
        low, high = ends or wilson(min(max(share, 0.0), 1.0) * row.n, row.n)
        mean += row.n / total * share
        low2 += (row.n / total * (share - low)) ** 2
        high2 += (row.n / total * (high - share)) ** 2
    return mean, (max(0.0, mean - math.sqrt(low2)), min(1.0, mean + math.sqrt(high2)))


def chosen(
    run: Run,
    arm: str,
    stage: str,
    types: Collection[str] | None = None,
    steps: Collection[int | None] | None = None,
) -> list[Row]:
    """Return a run's rows of an arm and a stage, of some types and numbers of steps (None: of all)."""
    return [
        row
        for row in run.rows
        if (row.arm, row.stage) == (arm, stage)
        and (types is None or row.type in types)
        and (steps is None or row.steps in steps)
    ]


def value(
    results: Results,
    arm: str,
    stage: str,
    types: Collection[str] | None,
    steps: Collection[int | None] | None,
    read: Reading,
) -> Value | None:
    """Return a value of an arm and a stage; every one of the types must have been measured."""
    told = []
    for run in results.runs:
        rows = chosen(run, arm, stage, types, steps)
        if types is None or {row.type for row in rows} == set(types):
            told.append(pooled(rows, read))
    return over_seeds([one for one in told if one is not None])


def accuracy(row: Row) -> Told:
    """Read the accuracy of sampled answers, with the interval the file tells."""
    return row.sampled.accuracy, row.sampled.interval


def verified(row: Row) -> Told | None:
    """Read the accuracy of sampled traces."""
    return None if row.sampled.verified_accuracy is None else (row.sampled.verified_accuracy, None)


def greedy(row: Row) -> Told | None:
    """Read the accuracy of greedy answers."""
    return None if row.greedy is None else (row.greedy.accuracy, row.greedy.interval)


def greedy_verified(row: Row) -> Told | None:
    """Read the accuracy of greedy traces."""
    return (
        None
        if row.greedy is None or row.greedy.verified_accuracy is None
        else (row.greedy.verified_accuracy, None)
    )


def routed(strategy: str) -> Reading:
    """Return a reading of a strategy's share of responses; a strategy no response took may be left out of a row."""
    return lambda row: (
        (row.sampled.routing.get(strategy, 0.0), None) if row.sampled.routing else None
    )


def executed(strategy: str) -> Reading:
    """Return a reading of a strategy's accuracy where it is forced."""
    return lambda row: (
        (row.sampled.execution[strategy], None) if strategy in row.sampled.execution else None
    )


def conditional(strategy: str) -> Reading:
    """Return a reading of a strategy's accuracy among the responses that chose it."""
    return lambda row: (
        (row.sampled.conditional[strategy], None) if strategy in row.sampled.conditional else None
    )


def passing(k: int, *, traces: bool) -> Reading:
    """Return a reading of pass@k, of answers or of whole traces."""

    def read(row: Row) -> Told | None:
        told = row.verified_pass_at_k if traces else row.pass_at_k
        return (told[k], None) if k in told else None

    return read


def split_keys(results: Results, *, greedy: bool = False) -> list[SplitKey]:
    """Return arm, stages and type of each split, in order."""
    return list(
        dict.fromkeys(_key(split) for run in results.runs for split in _splits(run, greedy))
    )


def split_values(results: Results, key: SplitKey, *, greedy: bool = False) -> dict[str, Value]:
    """Return the parts of a split."""
    found = [split for run in results.runs for split in _splits(run, greedy) if _key(split) == key]
    values = {
        part: over_seeds([(one.parts[part], one.intervals.get(part)) for one in found])
        for part in PARTS
    }
    return {part: told for part, told in values.items() if told is not None}


def _splits(run: Run, greedy: bool) -> tuple[SplitRow, ...]:
    return run.greedy_splits if greedy else run.splits


def _key(split: SplitRow) -> SplitKey:
    return split.arm, split.start, split.end, split.type
