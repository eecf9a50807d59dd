"""A made-up post-training study: a result file simulated problem by problem from stated skills. No
model is trained.

A response picks a strategy, then succeeds step by step; the strategy that does not fit is right by
guessing alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nextlat.evaluation.intervals import wilson
from nextlat.evaluation.pass_at_k import mean_pass_at_k
from nextlat.json_value import JsonValue
from nextlat.posttrain.changes import study_splits
from nextlat.posttrain.criteria import criteria
from nextlat.posttrain.result_reader import ResultReader
from nextlat.posttrain.results import criterion_document, split_document

P = 11
MATCHED = {"evaluation": "forward", "inversion": "backward"}
STAGES = ("sft", "rl_easy", "rl_hard")
SAMPLES = 16

PER_STEP = {"forward": (0.994, 0.995, 0.999), "backward": (0.88, 0.89, 0.993)}
"""Chance that a step of a strategy is right, after each stage."""

FITTING = {"F": (1.0, 1.0, 1.0), "B": (1.0, 1.0, 1.0), "FB": (0.6, 0.95, 0.98)}
"""Share of responses that take the fitting strategy, where an arm knows it, after each stage."""


def routed(arm: str, at: int, kind: str) -> dict[str, float]:
    """Share of each strategy, `other` a hundredth."""
    if arm != "FB":
        own = {"F": "forward", "B": "backward"}[arm]
        return {name: 0.99 if name == own else 0.0 for name in ("forward", "backward")} | {
            "other": 0.01
        }
    fits = 0.99 * FITTING[arm][at]
    return {
        name: fits if name == MATCHED[kind] else 0.99 - fits for name in ("forward", "backward")
    } | {"other": 0.01}


def simulated_row(
    draw: np.random.Generator, arm: str, at: int, kind: str, steps: int, n: int
) -> dict[str, Any]:
    routing = routed(arm, at, kind)
    skill = {
        name: PER_STEP[name][at] ** steps if MATCHED[kind] == name else 1 / P for name in PER_STEP
    }
    names = [*skill, "other"]
    choice = draw.choice(len(names), size=(n, SAMPLES), p=[routing[name] for name in names])
    right = draw.random((n, SAMPLES)) < np.array([*skill.values(), 0.0])[choice]
    lucky = right | (draw.random((n, SAMPLES)) < 0.02)
    counts, verified = (
        [(SAMPLES, int(total)) for total in told.sum(axis=1)] for told in (lucky, right)
    )
    accuracy = float(lucky[:, 0].mean())
    sharper = {name: round(share**0.8, 4) for name, share in skill.items()}
    return {
        "arm": arm,
        "stage": STAGES[at],
        "type": kind,
        "steps": steps,
        "n": n,
        "accuracy": accuracy,
        "verified_accuracy": float(right[:, 0].mean()),
        "interval": list(wilson(accuracy * n, n)),
        "routing": {name: float((choice[:, 0] == at).mean()) for at, name in enumerate(names)},
        "execution": {
            name: float((draw.random(n) < share).mean()) for name, share in skill.items()
        },
        "greedy": {
            "accuracy": sum(routing[name] * share for name, share in sharper.items()),
            "verified_accuracy": sum(routing[name] * share for name, share in sharper.items()),
            "routing": routing,
            "execution": sharper,
        },
        "pass_at_k": {str(k): mean_pass_at_k(counts, k) for k in (1, 4, 16)},
        "verified_pass_at_k": {str(k): mean_pass_at_k(verified, k) for k in (1, 4, 16)},
    }


def simulated_curves(
    draw: np.random.Generator, arm: str, stage: str, steps: int
) -> list[dict[str, Any]]:
    points = []
    for step in range(steps):
        done = 1 - np.exp(-4 * step / steps)
        start, end = {"F": (0.55, 0.56), "B": (0.3, 0.5), "FB": (0.45, 0.93)}[arm]
        route = 0.6 + 0.37 * done
        points.append(
            {
                "arm": arm,
                "stage": stage,
                "step": step,
                "reward": float(start + (end - start) * done + draw.normal(0, 0.03)),
                "reward_std": 0.4,
                "kl": float(0.08 * done + abs(draw.normal(0, 0.004))),
                "entropy": float(0.5 - 0.2 * done + draw.normal(0, 0.01)),
                "frac_reward_zero_std": float(
                    np.clip(0.1 + 0.5 * done + draw.normal(0, 0.04), 0, 1)
                ),
                "completions/mean_length": float(18 - 2 * done + draw.normal(0, 0.2)),
                "route/forward|evaluation": route if arm == "FB" else float(arm == "F"),
                "route/backward|evaluation": 1 - route if arm == "FB" else float(arm == "B"),
                "route/backward|inversion": route if arm == "FB" else float(arm == "B"),
                "route/forward|inversion": 1 - route if arm == "FB" else float(arm == "F"),
                "note": None,
            }
        )
    return points


def simulated_results(
    seed: int = 0, *, n: int = 128, steps: int = 100, sizes: Sequence[int] = range(2, 10)
) -> dict[str, Any]:
    """A whole result file of the finite-field study."""
    draw = np.random.default_rng(seed)
    rows = [
        simulated_row(draw, arm, at, kind, size, n)
        for arm in FITTING
        for at in range(3)
        for kind in MATCHED
        for size in sizes
    ]
    read = ResultReader().rows(JsonValue(rows, "rows"))
    splits = study_splits(read)
    return {
        "study": "finite-field",
        "scale": "tiny",
        "seed": seed,
        "chance": 1 / P,
        "command": f"nextlat posttrain finite-field --scale tiny --seed {seed} --out DIR",
        "rows": rows,
        "splits": [split_document(split) for split in splits],
        "criteria": {
            name: criterion_document(criterion)
            for name, criterion in criteria(read, splits, 1 / P).items()
        },
        "curves": [
            point
            for arm in FITTING
            for stage in STAGES[1:]
            for point in simulated_curves(draw, arm, stage, steps)
        ],
        "provenance": {
            "versions": {"python": "3.11", "torch": "2.13.0"},
            "hardware": {"processor": "a made-up processor", "cores": 2, "gpu": None},
            "commit": "0123456789ab",
        },
        "config": {"task": {"p": P}, "rl": {"num_generations": 8, "beta": 0.05}},
    }


def own_task(strategies: Mapping[str, float] | None = None) -> dict[str, Any]:
    """A result file of a user's own task: arm run, stages base, sft, rl, names of the user's, no
    chance, no sizes."""
    routing = dict(strategies or {"guess and check": 0.25, "work backwards": 0.7, "other": 0.05})
    rows = []
    for at, stage in enumerate(("base", "sft", "rl")):
        for kind in ("easy", "hard"):
            accuracy = 0.2 + 0.25 * at + (0.1 if kind == "easy" else 0.0)
            execution = {name: accuracy for name in routing if name != "other"}
            rows.append(
                {
                    "arm": "run",
                    "stage": stage,
                    "type": kind,
                    "n": 50,
                    "accuracy": accuracy,
                    "routing": routing,
                    "execution": execution,
                }
            )
    return {
        "study": "posttrain-run",
        "rows": rows,
        "splits": [
            split_document(split)
            for split in study_splits(
                ResultReader().rows(JsonValue(rows, "rows")),
                pairs=[("base", "sft"), ("sft", "rl")],
                steps=None,
            )
        ],
        "curves": [{"arm": "run", "stage": "rl", "step": 1, "reward": 0.4, "loss": None}],
    }
