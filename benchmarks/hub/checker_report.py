"""Results of the checker's benchmarks: figures with intervals, configuration, versions and hardware, as JSON."""

from __future__ import annotations

import json
import math
import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def interval(hits: int, total: int) -> dict[str, float | list[float]]:
    """Return a rate and its 95% Wilson interval."""
    if not total:
        return {"rate": 0.0, "interval": [0.0, 1.0]}
    z, rate = 1.96, hits / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return {"rate": round(rate, 4), "interval": [round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)]}


def write_report(name: str, config: dict[str, Any], results: dict[str, Any]) -> None:
    """Write `results/<name>.json`."""
    RESULTS.mkdir(exist_ok=True)
    report = {
        "benchmark": name,
        "config": config,
        "versions": {
            "python": platform.python_version(),
            **{
                package: version(package)
                for package in ("academichub", "numpy", "scikit-learn", "PyStemmer", "pylatexenc")
            },
        },
        "hardware": {"machine": platform.machine(), "cpus": os.cpu_count()},
        "results": results,
    }
    (RESULTS / f"{name}.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
