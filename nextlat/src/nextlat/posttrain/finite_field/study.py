"""Runs the study: foundation, demonstrations, reinforcement learning, assessment; writes results.json.

A study's folder:

    study.json                 sizes, seed and provenance, written first
    foundation/facts|lists/    training runs, see training/loop.py
    stages/<arm>/<stage>/      training run or policy stage; model/ when done
    rows/<arm>-<stage>.json    what was measured on it
    results.json               all of it: rows, splits and criteria

A stage that is done is not done again; an interrupted one resumes from its last checkpoint.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM
from transformers.utils import logging

from nextlat.configuration import words_between
from nextlat.errors import CheckpointError, UsageError
from nextlat.model.storage import write_json
from nextlat.posttrain.analysis import criteria, splits_of
from nextlat.posttrain.finite_field.arms import PARTS
from nextlat.posttrain.finite_field.assessment import Assessor, validation_set
from nextlat.posttrain.finite_field.grpo import PolicyStage
from nextlat.posttrain.finite_field.recipes import (
    SCALES,
    Arm,
    FieldStudy,
    Stage,
    fit_run,
    from_study_mapping,
    to_mapping,
)
from nextlat.posttrain.finite_field.rejection import RejectionStage
from nextlat.tasks.finite_field import FiniteField
from nextlat.training.loop import train
from nextlat.training.metrics import read_lines
from nextlat.training.provenance import provenance
from nextlat.trunk.trunk import Trunk

Say = Callable[[str], None]

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
    say: Say = lambda _: None,
) -> dict[str, Any]:
    """Run what is not done yet and return what `results.json` holds.

    Args:
        study: sizes.
        out: the study's folder.
        scale: named in the results.
        seed: of initialisation, data, rollouts and sampling.
        parts: keys of `PARTS`.
        workers: stages side by side, one thread each; results do not depend on it.
        say: told what is being done.

    Raises:
        UsageError: there is no such part.
        CheckpointError: the folder holds a study of other sizes or another seed.
    """
    unknown = [part for part in parts if part not in PARTS]
    if unknown:
        raise UsageError(f"the study has no part {unknown[0]!r}; its parts are {', '.join(PARTS)}")
    _open(study, out, seed)
    say("foundation: single steps, then lists")
    _foundation(study, out, seed)
    chosen = [(part, arm) for part in parts for arm in PARTS[part](study)]
    for is_first in (True, False):
        # Parts share stages (FB's demonstrations); each is one job, whichever part names it first.
        jobs: dict[tuple[str, str], str] = {}
        for part, arm in chosen:
            for stage in arm.stages:
                if (stage.starts_from == "foundation") == is_first:
                    jobs.setdefault((arm.name, stage.name), part)
        _side_by_side(
            study, out, seed, [(part, *names) for names, part in jobs.items()], workers, say
        )
    return collect(study, out, scale=scale, seed=seed, arms=[arm for _, arm in chosen], parts=parts)


def _open(study: FieldStudy, out: Path, seed: int) -> None:
    told = {"study": to_mapping(study), "seed": seed}
    file = out / "study.json"
    if file.exists():
        old = json.loads(file.read_text("utf-8"))
        if old["study"] != json.loads(json.dumps(told["study"])) or old["seed"] != seed:
            raise CheckpointError(
                f"{out} holds a study of other sizes or another seed ({old['seed']}); give a new folder, or "
                "repeat the old sizes and seed to resume it"
            )
        return
    out.mkdir(parents=True, exist_ok=True)
    write_json(file, {**told, "provenance": provenance()})


def _foundation(study: FieldStudy, out: Path, seed: int) -> None:
    torch.set_num_threads(1)  # as in the stages: the same numbers whatever the machine
    facts, lists = study.foundation(seed)
    train(facts, out / "foundation" / "facts")
    start = out / "foundation" / "facts" / "model"
    train(_from(lists, start), out / "foundation" / "lists")


def _from(config: Any, start: Path) -> Any:
    return replace(config, trunk=replace(config.trunk, pretrained=str(start)))


def _side_by_side(
    study: FieldStudy,
    out: Path,
    seed: int,
    jobs: Sequence[tuple[str, str, str]],
    workers: int,
    say: Say,
) -> None:
    arguments = [(to_mapping(study), str(out), seed, *job) for job in jobs]
    if workers == 1:
        for job in arguments:
            say(f"{job[4]}: {job[5]}")
            run_stage(*job)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        waiting = [(job, pool.submit(_run_stage_aside, *job)) for job in arguments]
        for job, done in waiting:
            done.result()
            say(f"{job[4]}: {job[5]} done")


def _run_stage_aside(*job: Any) -> None:
    """Run a stage in a worker process."""
    logging.disable_progress_bar()  # several processes would draw over one another
    run_stage(*job)


def run_stage(
    told: dict[str, Any], folder: str, seed: int, part: str, arm_name: str, stage_name: str
) -> None:
    """Train and measure one stage in this process, with one thread, unless its row is there."""
    torch.set_num_threads(1)
    study, out = from_study_mapping(told), Path(folder)
    arm = next(arm for arm in PARTS[part](study) if arm.name == arm_name)
    stage = next(stage for stage in arm.stages if stage.name == stage_name)
    file = _row_file(out, arm.name, stage.name)
    if file.exists():
        return
    model = _train_stage(study, out, seed, arm, stage)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(
        file,
        {
            "rows": _measure(study, model, seed, arm, stage),
            "curve": _curve(model.parent, arm, stage),
        },
    )


def _train_stage(study: FieldStudy, out: Path, seed: int, arm: Arm, stage: Stage) -> Path:
    """Train a stage and return its model's folder."""
    folder = out / "stages" / arm.name / stage.name
    start = (
        out / "foundation" / "lists" / "model"
        if stage.starts_from == "foundation"
        else out / "stages" / arm.name / stage.starts_from / "model"
    )
    model = folder / "model"
    if stage.fit is not None:
        train(_from(fit_run(stage.task, study.trunk, stage.fit, seed), start), folder)
    elif stage.policy is not None and not (model / "config.json").exists():
        kind = RejectionStage if stage.rejection else PolicyStage
        kind(start, folder, FiniteField(stage.task, seed), stage.policy, seed).run()
    return model


def _measure(
    study: FieldStudy, model: Path, seed: int, arm: Arm, stage: Stage
) -> list[dict[str, Any]]:
    task = FiniteField(stage.task, seed)
    trunk = Trunk(AutoModelForCausalLM.from_pretrained(model).eval())
    composed = any(one.task.composition_share for one in arm.stages)
    assessor = Assessor(trunk, task, study.assessment, study.hard.temperature, seed)
    return [
        {"arm": arm.name, "stage": stage.name, **assessor.row(cell)}
        for cell in validation_set(task, study.assessment, COMPOSED if composed else ())
    ]


def _curve(folder: Path, arm: Arm, stage: Stage) -> list[dict[str, Any]]:
    return [
        {"arm": arm.name, "stage": stage.name, **line}
        for line in read_lines(folder / "metrics.jsonl")
    ]


def _row_file(out: Path, arm: str, stage: str) -> Path:
    return out / "rows" / f"{arm}-{stage}.json"


def collect(
    study: FieldStudy,
    out: Path,
    *,
    scale: str,
    seed: int,
    arms: Sequence[Arm],
    parts: Sequence[str],
) -> dict[str, Any]:
    """Write and return `results.json` from the stages that are done."""
    rows: list[dict[str, Any]] = []
    curves: list[dict[str, Any]] = []
    missing = []
    wanted = dict.fromkeys((arm.name, stage.name) for arm in arms for stage in arm.stages)
    for arm, stage in wanted:
        file = _row_file(out, arm, stage)
        if not file.exists():
            missing.append(f"{arm}-{stage}")
            continue
        told = json.loads(file.read_text("utf-8"))
        rows += told["rows"]
        curves += told["curve"]
    chance = 1 / study.modulus
    hard = range(study.hard_steps[0], study.hard_steps[1] + 1)
    plain = [row for row in rows if row["type"] != "composition"]
    later = sorted({stage for _, stage in wanted if stage != "sft"})
    pairs = [("sft", stage) for stage in later]
    splits = splits_of(plain, pairs=pairs, steps=hard)
    results = {
        "study": "finite-field",
        "scale": scale,
        "seed": seed,
        "parts": list(parts),
        "command": command(study, scale, seed, parts),
        "chance": chance,
        "rows": rows,
        "splits": splits,
        "greedy_splits": splits_of(plain, pairs=pairs, steps=hard, greedy=True),
        "criteria": criteria(rows, splits, chance),
        "curves": curves,
        "missing": missing,
        "config": to_mapping(study),
        "provenance": json.loads((out / "study.json").read_text("utf-8"))["provenance"],
    }
    write_json(out / "results.json", results)
    return results


def command(study: FieldStudy, scale: str, seed: int, parts: Sequence[str]) -> str:
    """Return the command line that repeats a run, with what differs from the scale's sizes."""
    told = [word for part in parts for word in ("--part", part)]
    words = words_between(to_mapping(SCALES[scale]()), to_mapping(study))
    called = ["nextlat", "posttrain", "finite-field", "--scale", scale, "--seed", str(seed)]
    return shlex.join([*called, *told, *words, "--out", "DIR"])
