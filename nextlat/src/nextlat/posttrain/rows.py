"""Rows of results: which ones, what is read off them, and its mean over numbers of steps.

Every arm and stage is measured on the same problems, so rows are averaged with their numbers of
problems.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Container, Iterable, Sequence
from typing import Literal

from nextlat.posttrain.results import Figures, Row

HARD = range(6, 10)
"""Steps of the validation problems harder than the demonstrations (arXiv 2606.13125, section 5.1).
"""

Reading = Callable[[Row], float | None]
"""Reads a number off a row; None where it was not measured."""

AccuracyName = Literal["accuracy", "verified_accuracy"]
"""Answers alone, as rewarded; or answers whose every step is right too."""


def select(
    rows: Iterable[Row],
    arm: str,
    stage: str,
    types: Container[str] | None = None,
    steps: Container[int | None] | None = None,
) -> list[Row]:
    """Return the rows of an arm and a stage, of some types and numbers of steps (None: of all)."""
    return [
        row
        for row in rows
        if (row.arm, row.stage) == (arm, stage)
        and (types is None or row.type in types)
        and (steps is None or row.steps in steps)
    ]


def weighted_mean(rows: Sequence[Row], read: Reading) -> float:
    """Return a reading's mean over rows, weighted with their numbers of problems.

    Returns:
        NaN where there is no row, or one was not measured.

    Example: .5 on 300 problems and .9 on 100 give .6.
    """
    total, problems = 0.0, 0
    for row in rows:
        measured = read(row)
        if measured is None:
            # NaN, not the mean of the rest: another set of problems is another question. No
            # criterion holds for it, since every comparison with NaN is false.
            return math.nan
        total += row.n * measured
        problems += row.n
    return total / problems if problems else math.nan


def figures_of(row: Row, *, greedy: bool) -> Figures | None:
    """Return a row's figures of one decoding; None where it was not measured."""
    return row.greedy if greedy else row.sampled


def accuracy(row: Row) -> float:
    """Read the accuracy of sampled answers."""
    return row.sampled.accuracy


def routing_to(strategy: str) -> Reading:
    """Return the reading of a strategy's share of responses.

    A strategy that no response took may be left out of a row that has labels.
    """
    # Without any label nothing was measured, which is not a share of 0.
    return lambda row: row.sampled.routing.get(strategy, 0.0) if row.sampled.routing else None


def execution_of(strategy: str, *, greedy: bool = False) -> Reading:
    """Return the reading of a strategy's accuracy where it is forced."""

    def read(row: Row) -> float | None:
        figures = figures_of(row, greedy=greedy)
        return None if figures is None else figures.execution.get(strategy)

    return read
