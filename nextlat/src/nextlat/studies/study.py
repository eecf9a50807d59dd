"""What a study is: arms, seeds, what is measured on each trained model, and one result file.

A study's folder:

    runs/<arm>-<seed>/      a training run, see training/loop.py
    rows/<arm>-<seed>.json  what was measured on it
    results.json            all rows, their mean and spread over seeds, configuration and provenance; files by name only

A run that is done is not done again; an interrupted one resumes.
"""

from __future__ import annotations

import json
import math
import shlex
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Literal

from nextlat.configuration import override, parse_value
from nextlat.errors import UsageError
from nextlat.model.learner import Learner
from nextlat.model.storage import write_json
from nextlat.tasks import Task
from nextlat.training.loop import load_run, train
from nextlat.training.provenance import provenance, without_folders
from nextlat.training.run_config import RunConfig, from_run_mapping, to_mapping

Scale = Literal["tiny", "desk", "paper"]
Figures = dict[str, Any]
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
        measure: what is measured on a trained arm.
        paper: what the paper reports, for the tables; empty where it has no counterpart.
    """

    name: str
    question: str
    arms: Callable[[Scale], Sequence[Arm]]
    measure: Measure
    paper: dict[str, Any]


def run_study(
    study: Study,
    scale: Scale,
    out: Path,
    *,
    workers: int = 1,
    only: str | None = None,
    progress: bool = False,
    overrides: Sequence[str] = (),
) -> dict[str, Any]:
    """Run what is not done yet and write `results.json`.

    Args:
        study: the study.
        scale: its size.
        out: its folder.
        workers: runs side by side, one thread each where more than one.
        only: part of an arm's name; other arms are left for another call.
        progress: whether progress bars are drawn on standard error.
        overrides: dotted `key=value` words applied to every arm's run.

    Returns:
        What `results.json` holds.

    Raises:
        UsageError: no arm's name holds `only`, or a key or value is wrong.
    """
    study = overridden(study, overrides)
    chosen = [arm for arm in study.arms(scale) if only is None or only in arm.name]
    # Seed by seed, so that an interrupted study has every arm at fewer seeds.
    seeds = sorted({seed for arm in chosen for seed in arm.seeds})
    jobs = [(arm, seed) for seed in seeds for arm in chosen if seed in arm.seeds]
    if not jobs:
        names = ", ".join(arm.name for arm in study.arms(scale))
        raise UsageError(f"no arm of {study.name} holds {only!r} in its name; there are {names}")
    if workers == 1:
        for arm, seed in jobs:
            run_arm(study, arm, seed, out, progress=progress)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            waiting = [
                pool.submit(_run_named, study.name, scale, arm.name, seed, out, tuple(overrides))
                for arm, seed in jobs
            ]
            for done in waiting:
                done.result()
    return collect(study, scale, out, overrides)


def overridden(study: Study, words: Sequence[str]) -> Study:
    """Return the study with `key=value` words applied to every arm.

    Raises:
        UsageError: a word would give every arm one objective or task.
    """
    for word in words:
        if word.partition("=")[0] in ("objective.name", "task.name"):
            raise UsageError(
                f"{word}: a study's arms name their own task and objective; use `nextlat train`, or add an arm"
            )

    def arms(scale: Scale) -> Sequence[Arm]:
        return [
            replace(arm, config=from_run_mapping(override(to_mapping(arm.config), words)))
            for arm in study.arms(scale)
        ]

    return replace(study, arms=arms) if words else study


def _run_named(
    name: str, scale: Scale, arm_name: str, seed: int, out: Path, overrides: tuple[str, ...]
) -> None:
    """Run one arm in a worker process, with one thread."""
    import torch
    from transformers.utils import logging

    from nextlat.studies import STUDIES

    torch.set_num_threads(1)
    logging.disable_progress_bar()  # several processes would draw over one another
    study = overridden(STUDIES[name], overrides)
    arm = next(arm for arm in study.arms(scale) if arm.name == arm_name)
    run_arm(study, arm, seed, out, progress=False)


def run_arm(study: Study, arm: Arm, seed: int, out: Path, *, progress: bool) -> None:
    """Train and measure one arm with one seed, unless its row is there already."""
    row_file = out / "rows" / f"{arm.name}-{seed}.json"
    config = arm.with_seed(seed)
    if row_file.exists() and json.loads(row_file.read_text("utf-8"))["config"] == json.loads(
        json.dumps(to_mapping(config))
    ):
        return
    folder = out / "runs" / f"{arm.name}-{seed}"
    began = time.process_time()
    train(
        config, folder, progress=progress
    )  # a finished run passes at once, one of another configuration is refused
    trained = time.process_time() - began
    loaded, task, learner = load_run(folder)
    row = {
        "arm": arm.name,
        "seed": seed,
        "figures": study.measure(loaded, task, learner.eval()),
        "parameters": sum(parameter.numel() for parameter in learner.parameters()),
        "cpu_minutes": round(trained / 60, 2),
        "config": to_mapping(config),
        "provenance": provenance(),
    }
    row_file.parent.mkdir(parents=True, exist_ok=True)
    write_json(row_file, row)


def collect(study: Study, scale: Scale, out: Path, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Write and return `results.json` from the rows that are there, in the order of the arms."""
    rows = []
    for arm in study.arms(scale):
        for seed in arm.seeds:
            file = out / "rows" / f"{arm.name}-{seed}.json"
            if file.exists():
                rows.append(json.loads(file.read_text("utf-8")))
    results = {
        "study": study.name,
        "question": study.question,
        "scale": scale,
        "command": command(study, scale, overrides),
        "paper": study.paper,
        "provenance": rows[-1]["provenance"] if rows else provenance(),
        "missing": [
            f"{arm.name}-{seed}"
            for arm in study.arms(scale)
            for seed in arm.seeds
            if not any(row["arm"] == arm.name and row["seed"] == seed for row in rows)
        ],
        "summary": {
            arm.name: summary([row for row in rows if row["arm"] == arm.name])
            for arm in study.arms(scale)
        },
        "rows": [told_row(row) for row in rows],
    }
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "results.json", results)
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


def told_row(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as `results.json` holds it: of its provenance what may differ between the rows of one study."""
    origin = row["provenance"]
    return {
        **{key: value for key, value in row.items() if key != "provenance"},
        "config": without_folders(row["config"]),
        "commit": origin["commit"],
        "processor": origin["hardware"]["processor"],
        "threads": origin["hardware"]["threads"],
    }


def summary(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return, for each figure, mean and sample standard deviation over seeds; lists position by position."""
    if not rows:
        return {}
    found: dict[str, Any] = {}
    for name, first in rows[0]["figures"].items():
        values = [row["figures"][name] for row in rows]
        if isinstance(first, list):
            columns = list(zip(*values, strict=True))
            found[name] = {
                "mean": [_mean(one) for one in columns],
                "sd": [_spread(one) for one in columns],
            }
        elif isinstance(first, int | float):
            found[name] = {"mean": _mean(values), "sd": _spread(values)}
    return {"seeds": len(rows), **found}


def _mean(values: Sequence[float]) -> float:
    return statistics.fmean(values)


def _spread(values: Sequence[float]) -> float | None:
    """Return the sample standard deviation; None for a single seed."""
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return None
    return statistics.stdev(values)
