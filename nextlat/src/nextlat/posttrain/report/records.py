"""What a post-training study's result files hold, as typed records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

FINITE_FIELD, OWN_TASK = "finite-field", "posttrain-run"
STUDIES = (FINITE_FIELD, OWN_TASK)
PARTS = ("change", "selection", "improvement", "residual")
Shares = dict[str, float]


@dataclass(frozen=True)
class Decoded:
    """Responses decoded one way.

    Attributes:
        accuracy: of answers.
        interval: of the accuracy, if told.
        verified_accuracy: of whole traces, if they can be verified.
        routing: strategy -> share of responses.
        execution: strategy -> accuracy where it is forced.
        conditional: strategy -> accuracy among the responses that chose it.
    """

    accuracy: float
    interval: tuple[float, float] | None
    verified_accuracy: float | None
    routing: Shares
    execution: Shares
    conditional: Shares


@dataclass(frozen=True)
class Row:
    """What an arm does at a stage on one kind of problem.

    Attributes:
        arm: what was trained.
        stage: after which training.
        type: the kind of problem.
        steps: its size; None where problems have none.
        n: problems.
        sampled: at the training temperature.
        greedy: without sampling, if measured.
        pass_at_k: k -> share of problems with a right answer among k.
        verified_pass_at_k: k -> the same with a right trace.
    """

    arm: str
    stage: str
    type: str
    steps: int | None
    n: int
    sampled: Decoded
    greedy: Decoded | None
    pass_at_k: dict[int, float]
    verified_pass_at_k: dict[int, float]


@dataclass(frozen=True)
class SplitRow:
    """A change between two stages and its parts, each with its interval where told; `of` answers or whole traces."""

    arm: str
    start: str
    end: str
    type: str
    parts: dict[str, float]
    intervals: dict[str, tuple[float, float]]
    of: str


@dataclass(frozen=True)
class Verdict:
    """A criterion: whether it is met (None where something it needs is absent), and the figures behind it."""

    name: str
    met: bool | None
    condition: str
    figures: dict[str, float | None]
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Point:
    """Logged numbers at one step of training."""

    arm: str
    stage: str
    step: float
    metrics: dict[str, float]


@dataclass(frozen=True)
class Run:
    """One seed's result file; `notes` are for its readers, `missing` is None where not told."""

    study: str
    scale: str
    seed: int
    chance: float | None
    command: str
    rows: tuple[Row, ...]
    splits: tuple[SplitRow, ...]
    greedy_splits: tuple[SplitRow, ...]
    verdicts: tuple[Verdict, ...]
    points: tuple[Point, ...]
    provenance: Mapping[str, Any]
    config: Mapping[str, Any]
    notes: tuple[str, ...]
    missing: tuple[str, ...] | None


@dataclass(frozen=True)
class Results:
    """The runs of one study: one, or one a seed."""

    runs: tuple[Run, ...]
    missing: tuple[str, ...]

    @property
    def first(self) -> Run:
        """The run with the lowest seed; study, scale and chance are the same in all."""
        return self.runs[0]

    @property
    def finite_field(self) -> bool:
        """Whether this is the finite-field study, not a user's own task."""
        return self.first.study == FINITE_FIELD

    @property
    def notes(self) -> list[str]:
        """What the result files say to their readers, each once."""
        return list(dict.fromkeys(note for run in self.runs for note in run.notes))

    def names(self, of: Callable[[Row], str]) -> list[str]:
        """Return the different values of a field of rows, in order."""
        return list(dict.fromkeys(of(row) for run in self.runs for row in run.rows))
