"""Results of post-training: the dataclasses that runs make, files hold and reports read.

A run of a user's own task and the finite-field study share them. A `Row` is what one arm does after
one stage on one kind of problem; a `StageSplit` is the change between two stages and its parts; a
`Criterion` is a condition on them. `document` is the JSON of any of them, `result_reader.py` is the
way back: reading what was written gives equal values.

An attribute that is None was not measured, or has no meaning for the study, and is left out of the
file; `steps` and `verified_accuracy` are written as null instead. Pure: no torch, no files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nextlat.evaluation.intervals import Interval
from nextlat.json_value import JsonObject
from nextlat.posttrain.splits import Split, SplitIntervals

FINITE_FIELD, OWN_TASK = "finite-field", "posttrain-run"
STUDIES = (FINITE_FIELD, OWN_TASK)

Part = Literal["change", "selection", "improvement", "residual"]
PARTS: tuple[Part, ...] = ("change", "selection", "improvement", "residual")
"""The change, and the three it is the sum of."""

Shares = Mapping[str, float]
"""Strategy -> a share, from 0 to 1."""

PassAtK = Mapping[int, float]
"""k -> chance that one of k samples is right."""


@dataclass(frozen=True)
class ChosenAccuracy:
    """Accuracy among the completions of one label.

    Attributes:
        accuracy: share of them that are right; None where there are none.
        n: how many there are; None where a file does not say.
    """

    accuracy: float | None
    n: int | None = None


@dataclass(frozen=True)
class Figures:
    """What completions show that were decoded one way.

    Attributes:
        accuracy: share of completions with a right answer.
        verified_accuracy: share with a right answer and right steps; None where steps are not
            judged.
        routing: share of completions of each strategy; empty where they are not labelled.
        execution: accuracy of each strategy where its first words are forced; empty where none are.
        interval: 95 % interval of the accuracy.
        samples: completions a problem.
        reward: mean reward.
        pass_at_k: by answers.
        verified_pass_at_k: by answers and steps.
        forced_label: share of completions forced to a strategy that the labeller calls by its name.
        conditional: label -> accuracy among its completions.
    """

    accuracy: float
    verified_accuracy: float | None = None
    routing: Shares = field(default_factory=dict)
    execution: Shares = field(default_factory=dict)
    interval: Interval | None = None
    samples: int | None = None
    reward: float | None = None
    pass_at_k: PassAtK | None = None
    verified_pass_at_k: PassAtK | None = None
    forced_label: Shares | None = None
    conditional: Mapping[str, ChosenAccuracy] | None = None


@dataclass(frozen=True)
class Row:
    """What an arm does after a stage on one kind of problem.

    Attributes:
        arm: what was trained.
        stage: after which training.
        type: the kind of problem.
        steps: its size; None where problems have none, or for all sizes together.
        n: problems.
        sampled: figures at the training temperature.
        greedy: figures without sampling.
    """

    arm: str
    stage: str
    type: str
    steps: int | None
    n: int
    sampled: Figures
    greedy: Figures | None = None


@dataclass(frozen=True)
class StageSplit:
    """The change of an accuracy between two stages, split.

    Attributes:
        arm: what was trained.
        start: the stage before.
        end: the stage after.
        type: the kind of problem; "all" for every kind.
        parts: the change and what it is the sum of.
        n: problems.
        intervals: of each part.
        of: the accuracy that is split.
        execution_by: "forcing", or "conditional" where accuracy among the completions that chose a
            strategy stands in for it.
    """

    arm: str
    start: str
    end: str
    type: str
    parts: Split
    n: int | None = None
    intervals: SplitIntervals | None = None
    of: str | None = None
    execution_by: str | None = None


@dataclass(frozen=True)
class Criterion:
    """A condition on a run's figures, judged.

    Attributes:
        met: whether it holds; None where something it needs is missing.
        condition: the condition in words.
        figures: the numbers behind it; None where missing.
        missing: arms and stages that were not measured.
    """

    met: bool | None
    condition: str = ""
    figures: Mapping[str, float | None] = field(default_factory=dict)
    missing: tuple[str, ...] = ()


@dataclass(frozen=True)
class CurvePoint:
    """What training logged at one step.

    Attributes:
        arm: what is trained.
        stage: the training.
        step: optimiser steps done.
        metrics: name -> what was logged, numbers and whatever else.
    """

    arm: str
    stage: str
    step: float
    metrics: JsonObject

    @property
    def numbers(self) -> dict[str, float]:
        """The metrics that are finite numbers; a lost step is logged as null."""
        return {
            name: float(logged)
            for name, logged in self.metrics.items()
            if isinstance(logged, int | float)
            and not isinstance(logged, bool)
            and math.isfinite(logged)
        }


@dataclass(frozen=True, kw_only=True)
class RunResults:
    """A run's result file.

    Attributes:
        study: one of `STUDIES`.
        scale: size of the finite-field study; "own" for a user's task.
        seed: of everything random.
        rows: by arm, stage, type and steps.
        splits: of the sampled accuracy.
        greedy_splits: of the greedy accuracy.
        curves: what training logged.
        config: settings of the run.
        provenance: versions, hardware and commit.
        command: repeats the run; "" where not stated.
        chance: accuracy of a guess.
        criteria: name -> criterion, of the finite-field study.
        parts: parts of the finite-field study that were run.
        missing: arms and stages not run yet.
        stages: of a user's task, in order.
        totals: of a user's task, rows over all numbers of steps.
        notes: for readers, how figures were made.
        data: numbers of problems and demonstrations.
        inputs: hashes of the input files.
    """

    study: str
    scale: str
    seed: int
    rows: tuple[Row, ...]
    splits: tuple[StageSplit, ...] = ()
    greedy_splits: tuple[StageSplit, ...] = ()
    curves: tuple[CurvePoint, ...] = ()
    config: JsonObject = field(default_factory=dict)
    provenance: JsonObject = field(default_factory=dict)
    command: str = ""
    chance: float | None = None
    criteria: Mapping[str, Criterion] | None = None
    parts: tuple[str, ...] | None = None
    missing: tuple[str, ...] | None = None
    stages: tuple[str, ...] | None = None
    totals: tuple[Row, ...] | None = None
    notes: tuple[str, ...] | None = None
    data: Mapping[str, int] | None = None
    inputs: Mapping[str, str] | None = None


def results_document(results: RunResults) -> dict[str, object]:
    """Return what `results.json` holds."""
    criteria = results.criteria
    totals = results.totals
    return _present(
        study=results.study,
        scale=results.scale,
        seed=results.seed,
        chance=results.chance,
        command=results.command,
        parts=_list(results.parts),
        stages=_list(results.stages),
        rows=[row_document(row) for row in results.rows],
        totals=None if totals is None else [row_document(row) for row in totals],
        splits=[split_document(split) for split in results.splits],
        greedy_splits=[split_document(split) for split in results.greedy_splits],
        criteria=None
        if criteria is None
        else {name: criterion_document(criterion) for name, criterion in criteria.items()},
        curves=[point_document(point) for point in results.curves],
        missing=_list(results.missing),
        notes=_list(results.notes),
        data=results.data,
        inputs=results.inputs,
        config=results.config,
        provenance=results.provenance,
    )


def row_document(row: Row) -> dict[str, object]:
    """Return a row as the file holds it: greedy figures are an object within."""
    return {
        "arm": row.arm,
        "stage": row.stage,
        "type": row.type,
        "steps": row.steps,
        "n": row.n,
        **_figures_document(row.sampled),
        **({} if row.greedy is None else {"greedy": _greedy_document(row.greedy, row.n)}),
    }


def split_document(split: StageSplit) -> dict[str, object]:
    """Return a split as the file holds it."""
    intervals = split.intervals
    return _present(
        arm=split.arm,
        type=split.type,
        **{"from": split.start, "to": split.end},
        n=split.n,
        of=split.of,
        execution_by=split.execution_by,
        **{part: getattr(split.parts, part) for part in PARTS},
        interval=None
        if intervals is None
        else {part: list(getattr(intervals, part)) for part in PARTS},
    )


def criterion_document(criterion: Criterion) -> dict[str, object]:
    """Return a criterion as the file holds it."""
    return {
        "met": criterion.met,
        "figures": criterion.figures,
        "condition": criterion.condition,
        "missing": list(criterion.missing),
    }


def point_document(point: CurvePoint) -> dict[str, object]:
    """Return a point of a curve as the file holds it."""
    return {"arm": point.arm, "stage": point.stage, "step": point.step, **point.metrics}


def _figures_document(figures: Figures) -> dict[str, object]:
    conditional = figures.conditional
    return {
        "verified_accuracy": figures.verified_accuracy,
        **_present(
            accuracy=figures.accuracy,
            interval=_list(figures.interval),
            samples=figures.samples,
            reward=figures.reward,
            pass_at_k=_pass_document(figures.pass_at_k),
            verified_pass_at_k=_pass_document(figures.verified_pass_at_k),
            routing=figures.routing,
            execution=figures.execution,
            forced_label=figures.forced_label,
            conditional=None
            if conditional is None
            else {
                label: {"accuracy": chosen.accuracy, **_present(n=chosen.n)}
                for label, chosen in conditional.items()
            },
        ),
    }


def _greedy_document(figures: Figures, n: int) -> dict[str, object]:
    """Return greedy figures; with the samples a problem, the number of problems is repeated."""
    repeated = {} if figures.samples is None else {"n": n}
    return {**repeated, **_figures_document(figures)}


def _pass_document(shares: PassAtK | None) -> dict[str, float] | None:
    return None if shares is None else {str(k): share for k, share in shares.items()}


def _list(values: tuple[object, ...] | None) -> list[object] | None:
    return None if values is None else list(values)


def _present(**members: object) -> dict[str, object]:
    """Return the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}
