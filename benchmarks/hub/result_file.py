"""One way to write a result: what was run, with what, on what, and what came out."""

from __future__ import annotations

import importlib.metadata
import json
import os
import platform
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
REPOSITORY = Path(__file__).resolve().parents[2]
DATA = REPOSITORY.parent / "shared" / "data"
"""Where the optional real inputs lie; every benchmark takes another place by --data."""


def provenance(packages: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return versions, hardware and the day of a run."""
    return {
        "day": datetime.now(UTC).date().isoformat(),
        "versions": {
            "python": platform.python_version(),
            "academichub": importlib.metadata.version("academichub"),
            "sqlite": sqlite3.sqlite_version,
            **{name: importlib.metadata.version(name) for name in packages},
        },
        "hardware": {"machine": platform.machine(), "cpus": os.cpu_count()},
    }


def write_result(
    name: str, config: dict[str, Any], results: Any, packages: tuple[str, ...] = ()
) -> Path:
    """Write results/<name>.json and return its path."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    told = {"benchmark": name, "config": config, **provenance(packages), "results": results}
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return path
