"""Writes what tables and figures read of a post-training run's results, at most 200 kB, to commit.

    nextlat posttrain finite-field --scale desk --seed 0 --part core --out runs/field-0
    python benchmarks/nextlat/commit_posttrain.py runs/field-0/results.json finite-field-0

writes benchmarks/nextlat/results/posttrain-finite-field-0.json. Rows, splits, criteria,
configuration and provenance stay as they are. Of the curves only the metrics that are drawn stay:
the first and the last step of each curve as they were logged, and the steps between as means over
windows of equal length. Lines keep their shape; bands over seeds narrow a little.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"
LARGEST_FILE = 200_000
"""Bytes a committed result may have; hub/tests/architecture/test_repository.py checks it."""

WINDOWS = 80
"""Most windows a curve is cut into."""

KEYS = ("arm", "stage", "step")
DRAWN = ("reward", "kl", "entropy", "frac_reward_zero_std", "completions/mean_length")
FIELD_ROUTES = ("route/forward|evaluation", "route/backward|inversion")
"""Of the finite-field study only the share of the strategy that fits a type is drawn."""

Point = dict[str, Any]


def thin_curves(points: Sequence[Point]) -> list[Point]:
    """Return the points of all curves with the drawn metrics only, averaged over windows.

    Args:
        points: Logged steps; those of one arm and stage are one curve. A curve without any drawn
            metric, as of supervised fine-tuning, keeps its last step alone, because figures count
            the stages.
    """
    curves: dict[tuple[str, str], list[Point]] = {}
    for point in points:
        curves.setdefault((point["arm"], point["stage"]), []).append(point)
    return [point for curve in curves.values() for point in _thin(curve)]


def _thin(curve: Sequence[Point]) -> Iterator[Point]:
    drawn = [point for point in map(_drawn_metrics, curve) if len(point) > len(KEYS)]
    if not drawn:
        yield {key: curve[-1][key] for key in KEYS}
        return
    yield drawn[0]
    between = drawn[1:-1]
    size = max(1, math.ceil(len(between) / WINDOWS))
    for start in range(0, len(between), size):
        yield _mean(between[start : start + size])
    if len(drawn) > 1:
        yield drawn[-1]


def _drawn_metrics(point: Point) -> Point:
    """Return a point without what no figure draws; a lost step, logged as null, is dropped too."""
    return {
        key: number
        for key, number in point.items()
        if key in KEYS
        or (_is_drawn(key) and isinstance(number, int | float) and math.isfinite(number))
    }


def _is_drawn(metric: str) -> bool:
    # A user's own run names routes `route/<type>/<strategy>`, all of which may be drawn.
    return (
        metric in DRAWN
        or metric in FIELD_ROUTES
        or (metric.startswith("route/") and "|" not in metric)
    )


def _mean(window: Sequence[Point]) -> Point:
    """Return the mean of a window, at its middle step, to four significant digits."""
    middle = window[len(window) // 2]
    metrics = dict.fromkeys(key for point in window for key in point if key not in KEYS)
    means = {
        key: statistics.fmean(point[key] for point in window if key in point) for key in metrics
    }
    return {key: middle[key] for key in KEYS} | {
        key: float(f"{mean:.4g}") for key, mean in means.items()
    }


def committed_form(results: dict[str, Any]) -> str:
    """Return the text of the committed file: a row, split or point a line."""
    thinned = {**results, "curves": thin_curves(results.get("curves", []))}
    parts = []
    for name, value in thinned.items():
        if isinstance(value, list) and value:
            lines = ",\n".join(f"  {_compact(element)}" for element in value)
            parts.append(f" {json.dumps(name)}: [\n{lines}\n ]")
        else:
            parts.append(f" {json.dumps(name)}: {_compact(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def main() -> None:
    """Write the committed form of a result file."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("results", type=Path, help="a run's results.json")
    parser.add_argument(
        "name", help="the file is posttrain-NAME.json; seeds of one study end in -0, -1, ..."
    )
    options = parser.parse_args()
    text = committed_form(json.loads(options.results.read_text("utf-8")))
    size = len(text.encode())
    if size > LARGEST_FILE:
        sys.exit(
            f"{options.results} takes {size} bytes in its committed form, over {LARGEST_FILE}; "
            "nothing was written"
        )
    path = RESULTS / f"posttrain-{options.name}.json"
    path.write_text(text, "utf-8")
    print(f"{path}: {size} bytes")


if __name__ == "__main__":
    main()
