"""The committed form of a post-training run keeps what is drawn, and averages over windows that
cover every step."""

from __future__ import annotations

import importlib.util
import json
import math
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

SCRIPT = Path(__file__).resolve().parents[3] / "benchmarks" / "nextlat" / "commit_posttrain.py"


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("commit_posttrain", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


COMMIT = _load()


def curve(rewards: list[float], arm: str = "FB", stage: str = "rl_hard") -> list[dict[str, Any]]:
    return [
        {"arm": arm, "stage": stage, "step": step, "reward": reward, "learning_rate": 0.1}
        for step, reward in enumerate(rewards, 1)
    ]


def test_windows_of_a_long_curve_by_hand() -> None:
    """162 steps: the first, 80 windows of 2, the last; window k covers steps 2k+2 and 2k+3."""
    points = COMMIT.thin_curves(curve([float(step) for step in range(1, 163)]))
    assert len(points) == 82
    assert points[0] == {"arm": "FB", "stage": "rl_hard", "step": 1, "reward": 1.0}
    assert points[1] == {"arm": "FB", "stage": "rl_hard", "step": 3, "reward": 2.5}
    assert points[80] == {"arm": "FB", "stage": "rl_hard", "step": 161, "reward": 160.5}
    assert points[-1] == {"arm": "FB", "stage": "rl_hard", "step": 162, "reward": 162.0}


@given(st.lists(st.floats(0, 1), min_size=1, max_size=400))
def test_the_ends_are_exact_and_the_mean_is_kept(rewards: list[float]) -> None:
    """With w the size of the windows, the windows' means weighted by their sizes add up to the sum
    between the ends."""
    points = COMMIT.thin_curves(curve(rewards))
    assert points[0]["reward"] == rewards[0]
    assert points[-1]["reward"] == rewards[-1]
    between = rewards[1:-1]
    means = [point["reward"] for point in points[1:-1]]
    size = max(1, math.ceil(len(between) / COMMIT.WINDOWS))
    assert len(means) == math.ceil(len(between) / size)
    sizes = [min(size, len(between) - size * number) for number in range(len(means))]
    total = sum(number * mean for number, mean in zip(sizes, means, strict=True))
    assert total == pytest.approx(sum(between), rel=1e-3, abs=1e-9)
    assert [point["step"] for point in points] == sorted({point["step"] for point in points})


def test_curves_of_arms_and_stages_are_not_mixed() -> None:
    points = COMMIT.thin_curves(curve([0.0, 0.0, 0.0], arm="F") + curve([1.0, 1.0, 1.0], arm="B"))
    assert [(point["arm"], point["reward"]) for point in points] == [("F", 0.0)] * 3 + [
        ("B", 1.0)
    ] * 3


def test_what_no_figure_draws_is_dropped() -> None:
    drawn = {
        "arm": "FB",
        "stage": "rl",
        "step": 1,
        "reward": 0.5,
        "kl": 0.1,
        "route/forward|evaluation": 1.0,
    }
    undrawn = {"step_time": 0.3, "route/backward|evaluation": 0.0, "entropy": None, "loss": 1.0}
    assert COMMIT.thin_curves([drawn | undrawn]) == [drawn]


def test_a_stage_without_drawn_metrics_keeps_its_last_step() -> None:
    tuned = [{"arm": "F", "stage": "sft", "step": step, "next_token": 1.0} for step in (7, 14)]
    assert COMMIT.thin_curves(tuned) == [{"arm": "F", "stage": "sft", "step": 14}]


def test_all_but_the_curves_is_kept_to_the_bit() -> None:
    results = {
        "study": "finite-field",
        "rows": [{"accuracy": 1 / 3, "n": 3}],
        "curves": curve([0.25]),
        "missing": [],
    }
    read = json.loads(COMMIT.committed_form(results))
    assert read == {
        **results,
        "curves": [{"arm": "FB", "stage": "rl_hard", "step": 1, "reward": 0.25}],
    }
