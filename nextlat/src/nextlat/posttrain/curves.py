"""The curve of a training: what its `metrics.jsonl` holds, as points of a result file."""

from __future__ import annotations

from pathlib import Path

from nextlat.posttrain.results import CurvePoint
from nextlat.training.metrics import read_lines


def read_curve(folder: Path, arm: str, stage: str) -> list[CurvePoint]:
    """Return what training logged in a run's folder; none where it was not trained."""
    return [
        CurvePoint(arm, stage, step, {key: logged for key, logged in line.items() if key != "step"})
        for line in read_lines(folder / "metrics.jsonl")
        if isinstance(step := line.get("step"), int | float)
    ]
