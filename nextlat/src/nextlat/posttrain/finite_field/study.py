"""Runs the study: foundation, demonstrations, reinforcement learning, assessment.

A study's folder:

    study.json                 sizes, seed and provenance, written first
    foundation/facts|lists/    training runs, see training/loop.py
    stages/<arm>/<stage>/      training run or policy stage; model/ when done
    rows/<arm>-<stage>.json    what was measured on it, see studies/runner.py
    results.json               all of it, see posttrain/results.py

A stage that is done is not done again; an interrupted one resumes from its last checkpoint.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

from nextlat.configuration import words_between
from nextlat.errors import CheckpointError, UsageError
from nextlat.json_value import JsonObject, JsonValue, read_json
from nextlat.model.storage import write_json
from nextlat.posttrain.changes import study_splits
from nextlat.posttrain.criteria import criteria
from nextlat.posttrain.curves import read_curve
from nextlat.posttrain.finite_field.arms import PARTS
from nextlat.posttrain.finite_field.assessment import FieldAssessor, validation_set
from nextlat.posttrain.finite_field.grpo import PolicyStage
from nextlat.posttrain.finite_field.recipes import (
    SCALES,
    FieldArm,
    FieldStage,
    FieldStudy,
    fit_run,
)
from nextlat.posttrain.finite_field.rejection import RejectionStage
from nextlat.posttrain.result_reader import ResultReader
from nextlat.posttrain.results import (
    FINITE_FIELD,
    CurvePoint,
    Row,
    RunResults,
    point_document,
    results_document,
    row_document,
)
from nextlat.studies.runner import Report, StudyFolder, as_parsed
from nextlat.tasks.finite_field import FiniteField
from nextlat.training.loop import train
from nextlat.training.provenance import provenance
from nextlat.training.run_config import RunConfig
from nextlat.trunk.trunk import Trunk

FOUNDATION = "foundation"
COMPOSED = (2, 3, 4, 5)
"""Numbers of parts of the validation compositions, where an arm's stages hold compositions."""


def run_finite_field(
    study: FieldStudy,
    out: Path,
    *,
    scale: str,
    seed: int,
    parts: Sequence[str] = ("core",),
    workers: int = 2,
    report: Report = lambda _: None,
) -> RunResults:
    """Run what is not done yet and return what `results.json` holds.

    Args:
        study: sizes.
        out: the study's folder.
        scale: named in the results.
        seed: of initialisation, data, rollouts and sampling.
        parts: keys of `PARTS`.
        workers: stages side by side, one thread each; results do not depend on it.
        report: receives a line on what is being done.

    Raises:
        UsageError: there is no such part.
        CheckpointError: the folder holds a study of other sizes or another seed.
    """
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise UsageError(f"the study has no part {unknown[0]!r}; its parts are {', '.join(PARTS)}")
    _open(study, out, seed)
    report("foundation: single steps, then lists")
    _train_foundation(study, out, seed)
    jobs = _jobs(study, out, seed, parts)
    folder = StudyFolder(out)
    # A stage starts from the foundation or from a stage that does: two rounds, each in any order.
    for first in (True, False):
        ready = [job for job in jobs if (job.stage.starts_from == FOUNDATION) == first]
        folder.run(ready, workers=workers, report=report)
    return collect(study, out, jobs, scale=scale, seed=seed, parts=parts)


def _jobs(study: FieldStudy, out: Path, seed: int, parts: Sequence[str]) -> list[StageJob]:
    """Return the stages of the parts, each once.

    Parts share stages (FB's demonstrations); each is one job, whichever part names it first.
    """
    jobs: dict[str, StageJob] = {}
    for part in parts:
        for arm in PARTS[part](study):
            for stage in arm.stages:
                job = StageJob(study, out, seed, arm, stage)
                jobs.setdefault(job.name, job)
    return list(jobs.values())


def _open(study: FieldStudy, out: Path, seed: int) -> None:
    """Write `study.json`, or check that the folder's is of this study."""
    stated = {"study": asdict(study), "seed": seed}
    file = out / "study.json"
    if file.exists():
        before = read_json(file, "give a new folder")
        if before["study"].value != as_parsed(stated["study"]) or before["seed"].value != seed:
            raise CheckpointError(
                f"{out} holds a study of other sizes or another seed ({before['seed'].value}); "
                "give a new folder, or repeat the old sizes and seed to resume it"
            )
        return
    out.mkdir(parents=True, exist_ok=True)
    write_json(file, {**stated, "provenance": provenance()})


def _train_foundation(study: FieldStudy, out: Path, seed: int) -> None:
    torch.set_num_threads(1)  # as in the stages: the same numbers whatever the machine
    facts, lists = study.foundation(seed)
    train(facts, out / FOUNDATION / "facts")
    train(_from(lists, out / FOUNDATION / "facts" / "model"), out / FOUNDATION / "lists")


def _from(config: RunConfig, start: Path) -> RunConfig:
    """Return a run that starts from the model in a folder."""
    return replace(config, trunk=replace(config.trunk, pretrained=str(start)))


@dataclass(frozen=True)
class StageJob:
    """One stage of an arm, trained and measured.

    Attributes:
        study: sizes.
        out: the study's folder.
        seed: of everything random.
        arm: the arm.
        stage: one of its stages.
    """

    study: FieldStudy
    out: Path
    seed: int
    arm: FieldArm
    stage: FieldStage

    @property
    def name(self) -> str:
        """Names the row file."""
        return f"{self.arm.name}-{self.stage.name}"

    def is_current(self, row: JsonObject) -> bool:
        """Return True: `study.json` holds the sizes, and the folder is of one study alone."""
        return True

    def run(self) -> JsonObject:
        """Train and measure, with one thread; return the rows and the curve."""
        torch.set_num_threads(1)
        model = self._train()
        return {
            "rows": [row_document(row) for row in self._measure(model)],
            "curve": [
                point_document(point)
                for point in read_curve(model.parent, self.arm.name, self.stage.name)
            ],
        }

    def _train(self) -> Path:
        """Train the stage and return its model's folder."""
        stages = self.out / "stages" / self.arm.name
        stage, folder = self.stage, stages / self.stage.name
        start = (
            self.out / FOUNDATION / "lists" / "model"
            if stage.starts_from == FOUNDATION
            else stages / stage.starts_from / "model"
        )
        model = folder / "model"
        if stage.fit is not None:
            config = fit_run(stage.task, self.study.trunk, stage.fit, self.seed)
            train(_from(config, start), folder)
        elif stage.policy is not None and not (model / "config.json").exists():
            kind = RejectionStage if stage.rejection else PolicyStage
            task = FiniteField(stage.task, self.seed)
            kind(start, folder, task, stage.policy, self.seed).run()
        return model

    def _measure(self, model: Path) -> list[Row]:
        """Return a row for each cell of the validation set."""
        study, task = self.study, FiniteField(self.stage.task, self.seed)
        trunk = Trunk(AutoModelForCausalLM.from_pretrained(model).eval())
        composed = any(stage.task.composition_share for stage in self.arm.stages)
        cells = validation_set(task, study.assessment, COMPOSED if composed else ())
        assessor = FieldAssessor(trunk, task, study.assessment, study.hard.temperature, self.seed)
        return [assessor.row(self.arm.name, self.stage.name, cell) for cell in cells]


def collect(
    study: FieldStudy,
    out: Path,
    jobs: Sequence[StageJob],
    *,
    scale: str,
    seed: int,
    parts: Sequence[str],
) -> RunResults:
    """Write and return `results.json` from the stages that are done."""
    folder = StudyFolder(out)
    measured = folder.rows(job.name for job in jobs)
    rows, curves = _rows_and_curves(measured)
    chance = 1 / study.modulus
    hard = range(study.hard_steps[0], study.hard_steps[1] + 1)
    plain = [row for row in rows if row.type != "composition"]
    pairs = [("sft", stage) for stage in sorted({job.stage.name for job in jobs} - {"sft"})]
    splits = study_splits(plain, pairs=pairs, steps=hard)
    results = RunResults(
        study=FINITE_FIELD,
        scale=scale,
        seed=seed,
        parts=tuple(parts),
        command=command(study, scale, seed, parts),
        chance=chance,
        rows=tuple(rows),
        splits=tuple(splits),
        greedy_splits=tuple(study_splits(plain, pairs=pairs, steps=hard, greedy=True)),
        criteria=criteria(rows, splits, chance),
        curves=tuple(curves),
        missing=tuple(job.name for job in jobs if job.name not in measured),
        config=asdict(study),
        provenance=read_json(out / "study.json", "give a new folder")["provenance"].plain(),
    )
    folder.write_results(results_document(results))
    return results


def _rows_and_curves(
    measured: Mapping[str, JsonObject],
) -> tuple[list[Row], list[CurvePoint]]:
    """Return the rows and the points of the curves that the stages' files hold."""
    reader = ResultReader()
    rows: list[Row] = []
    curves: list[CurvePoint] = []
    for name, row in measured.items():
        document = JsonValue(row, f"rows/{name}.json", "remove it to run the stage again")
        rows += reader.rows(document["rows"])
        curves += map(reader.point, document["curve"].items())
    return rows, curves


def command(study: FieldStudy, scale: str, seed: int, parts: Sequence[str]) -> str:
    """Return the command line that repeats a run, with what differs from the scale's sizes."""
    chosen = [word for part in parts for word in ("--part", part)]
    words = words_between(asdict(SCALES[scale]()), asdict(study))
    start = ["nextlat", "posttrain", "finite-field", "--scale", scale, "--seed", str(seed)]
    return shlex.join([*start, *chosen, *words, "--out", "DIR"])
