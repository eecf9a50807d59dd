"""Figures of a study's results as SVG, the same bytes for the same results."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

from nextlat.reports.tables import words

mpl.use("Agg")
from matplotlib.figure import Figure

STYLE: Any = {
    "svg.hashsalt": "nextlat",
    "svg.fonttype": "none",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
}
COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#777777")
"""Seven colours that stay apart for colour-blind readers."""

MARKERS = ("o", "s", "^", "D", "v", "P", "X")


def position_figure(results: Mapping[str, Any], name: str, path: Path) -> None:
    """Draw one line an arm of a figure that has one value a position, with a band of one standard deviation.

    Args:
        results: what `results.json` holds.
        name: the figure.
        path: an .svg file.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 3.8), layout="constrained")
        axes = figure.add_subplot()
        for number, (arm, figures) in enumerate(results["summary"].items()):
            told = figures.get(name)
            if not told:
                continue
            at = range(1, len(told["mean"]) + 1)
            colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
            axes.plot(at, told["mean"], color=colour, marker=marker, markersize=4, label=arm)
            if all(sd is not None for sd in told["sd"]):
                low = [mean - sd for mean, sd in zip(told["mean"], told["sd"], strict=True)]
                high = [mean + sd for mean, sd in zip(told["mean"], told["sd"], strict=True)]
                axes.fill_between(at, low, high, color=colour, alpha=0.15, linewidth=0)
        for position in results.get("marks", {}).get(name, ()):
            axes.axvline(position, color="#777777", linestyle=":", linewidth=1)
        axes.set_xlabel("position")
        axes.set_ylabel(words(name))
        axes.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None})


def position_names(results: Mapping[str, Any]) -> list[str]:
    """Return the figures that have one value a position, more than one position long."""
    found: dict[str, None] = {}
    for figures in results["summary"].values():
        for name, told in figures.items():
            if isinstance(told, dict) and isinstance(told["mean"], list) and len(told["mean"]) > 1:
                found[name] = None
    return list(found)
