"""Rows as a result file of post-training holds them, computed from stated routing and execution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

CHANCE = 1 / 11
MATCHED = {"evaluation": "forward", "inversion": "backward"}


def row(
    arm: str,
    stage: str,
    kind: str,
    steps: int,
    *,
    route: float,
    execution: Mapping[str, float],
    n: int = 256,
    accuracy: float | None = None,
) -> dict[str, Any]:
    """A row in which `route` of the responses take the fitting strategy and all others the other one.

    Its accuracy is what routing and execution give, unless told.
    """
    matched = MATCHED[kind]
    other = next(name for name in execution if name != matched)
    routing = {matched: route, other: 1 - route, "other": 0.0}
    right = (
        accuracy
        if accuracy is not None
        else sum(routing[name] * execution[name] for name in execution)
    )
    told = {
        "accuracy": right,
        "verified_accuracy": right,
        "routing": routing,
        "execution": dict(execution),
    }
    return {
        "arm": arm,
        "stage": stage,
        "type": kind,
        "steps": steps,
        "n": n,
        "interval": [max(0.0, right - 0.04), min(1.0, right + 0.04)],
        **told,
        "greedy": told,
        "pass_at_k": {k: 1 - (1 - right) ** int(k) for k in ("1", "4", "16")},
        "verified_pass_at_k": {k: 0.9 * (1 - (1 - right) ** int(k)) for k in ("1", "4", "16")},
    }


def study_rows(
    *,
    route: tuple[float, float, float] = (0.6, 0.95, 0.98),
    backward: tuple[float, float, float] = (0.39, 0.42, 0.95),
    steps: Sequence[int] = range(6, 10),
    n: int = 256,
) -> list[dict[str, Any]]:
    """Rows of the arms F, B and FB at three stages: FB's routing and the backward execution on inversion are told."""
    rows = []
    for arm in ("F", "B", "FB"):
        for at, stage in enumerate(("sft", "rl_easy", "rl_hard")):
            for kind in MATCHED:
                execution = {
                    "forward": 0.97 if kind == "evaluation" else CHANCE,
                    "backward": backward[at] if kind == "inversion" else CHANCE,
                }
                routed = {
                    "F": float(kind == "evaluation"),
                    "B": float(kind == "inversion"),
                    "FB": route[at],
                }[arm]
                rows += [
                    row(arm, stage, kind, step, route=routed, execution=execution, n=n)
                    for step in steps
                ]
    return rows
