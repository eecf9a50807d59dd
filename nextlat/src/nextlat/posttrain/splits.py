"""The change of an accuracy, split into selection and improvement of strategies (arXiv 2606.13125).

An accuracy is a sum over strategies of how often each is chosen (routing) times how often it leads
to the answer when chosen (execution, measured by forcing it). Between two stages of training the
mean of both orders of change gives

    selection   = sum_s (R1 - R0) (E0 + E1) / 2
    improvement = sum_s (R0 + R1) / 2 (E1 - E0)

and what is left is the residual: right answers with no valid trace, and noise. The paper reports no
such split; this is the Shapley split of a product, symmetric in the two stages.

It reads no file and knows no model.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from nextlat.errors import DataError
from nextlat.evaluation.intervals import DRAWS, Interval, Numbers, quantiles, redrawn

OTHER = "other"
"""Responses of no known strategy; their execution is 0 where none is given."""

TOLERANCE = 2e-3
"""How far shares of strategies, rounded for a file, may be from 1 in sum."""

Shares = Mapping[str, float]

CellKey = TypeVar("CellKey", bound=Hashable)
"""Names a kind of problem, for example its type and number of steps."""


@dataclass(frozen=True)
class Split:
    """Parts of a change of accuracy: change = selection + improvement + residual.

    Attributes:
        change: accuracy after minus accuracy before.
        selection: due to strategies being chosen differently.
        improvement: due to strategies being executed better.
        residual: neither.
    """

    change: float
    selection: float
    improvement: float
    residual: float


@dataclass(frozen=True)
class Measurement:
    """What was measured on one kind of problem at one stage.

    Attributes:
        routing: strategy -> share of responses, 1 in sum.
        execution: strategy -> accuracy where it is forced; `other` may be absent.
        accuracy: of free responses.
    """

    routing: Shares
    execution: Shares
    accuracy: float


@dataclass(frozen=True)
class ProblemMeasurement(Measurement):
    """What was measured on one problem: shares and means over its own samples.

    Attributes:
        cell: the kind of problem it belongs to, for example its type and number of steps.
    """

    cell: Hashable = None


@dataclass(frozen=True)
class SplitIntervals:
    """An interval for each part of a split."""

    change: Interval
    selection: Interval
    improvement: Interval
    residual: Interval


def split_change(
    routing0: Shares,
    execution0: Shares,
    accuracy0: float,
    routing1: Shares,
    execution1: Shares,
    accuracy1: float,
) -> Split:
    """Return the split of the change from stage 0 to stage 1.

    Args:
        routing0: strategy -> share of responses before, 1 in sum.
        execution0: strategy -> accuracy where it is forced, before; `other` counts as 0 where
            absent.
        accuracy0: of free responses before.
        routing1: the same after.
        execution1: the same after.
        accuracy1: the same after.

    Raises:
        DataError: strategies differ or are missing, or a value is not a share.

    Example: routing .6/.4 to .9/.1 with executions 1 and 0 and accuracy .6 to .9: selection .3,
    improvement 0.
    """
    cells = (
        Measurement(routing0, execution0, accuracy0),
        Measurement(routing1, execution1, accuracy1),
    )
    names = strategies(cells)
    (r0, e0, a0), (r1, e1, a1) = (arrays([cell], names) for cell in cells)
    parts = _parts(r0[0], e0[0], a0[0], r1[0], e1[0], a1[0])
    return Split(*(float(part) for part in parts))


def split_cells(
    before: Mapping[CellKey, Measurement],
    after: Mapping[CellKey, Measurement],
    weights: Mapping[CellKey, float],
) -> Split:
    """Return the split over several kinds of problems: the weighted mean of each cell's split.

    Selection is thus what changed inside the cells; a different mix of cells cannot pass for it.

    Args:
        before: cell -> what was measured at stage 0.
        after: the same at stage 1.
        weights: cell -> its weight, for example its number of problems; the same for both stages.

    Raises:
        DataError: cells differ, no weight is above 0, or as in `split_change`.
    """
    _check_cells(before.keys(), after.keys(), weights)
    total = math.fsum(weights.values())
    change = selection = improvement = 0.0
    for cell, weight in weights.items():
        a, b = before[cell], after[cell]
        split = split_change(a.routing, a.execution, a.accuracy, b.routing, b.execution, b.accuracy)
        change += weight / total * split.change
        selection += weight / total * split.selection
        improvement += weight / total * split.improvement
    # The rest is taken from the sums, so that the three parts add up to the change exactly.
    return Split(change, selection, improvement, change - selection - improvement)


def _check_cells(
    before: Set[CellKey], after: Set[CellKey], weights: Mapping[CellKey, float]
) -> None:
    """Refuse cells that are not the same everywhere, and weights that have no mean."""
    if not before == after == weights.keys():
        odd = sorted(map(str, (before | after | weights.keys()) - (before & after)))
        raise DataError(
            f"cells {odd or sorted(map(str, weights))} are not in both stages and the weights; "
            "give all"
        )
    # The negation, so that a NaN among them is refused too.
    if not math.fsum(weights.values()) > 0 or min(weights.values()) < 0:
        raise DataError(
            f"weights {list(weights.values())} cannot be averaged with; give numbers of problems"
        )


def split_problems(
    before: Sequence[ProblemMeasurement], after: Sequence[ProblemMeasurement]
) -> Split:
    """Return the split of measurements of single problems.

    Cells are means over their problems, weighted by number.

    Raises:
        DataError: as in `bootstrap_split`.
    """
    grouped = _by_cell(before, after)
    cells0 = {name: mean_cell([before[index] for index in rows]) for name, rows in grouped.items()}
    cells1 = {name: mean_cell([after[index] for index in rows]) for name, rows in grouped.items()}
    return split_cells(cells0, cells1, {name: len(rows) for name, rows in grouped.items()})


def bootstrap_split(
    before: Sequence[ProblemMeasurement],
    after: Sequence[ProblemMeasurement],
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> SplitIntervals:
    """Return intervals of `split_problems` by a bootstrap over problems inside each cell.

    Each draw takes the same problems at both stages.

    Args:
        before: the problems of a frozen validation set, measured at stage 0.
        after: the same problems in the same order, measured at stage 1.
        confidence: probability that an interval covers the true value.
        draws: bootstrap draws.
        seed: of the draws.

    Raises:
        DataError: both are not the same problems, or as in `split_change`.
    """
    grouped = _by_cell(before, after)
    generator = np.random.default_rng(seed)
    sums = np.zeros((4, draws))
    for rows in grouped.values():
        cells = [before[index] for index in rows], [after[index] for index in rows]
        names = strategies((*cells[0], *cells[1]))
        chosen = redrawn(len(rows), draws, generator)  # [draws, problems], for both stages
        drawn = [part[chosen].mean(axis=1) for stage in cells for part in arrays(stage, names)]
        sums += len(rows) / len(before) * np.stack(_parts(*drawn))
    return SplitIntervals(*(quantiles(part, confidence) for part in sums))


def sampled_split(
    before: Mapping[CellKey, Measurement],
    after: Mapping[CellKey, Measurement],
    counts: Mapping[CellKey, int],
    *,
    confidence: float = 0.95,
    draws: int = DRAWS,
    seed: int = 0,
) -> SplitIntervals:
    """Return intervals of `split_cells` from each cell's number of problems alone.

    Routing is drawn from a multinomial, execution and accuracy from binomials, all independent. As
    the stages share their problems, and accuracy goes with routing and execution, the intervals are
    too wide rather than too narrow.

    Args:
        before: cell -> what was measured at stage 0.
        after: the same at stage 1.
        counts: cell -> problems in it.
        confidence: probability that an interval covers the true value.
        draws: simulated draws.
        seed: of the draws.

    Raises:
        DataError: as in `split_cells`.
    """
    split_cells(before, after, counts)  # for its checks
    generator = np.random.default_rng(seed)
    total = math.fsum(counts.values())
    sums = np.zeros((4, draws))
    for name, n in counts.items():
        names = strategies((before[name], after[name]))
        drawn = [
            part
            for cell in (before[name], after[name])
            for part in _drawn(cell, names, n, draws, generator)
        ]
        sums += n / total * np.stack(_parts(*drawn))
    return SplitIntervals(*(quantiles(part, confidence) for part in sums))


def mean_cell(problems: Sequence[Measurement]) -> Measurement:
    """Return what a cell's problems measure together.

    Raises:
        DataError: as in `split_change`.
    """
    names = strategies(problems)
    routing, execution, accuracy = (part.mean(axis=0) for part in arrays(problems, names))
    return Measurement(
        dict(zip(names, routing.tolist(), strict=True)),
        dict(zip(names, execution.tolist(), strict=True)),
        float(accuracy),
    )


def strategies(cells: Sequence[Measurement]) -> list[str]:
    """Return the strategies of cells, which must have the same ones; `other` may be absent.

    Raises:
        DataError: a strategy is missing in one of them or known to one alone.
    """
    names = [name for name in cells[0].routing if name != OTHER]
    for cell in cells:
        for what, shares in (("routing", cell.routing), ("execution", cell.execution)):
            odd = sorted(set(names) ^ (set(shares) - {OTHER}))
            if odd:
                raise DataError(
                    f"{what} {dict(shares)} does not have the strategies {names}: {odd} missing or "
                    "unknown; measure routing and execution of the same strategies at both stages"
                )
    return [*names, OTHER]


def arrays(cells: Sequence[Measurement], names: Sequence[str]) -> tuple[Numbers, Numbers, Numbers]:
    """Return routing and execution, a row a cell and a column a strategy, and accuracies.

    Raises:
        DataError: a value is not a share, or routing does not add up to 1.
    """
    routing = np.array(
        [[cell.routing.get(name, 0.0) for name in names] for cell in cells], dtype=np.float64
    )
    execution = np.array(
        [[cell.execution.get(name, 0.0) for name in names] for cell in cells], dtype=np.float64
    )
    accuracy = np.array([cell.accuracy for cell in cells], dtype=np.float64)
    _check_shares(routing, execution, accuracy)
    return routing, execution, accuracy


def _check_shares(routing: Numbers, execution: Numbers, accuracy: Numbers) -> None:
    """Refuse what is outside 0 to 1 (or not a number), and routing that does not add up to 1."""
    for what, values in (("routing", routing), ("execution", execution), ("accuracy", accuracy)):
        # The negation, so that NaN, which no comparison holds for, is refused too.
        wrong = values[~((values >= 0) & (values <= 1))]
        if wrong.size:
            raise DataError(f"{what} {wrong[0]} is no share; give numbers from 0 to 1")
    sums = routing.sum(axis=1)
    if (abs(sums - 1) > TOLERANCE).any():
        worst = sums[abs(sums - 1).argmax()]
        raise DataError(
            f"routing adds up to {worst:.4f}, not 1; give the rest of the responses as {OTHER!r}"
        )


def _parts(
    r0: Numbers, e0: Numbers, a0: Numbers, r1: Numbers, e1: Numbers, a1: Numbers
) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Return change, selection, improvement and residual; strategies lie along the last axis."""
    # Midpoints of both stages: then selection and improvement add up to the change of
    # sum(routing * execution) without a cross term, and swapping the stages flips every sign.
    selection = ((r1 - r0) * (e0 + e1) / 2).sum(axis=-1)
    improvement = ((r0 + r1) / 2 * (e1 - e0)).sum(axis=-1)
    change = a1 - a0
    return change, selection, improvement, change - selection - improvement


def _by_cell(
    before: Sequence[ProblemMeasurement], after: Sequence[ProblemMeasurement]
) -> dict[Hashable, list[int]]:
    """Return cell -> indices of its problems."""
    if not before or [problem.cell for problem in before] != [problem.cell for problem in after]:
        raise DataError(
            f"{len(before)} problems before and {len(after)} after are not the same; "
            "measure one frozen set of at least one problem at both stages, in one order"
        )
    grouped: dict[Hashable, list[int]] = {}
    for index, problem in enumerate(before):
        grouped.setdefault(problem.cell, []).append(index)
    return grouped


def _drawn(
    cell: Measurement, names: Sequence[str], n: int, draws: int, generator: np.random.Generator
) -> tuple[Numbers, Numbers, Numbers]:
    """Return simulated routing, execution and accuracy of n problems, a row a draw."""
    routing, execution, accuracy = arrays([cell], names)
    return (
        # Divided again: routing adds up to 1 within a tolerance, and multinomial allows less.
        generator.multinomial(n, routing[0] / routing[0].sum(), size=draws) / n,
        generator.binomial(n, execution[0], size=(draws, len(names))) / n,
        generator.binomial(n, accuracy[0], size=draws) / n,
    )
