"""Curves are what training logged, under its arm and stage."""

from __future__ import annotations

from pathlib import Path

from nextlat.posttrain.curves import read_curve
from nextlat.posttrain.results import CurvePoint, point_document
from nextlat.training.metrics import MetricsFile


def test_a_curve_is_every_logged_step(tmp_path: Path) -> None:
    metrics = MetricsFile(tmp_path, 0)
    for step in (1, 2):
        metrics.write(step, {"reward": step / 4, "loss": None})
    assert read_curve(tmp_path, "FB", "rl_easy") == [
        CurvePoint("FB", "rl_easy", 1, {"reward": 0.25, "loss": None}),
        CurvePoint("FB", "rl_easy", 2, {"reward": 0.5, "loss": None}),
    ]
    assert point_document(read_curve(tmp_path, "FB", "rl_easy")[0]) == {
        "arm": "FB",
        "stage": "rl_easy",
        "step": 1,
        "reward": 0.25,
        "loss": None,
    }


def test_what_was_not_trained_has_no_curve(tmp_path: Path) -> None:
    assert read_curve(tmp_path / "absent", "FB", "sft") == []
