"""Figures of a study's results as SVG, the same bytes for the same results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl

from nextlat.reports.results import ComparisonResults
from nextlat.reports.tables import words

mpl.use("Agg")
from matplotlib.figure import Figure

STYLE: Any = {  # matplotlib types the keys as a literal of every name it has
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


def position_figure(results: ComparisonResults, name: str, path: Path) -> None:
    """Draw a line for each arm of a figure that has one value a position.

    A band of one standard deviation lies around it where there are several seeds.

    Args:
        results: of the study.
        name: the figure.
        path: an .svg file.
    """
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(6.4, 3.8), layout="constrained")
        axes = figure.add_subplot()
        for number, (arm, summary) in enumerate(results.summary.items()):
            spreads = summary.positions.get(name, ()) if summary else ()
            if not spreads:
                continue
            positions = range(1, len(spreads) + 1)
            means = [spread.mean for spread in spreads]
            # Colours go by the arm's place among all arms, so that figures of a study agree.
            colour, marker = COLOURS[number % len(COLOURS)], MARKERS[number % len(MARKERS)]
            axes.plot(positions, means, color=colour, marker=marker, markersize=4, label=arm)
            deviations = [spread.sd for spread in spreads if spread.sd is not None]
            if len(deviations) == len(spreads):
                low = [mean - sd for mean, sd in zip(means, deviations, strict=True)]
                high = [mean + sd for mean, sd in zip(means, deviations, strict=True)]
                axes.fill_between(positions, low, high, color=colour, alpha=0.15, linewidth=0)
        axes.set_xlabel("position")
        axes.set_ylabel(words(name))
        axes.legend(frameon=False)
        figure.savefig(path, metadata={"Date": None})


def position_names(results: ComparisonResults) -> list[str]:
    """Return the figures that have one value a position, more than one position long."""
    return list(
        dict.fromkeys(
            name
            for summary in results.arms.values()
            for name, spreads in summary.positions.items()
            if len(spreads) > 1
        )
    )
