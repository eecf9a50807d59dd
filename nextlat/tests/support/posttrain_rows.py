"""Rows as a result file of post-training holds them, computed from stated routing and execution."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nextlat.evaluation.intervals import Interval
from nextlat.posttrain.results import Figures, Row

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
) -> Row:
    """A row in which `route` of the responses take the fitting strategy and all others the other
    one.

    Its accuracy is what routing and execution give, unless stated.
    """
    matched = MATCHED[kind]
    other = next(name for name in execution if name != matched)
    routing = {matched: route, other: 1 - route, "other": 0.0}
    right = (
        accuracy
        if accuracy is not None
        else sum(routing[name] * execution[name] for name in execution)
    )
    greedy = Figures(right, right, routing, dict(execution))
    sampled = replace(
        greedy,
        interval=Interval(max(0.0, right - 0.04), min(1.0, right + 0.04)),
        pass_at_k={k: 1 - (1 - right) ** k for k in (1, 4, 16)},
        verified_pass_at_k={k: 0.9 * (1 - (1 - right) ** k) for k in (1, 4, 16)},
    )
    return Row(arm, stage, kind, steps, n, sampled, greedy)


def study_rows(
    *,
    route: tuple[float, float, float] = (0.6, 0.95, 0.98),
    backward: tuple[float, float, float] = (0.39, 0.42, 0.95),
    steps: Sequence[int] = range(6, 10),
    n: int = 256,
) -> list[Row]:
    """Rows of the arms F, B and FB at three stages: FB's routing and the backward execution on
    inversion are given."""
    rows = []
    for arm in ("F", "B", "FB"):
        for number, stage in enumerate(("sft", "rl_easy", "rl_hard")):
            for kind in MATCHED:
                execution = {
                    "forward": 0.97 if kind == "evaluation" else CHANCE,
                    "backward": backward[number] if kind == "inversion" else CHANCE,
                }
                routed = {
                    "F": float(kind == "evaluation"),
                    "B": float(kind == "inversion"),
                    "FB": route[number],
                }[arm]
                rows += [
                    row(arm, stage, kind, step, route=routed, execution=execution, n=n)
                    for step in steps
                ]
    return rows
