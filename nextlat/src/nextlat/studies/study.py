"""What a study is: arms, seeds, what is measured on each trained model, and one result file.

A study's folder:

    runs/<arm>-<seed>/      a training run, see training/loop.py
    rows/<arm>-<seed>.json  what was measured on it, see studies/runner.py
    results.json            all rows, mean and spread over seeds, configuration and provenance, see
                            reports/results.py; files by name only

A run that is done is not done again; an interrupted one resumes.
"""

from __future__ import annotations

import json
import shlex
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from nextlat.configuration import override, parse_value
from nextlat.errors import UsageError
from nextlat.json_value import JsonObject, JsonValue
from nextlat.model.learner import Learner
from nextlat.reports.results import (
    ComparisonResults,
    FigureValue,
    MeasuredRow,
    comparison_document,
    read_figures,
    summarise,
)
from nextlat.studies.runner import StudyFolder, as_parsed
from nextlat.tasks import Task
from nextlat.training.loop import load_run, train
from nextlat.training.provenance import (
    mapping_without_folders,
    provenance,
    without_folders,
)
from nextlat.training.run_config import RunConfig, from_run_mapping, to_mapping

Scale = Literal["tiny", "desk", "paper"]
Figures = dict[str, FigureValue]
Measure = Callable[[RunConfig, Task, Learner], Figures]


@dataclass(frozen=True)
class Arm:
    """One thing compared.

    Attributes:
        name: names it in files, tables and figures.
        config: its run, but for the seed.
        seeds: the seeds it is run with.
    """

    name: str
    config: RunConfig
    seeds: tuple[int, ...] = (0,)

    def with_seed(self, seed: int) -> RunConfig:
        """Return the run of one seed."""
        return replace(self.config, loop=replace(self.config.loop, seed=seed))


@dataclass(frozen=True)
class Study:
    """A comparison of arms.

    Attributes:
        name: as `nextlat reproduce` takes it.
        question: what it asks, in a sentence.
        arms: scale -> arms.
        measure: what is measured on a trained arm; a function of a module, so that it can be sent
            to another process.
        paper: what the paper reports, for the tables; empty where it has no counterpart.
    """

    name: str
    question: str
    arms: Callable[[Scale], Sequence[Arm]]
    measure: Measure
    paper: Mapping[str, object]


@dataclass(frozen=True)
class ArmJob:
    """One arm with one seed, trained and measured.

    Attributes:
        arm: the arm.
        seed: one of its seeds.
        measure: the study's.
        out: the study's folder.
        progress: whether a progress bar is drawn on standard error.
    """

    arm: Arm
    seed: int
    measure: Measure
    out: Path
    progress: bool = False

    @property
    def name(self) -> str:
        """Names the run's folder and its row."""
        return f"{self.arm.name}-{self.seed}"

    def is_current(self, row: JsonObject) -> bool:
        """Return whether a row was measured on a run of this configuration."""
        return row.get("config") == as_parsed(to_mapping(self.arm.with_seed(self.seed)))

    def run(self) -> JsonObject:
        """Train, measure and return the row."""
        folder = self.out / "runs" / self.name
        began = time.process_time()
        # A finished run passes at once, one of another configuration is refused.
        train(self.arm.with_seed(self.seed), folder, progress=self.progress)
        trained = time.process_time() - began
        config, task, learner = load_run(folder)
        return {
            "arm": self.arm.name,
            "seed": self.seed,
            "figures": self.measure(config, task, learner.eval()),
            "parameters": sum(parameter.numel() for parameter in learner.parameters()),
            "cpu_minutes": round(trained / 60, 2),
            "config": to_mapping(config),
            "provenance": provenance(),
        }


def run_study(
    study: Study,
    scale: Scale,
    out: Path,
    *,
    workers: int = 1,
    only: str | None = None,
    progress: bool = False,
    overrides: Sequence[str] = (),
) -> ComparisonResults:
    """Run what is not done yet and write `results.json`.

    Args:
        study: the study.
        scale: its size.
        out: its folder.
        workers: runs side by side, one thread each where more than one.
        only: part of an arm's name; other arms are left for another call.
        progress: whether progress bars are drawn on standard error, where workers is 1.
        overrides: dotted `key=value` words applied to every arm's run.

    Returns:
        What `results.json` holds.

    Raises:
        UsageError: no arm's name holds `only`, or a key or value is wrong.
    """
    study = overridden(study, overrides)
    chosen = [arm for arm in study.arms(scale) if only is None or only in arm.name]
    jobs = _jobs(chosen, study.measure, out, progress=progress and workers == 1)
    if not jobs:
        names = ", ".join(arm.name for arm in study.arms(scale))
        raise UsageError(f"no arm of {study.name} holds {only!r} in its name; there are {names}")
    StudyFolder(out).run(jobs, workers=workers)
    return collect(study, scale, out, overrides)


def _jobs(arms: Sequence[Arm], measure: Measure, out: Path, *, progress: bool) -> list[ArmJob]:
    """Return a job for each arm and seed.

    They go seed by seed, so that an interrupted study has every arm at fewer seeds.
    """
    seeds = sorted({seed for arm in arms for seed in arm.seeds})
    return [
        ArmJob(arm, seed, measure, out, progress)
        for seed in seeds
        for arm in arms
        if seed in arm.seeds
    ]


def overridden(study: Study, words: Sequence[str]) -> Study:
    """Return the study with `key=value` words applied to every arm.

    Raises:
        UsageError: a word would give every arm one objective or task.
    """
    for word in words:
        if word.partition("=")[0] in ("objective.name", "task.name"):
            raise UsageError(
                f"{word}: a study's arms name their own task and objective; use `nextlat train`, "
                "or add an arm"
            )

    def arms(scale: Scale) -> Sequence[Arm]:
        return [
            replace(arm, config=from_run_mapping(override(to_mapping(arm.config), words)))
            for arm in study.arms(scale)
        ]

    return replace(study, arms=arms) if words else study


def collect(
    study: Study, scale: Scale, out: Path, overrides: Sequence[str] = ()
) -> ComparisonResults:
    """Write and return `results.json` from the rows that are there, in the order of the arms."""
    folder = StudyFolder(out)
    arms = study.arms(scale)
    names = [f"{arm.name}-{seed}" for arm in arms for seed in arm.seeds]
    documents = folder.rows(names)
    rows = tuple(
        _measured_row(JsonValue(row, f"rows/{name}.json")) for name, row in documents.items()
    )
    origins = [row["provenance"] for row in documents.values()]
    results = ComparisonResults(
        study=study.name,
        question=study.question,
        scale=scale,
        command=command(study, scale, overrides),
        paper=study.paper,
        provenance=JsonValue(origins[-1] if origins else provenance(), "provenance").plain(),
        missing=tuple(name for name in names if name not in documents),
        summary={
            arm.name: summarise([row.figures for row in rows if row.arm == arm.name])
            for arm in arms
        },
        rows=rows,
    )
    folder.write_results(comparison_document(results))
    return results


def command(study: Study, scale: Scale, overrides: Sequence[str]) -> str:
    """Return the command line that repeats a study, files by name only."""
    words = []
    for word in overrides:
        key, _, text = word.partition("=")
        value = parse_value(text)
        named = without_folders(value)
        changed = f"{key}={named if isinstance(named, str) else json.dumps(named)}"
        words.append(word if named == value else changed)
    return shlex.join(
        ["nextlat", "reproduce", study.name, *words, "--scale", scale, "--out", "DIR"]
    )


def _measured_row(document: JsonValue) -> MeasuredRow:
    """Return a row with what of its provenance may differ between the rows of one study."""
    origin = document["provenance"]
    commit = origin["commit"]
    return MeasuredRow(
        arm=document["arm"].text(),
        seed=document["seed"].whole(),
        figures=read_figures(document["figures"]),
        parameters=document["parameters"].whole(),
        cpu_minutes=document["cpu_minutes"].number(),
        config=mapping_without_folders(document["config"].plain()),
        commit=commit.text() if commit.present else None,
        processor=origin["hardware"]["processor"].text(),
        threads=origin["hardware"]["threads"].whole(),
    )
