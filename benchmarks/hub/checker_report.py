"""What the checker's benchmarks report: rates with their intervals, and the packages used."""

from __future__ import annotations

import math

PACKAGES = ("numpy", "scikit-learn", "PyStemmer", "pylatexenc")


def interval(hits: int, total: int) -> dict[str, float | list[float]]:
    """Return a rate and its 95% Wilson interval."""
    if not total:
        return {"rate": 0.0, "interval": [0.0, 1.0]}
    z, rate = 1.96, hits / total
    middle = (rate + z * z / (2 * total)) / (1 + z * z / total)
    half = (
        z * math.sqrt(rate * (1 - rate) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    )
    return {
        "rate": round(rate, 4),
        "interval": [round(max(0.0, middle - half), 4), round(min(1.0, middle + half), 4)],
    }
