"""Rows of a result file pooled over numbers of steps, and the splits they give.

A row is what one arm does at one stage on one kind of problem: `arm`, `stage`, `type`, `steps`, `n` (problems),
`accuracy`, `routing`, `execution`, and the same under `greedy`. Every arm and stage is measured on the same problems.
"""

from __future__ import annotations

import math
from collections.abc import Container, Hashable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from nextlat.errors import DataError
from nextlat.posttrain.splits import Cell, sampled_split, split_cells

Row = Mapping[str, Any]

HARD = range(6, 10)
"""Steps of the validation problems harder than the demonstrations (section 5.1)."""

PAIRS = (("sft", "rl_easy"), ("sft", "rl_hard"))
"""Stages a change is split between: demonstrations to each reinforcement learning that starts from them."""

ALL = "all"
"""The type of a split over every type."""


def matching(
    rows: Sequence[Row],
    arm: str,
    stage: str,
    kinds: Container[str] | None,
    steps: Container[int] | None,
) -> list[Row]:
    """Return the rows of an arm and a stage, of some types and numbers of steps (None: of all)."""
    return [
        row
        for row in rows
        if row["arm"] == arm
        and row["stage"] == stage
        and (kinds is None or row["type"] in kinds)
        and (steps is None or row["steps"] in steps)
    ]


def pooled(rows: Sequence[Row], *path: str) -> float:
    """Return a value of rows, averaged with their numbers of problems; NaN where there is no row or no value.

    Args:
        rows: rows of a result file.
        path: keys down to the value, for example `"greedy", "execution", "backward"`.
    """
    total, problems = 0.0, 0
    for row in rows:
        value: Any = row
        for key in path:
            value = value.get(key) if isinstance(value, Mapping) else None
        if value is None:
            return math.nan
        total += row["n"] * value
        problems += row["n"]
    return total / problems if problems else math.nan


def splits_of(
    rows: Sequence[Row],
    *,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    steps: Container[int] | None = HARD,
    greedy: bool = False,
    accuracy: str = "accuracy",
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Return what a result file holds under `splits`: an entry an arm, a pair of stages and a type, one of all types.

    Parts are split inside each type and number of steps and averaged with the numbers of problems. `interval` holds
    95 % intervals from those numbers alone (see `sampled_split`); where outcomes of single problems are at hand,
    `bootstrap_split` gives narrower ones.

    Args:
        rows: rows of a result file; pairs of stages an arm lacks are left out.
        pairs: stages from and to.
        steps: numbers of steps that count; None for all.
        greedy: whether greedy decoding is split, not what was sampled at the training temperature.
        accuracy: `accuracy` (answers alone, as rewarded) or `verified_accuracy` (every step right).
        seed: of the intervals.

    Raises:
        DataError: a pair of stages was measured on different problems, or a row holds no measurement.
    """
    found = []
    for arm in dict.fromkeys(row["arm"] for row in rows):
        for start, end in pairs:
            sides = [matching(rows, arm, stage, None, steps) for stage in (start, end)]
            if not all(sides):
                continue
            kinds = list(dict.fromkeys(row["type"] for row in sides[0]))
            for kind in [*kinds, ALL] if len(kinds) > 1 else kinds:
                chosen = [[row for row in side if kind in (row["type"], ALL)] for side in sides]
                parts = _split(chosen[0], chosen[1], greedy=greedy, accuracy=accuracy, seed=seed)
                found.append({"arm": arm, "from": start, "to": end, "type": kind, **parts})
    return found


def _split(
    before: Sequence[Row], after: Sequence[Row], *, greedy: bool, accuracy: str, seed: int
) -> dict[str, Any]:
    """Return number of problems, parts and intervals of one split."""
    counts: list[dict[Hashable, int]] = [
        {(row["type"], row["steps"]): row["n"] for row in side} for side in (before, after)
    ]
    if counts[0] != counts[1]:
        raise DataError(
            f"{before[0]['arm']}: {before[0]['stage']} and {after[0]['stage']} were measured on different problems "
            f"({counts[0]}, {counts[1]}); measure every stage on the same ones"
        )
    cells: list[dict[Hashable, Cell]] = [
        {
            (row["type"], row["steps"]): _cell(row["greedy"] if greedy else row, accuracy)
            for row in side
        }
        for side in (before, after)
    ]
    split = split_cells(cells[0], cells[1], counts[0])
    ends = sampled_split(cells[0], cells[1], counts[0], seed=seed)
    return {
        "n": sum(counts[0].values()),
        **asdict(split),
        "interval": {name: list(getattr(ends, name)) for name in asdict(split)},
    }


def _cell(told: Mapping[str, Any], accuracy: str) -> Cell:
    return Cell(told["routing"], told["execution"], told[accuracy])
