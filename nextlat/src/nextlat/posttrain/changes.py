"""The change of accuracy between stages, split into selection and improvement, from the rows.

`study_splits` is what the finite-field study holds under `splits`: every strategy is forced there,
and parts have intervals. `task_splits` is that of a user's own task, whose completions may have no
labels, or whose strategies cannot be forced.
"""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterator, Sequence
from itertools import pairwise

from nextlat.errors import DataError
from nextlat.posttrain.problems import ALL
from nextlat.posttrain.results import ChosenAccuracy, Figures, Row, StageSplit
from nextlat.posttrain.rows import HARD, AccuracyName, figures_of, select
from nextlat.posttrain.splits import OTHER, Measurement, sampled_split, split_cells

PAIRS = (("sft", "rl_easy"), ("sft", "rl_hard"))
"""Stages a change is split between: demonstrations to each reinforcement learning from them."""

Measurements = dict[Hashable, Measurement]
"""Type and number of steps -> what was measured."""


def study_splits(
    rows: Sequence[Row],
    *,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    steps: Container[int | None] | None = HARD,
    greedy: bool = False,
    accuracy: AccuracyName = "accuracy",
    seed: int = 0,
) -> list[StageSplit]:
    """Return a split for each arm, pair of stages and type, and one of all types.

    Parts are split inside each type and number of steps and averaged with the numbers of problems.
    Intervals are 95 % ones from those numbers alone (see `sampled_split`); where outcomes of single
    problems are at hand, `bootstrap_split` gives narrower ones.

    Args:
        rows: of one run; pairs of stages an arm lacks are left out.
        pairs: stages before and after.
        steps: numbers of steps that count; None for all.
        greedy: whether greedy decoding is split, not what was sampled at the training temperature.
        accuracy: which accuracy is split.
        seed: of the intervals.

    Raises:
        DataError: a pair of stages was measured on different problems, or a row holds no
            measurement.
    """
    return [
        _study_split(
            _of_type(before, kind),
            _of_type(after, kind),
            kind,
            greedy=greedy,
            accuracy=accuracy,
            seed=seed,
        )
        for before, after in _measured_pairs(rows, pairs, steps)
        for kind in _with_all([row.type for row in before])
    ]


def _measured_pairs(
    rows: Sequence[Row], pairs: Sequence[tuple[str, str]], steps: Container[int | None] | None
) -> Iterator[tuple[Sequence[Row], Sequence[Row]]]:
    """Yield each arm's rows before and after, for the pairs of stages that it has."""
    for arm in dict.fromkeys(row.arm for row in rows):
        for start, end in pairs:
            before, after = (select(rows, arm, stage, None, steps) for stage in (start, end))
            if before and after:
                yield before, after


def _study_split(
    before: Sequence[Row],
    after: Sequence[Row],
    kind: str,
    *,
    greedy: bool,
    accuracy: AccuracyName,
    seed: int,
) -> StageSplit:
    """Return one split with its intervals."""
    counts = _same_counts(before, after)
    measured, measured_after = (
        _forced_cells(side, greedy=greedy, accuracy=accuracy) for side in (before, after)
    )
    return StageSplit(
        before[0].arm,
        before[0].stage,
        after[0].stage,
        kind,
        split_cells(measured, measured_after, counts),
        n=sum(counts.values()),
        intervals=sampled_split(measured, measured_after, counts, seed=seed),
    )


def _same_counts(before: Sequence[Row], after: Sequence[Row]) -> dict[Hashable, int]:
    """Return the numbers of problems of each cell, which both stages must share."""
    counts, counts_after = _counts(before), _counts(after)
    if counts != counts_after:
        raise DataError(
            f"{before[0].arm}: {before[0].stage} and {after[0].stage} were measured on different "
            f"problems ({counts}, {counts_after}); measure every stage on the same ones"
        )
    return counts


def _forced_cells(rows: Sequence[Row], *, greedy: bool, accuracy: AccuracyName) -> Measurements:
    return {(row.type, row.steps): _forced(row, greedy=greedy, accuracy=accuracy) for row in rows}


def _forced(row: Row, *, greedy: bool, accuracy: AccuracyName) -> Measurement:
    figures = figures_of(row, greedy=greedy)
    share = None if figures is None else getattr(figures, accuracy)
    if figures is None or share is None:
        raise DataError(
            f"{row.arm}, {row.stage}, {row.type} has no {'greedy ' if greedy else ''}{accuracy}; "
            "measure it, or split another accuracy"
        )
    return Measurement(figures.routing, figures.execution, share)


def task_splits(
    rows: Sequence[Row], stages: Sequence[str], *, greedy: bool = False
) -> list[StageSplit]:
    """Return the split of each change by type, and over all types where there are several.

    Cells are of one type and number of steps, weighted by problems. Where strategies were forced,
    execution is that of forcing. Where not, the accuracy among completions of a label stands in for
    it, and `execution_by` is "conditional": then a change in which problems a strategy is chosen
    for counts as improvement.

    Args:
        rows: of all stages.
        stages: in the order of training.
        greedy: whether the greedy figures are split, not the sampled ones.

    Returns:
        One for each pair of neighbouring stages, and of the first and the last; none where
        completions have no labels.
    """
    pairs = list(pairwise(stages))
    if len(stages) > 2:
        pairs.append((stages[0], stages[-1]))
    splits = []
    for kind in _with_all(sorted(row.type for row in rows)):
        of_kind = _of_type(rows, kind)
        for start, end in pairs:
            before, after = (
                [row for row in of_kind if row.stage == stage] for stage in (start, end)
            )
            split = _task_split(before, after, kind, greedy=greedy)
            if split is not None:
                splits.append(split)
    return splits


def _task_split(
    before: Sequence[Row], after: Sequence[Row], kind: str, *, greedy: bool
) -> StageSplit | None:
    """Return one split; None where completions have no labels."""
    figures, figures_after = (
        {
            (row.type, row.steps): chosen
            for row in side
            if (chosen := figures_of(row, greedy=greedy)) is not None
        }
        for side in (before, after)
    )
    both = (*figures.values(), *figures_after.values())
    if not all(side.routing for side in both):
        return None
    forced = all(side.execution for side in both)
    measure = _forced_measurement if forced else _conditional_measurement
    measured: Measurements = {
        key: measure(chosen, figures_after[key]) for key, chosen in figures.items()
    }
    measured_after: Measurements = {
        key: measure(chosen, figures[key]) for key, chosen in figures_after.items()
    }
    unverified = any(chosen.verified_accuracy is None for chosen in figures.values())
    return StageSplit(
        before[0].arm,
        before[0].stage,
        after[0].stage,
        kind,
        split_cells(measured, measured_after, _counts(before)),
        of="accuracy" if unverified else "verified_accuracy",
        execution_by="forcing" if forced else "conditional",
    )


def _forced_measurement(figures: Figures, other: Figures) -> Measurement:
    """Return what the forced strategies measure; every other label is "other"."""
    names = list(figures.execution)
    routing = {name: figures.routing.get(name, 0.0) for name in names}
    if OTHER not in names:
        routing[OTHER] = max(0.0, 1.0 - sum(routing.values()))
    return Measurement(routing, figures.execution, _accuracy(figures, other))


def _conditional_measurement(figures: Figures, other: Figures) -> Measurement:
    """Return conditional accuracies; a label of one stage alone keeps that stage's in both.

    So the appearance of a strategy counts as selection.
    """
    names = sorted({*figures.routing, *other.routing})
    routing = {name: figures.routing.get(name, 0.0) for name in names}
    execution = {name: _chosen_accuracy(name, figures, other) for name in names}
    return Measurement(routing, execution, _accuracy(figures, other))


def _chosen_accuracy(label: str, figures: Figures, other: Figures) -> float:
    """Return the accuracy among completions of a label, of the other stage where this has none."""
    for side in (figures, other):
        chosen: ChosenAccuracy | None = (side.conditional or {}).get(label)
        if chosen is not None and chosen.accuracy is not None:
            return chosen.accuracy
    raise DataError(
        f"no completions of the label {label!r} were judged at either stage; measure the stages "
        "again"
    )


def _accuracy(figures: Figures, other: Figures) -> float:
    """Return verified accuracy where both stages have it."""
    if figures.verified_accuracy is None or other.verified_accuracy is None:
        return figures.accuracy
    return figures.verified_accuracy


def _counts(rows: Sequence[Row]) -> dict[Hashable, int]:
    """Return type and number of steps -> problems."""
    return {(row.type, row.steps): row.n for row in rows}


def _of_type(rows: Sequence[Row], kind: str) -> list[Row]:
    return [row for row in rows if kind in (row.type, ALL)]


def _with_all(types: Sequence[str]) -> list[str]:
    """Return the different types, and the word for all of them where there are several."""
    different = list(dict.fromkeys(types))
    return [*different, ALL] if len(different) > 1 else different
