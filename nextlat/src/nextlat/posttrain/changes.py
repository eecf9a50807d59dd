"""The change between two stages, split into selection and improvement from their rows."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import asdict
from itertools import pairwise
from typing import Any

from nextlat.posttrain.analysis import Cell, split_cells
from nextlat.posttrain.assessment import ARM, OTHER
from nextlat.posttrain.problems import ALL

Row = dict[str, Any]


def splits(
    rows: Sequence[Row], stages: Sequence[str], *, greedy: bool = False
) -> list[dict[str, Any]]:
    """Return the split of each change by type, and over all types (type "all") where there are several.

    Cells are of one type and number of steps, weighted by problems. Where strategies were forced, execution is that of
    forcing. Where not, the accuracy among completions of a label stands in for it, and `execution_by` says
    "conditional": then a change in which problems a strategy is chosen for counts as improvement.

    Args:
        rows: what `assessment.rows` returned, of all stages.
        stages: in the order of training.
        greedy: whether the greedy figures are split, not the sampled ones.

    Returns:
        One for each pair of neighbouring stages, and of the first and the last; none where completions have no labels.
    """
    pairs = list(pairwise(stages))
    if len(stages) > 2:
        pairs.append((stages[0], stages[-1]))
    kinds = sorted({row["type"] for row in rows})
    told = []
    for kind in [*kinds, ALL] if len(kinds) > 1 else kinds:
        cells = {
            stage: {
                (row["type"], row["steps"]): row["greedy"] if greedy else row
                for row in rows
                if row["stage"] == stage and kind in (ALL, row["type"])
            }
            for stage in stages
        }
        told += [
            _split(cells[before], cells[after], before, after, kind) for before, after in pairs
        ]
    return [one for one in told if one is not None]


def _split(
    old: dict[Any, Row], new: dict[Any, Row], before: str, after: str, kind: str
) -> dict[str, Any] | None:
    """Return one split; None where completions have no labels."""
    if not all(row["routing"] for row in (*old.values(), *new.values())):
        return None
    forced = all(row["execution"] for row in (*old.values(), *new.values()))
    make = _forced_cell if forced else _conditional_cell
    cells0: dict[Hashable, Cell] = {key: make(row, new[key]) for key, row in old.items()}
    cells1: dict[Hashable, Cell] = {key: make(row, old[key]) for key, row in new.items()}
    split = split_cells(cells0, cells1, {key: row["n"] for key, row in old.items()})
    return {
        "arm": ARM,
        "from": before,
        "to": after,
        "type": kind,
        "of": "accuracy"
        if any(row["verified_accuracy"] is None for row in old.values())
        else "verified_accuracy",
        "execution_by": "forcing" if forced else "conditional",
        **asdict(split),
    }


def _accuracy(row: Row, other: Row) -> float:
    """Return verified accuracy where both stages have it."""
    both = row["verified_accuracy"] is not None and other["verified_accuracy"] is not None
    return float(row["verified_accuracy"] if both else row["accuracy"])


def _forced_cell(row: Row, other: Row) -> Cell:
    """Return a cell of the strategies that were forced; every other label is "other"."""
    names = list(row["execution"])
    routing = {name: row["routing"].get(name, 0.0) for name in names}
    routing[OTHER] = max(0.0, 1.0 - sum(routing.values())) if OTHER not in names else routing[OTHER]
    return Cell(routing, dict(row["execution"]), _accuracy(row, other))


def _conditional_cell(row: Row, other: Row) -> Cell:
    """Return a cell with conditional accuracies; a label of one stage alone keeps that stage's in both.

    So the appearance of a strategy counts as selection.
    """
    names = sorted({*row["routing"], *other["routing"]})
    routing = {name: row["routing"].get(name, 0.0) for name in names}
    execution = {
        name: float((row["conditional"].get(name) or other["conditional"][name])["accuracy"])
        for name in names
    }
    return Cell(routing, execution, _accuracy(row, other))
