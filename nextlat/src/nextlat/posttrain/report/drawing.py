"""Drawing for the post-training report: SVG and PNG files, and SVG inside a page.

Colours are stand-ins: in a file they are what they are, in a page each becomes a CSS variable, so
that a figure follows the reader's theme. Names are untrusted: they are drawn as plain text, never
as mathematics, and cut where too long.
"""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib.axes import Axes
from matplotlib.figure import Figure

PAPER, INK, RULE, TILE = "#ffffff", "#1c1e24", "#d4d7dd", "#6aa5dd"
SERIES = ("#2368a8", "#c2452d", "#1d7a48", "#7d4fa8", "#85700a", "#0d7886", "#5f6570")
"""Seven colours that keep 3:1 against white; the page has their counterparts on black."""

DASHES = ("-", "--", ":", "-.")
VARIABLES = {INK: "--ink", RULE: "--rule", TILE: "--tile"} | {
    colour: f"--series-{number}" for number, colour in enumerate(SERIES)
}
"""Colour in a file -> CSS variable in a page."""

LOOK: Any = {  # matplotlib types the keys as a literal of every name it has
    "svg.hashsalt": "nextlat",
    "svg.fonttype": "none",
    "text.parse_math": False,
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.titlesize": 10,
    "axes.edgecolor": RULE,
    "axes.facecolor": "none",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "figure.facecolor": PAPER,
    "legend.frameon": False,
}
LONGEST_LABEL = 28


@dataclass(frozen=True)
class Drawing:
    """A figure.

    Attributes:
        name: of its files, without ending.
        title: what it shows.
        words: what one sees in it, for readers who do not.
        figure: the drawing itself.
    """

    name: str
    title: str
    words: str
    figure: Figure

    def save(self, folder: Path) -> list[Path]:
        """Write SVG and PNG, the same bytes for the same results; return the files."""
        paths = [folder / f"{self.name}.svg", folder / f"{self.name}.png"]
        paths[0].write_text(self.svg, "utf-8")
        with look():
            self.figure.savefig(paths[1], dpi=160, metadata={"Software": None})
        return paths

    @cached_property
    def svg(self) -> str:
        """What the figure's SVG file holds."""
        text = io.StringIO()
        with look():
            self.figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
        self.figure.set_layout_engine(
            "none"
        )  # it is laid out now, and the PNG takes the same places
        return text.getvalue()

    def inline(self, prefix: str) -> str:
        """Return an `<svg>` for a page: its own ids, CSS variables for colours, no outside address.

        Args:
            prefix: comes before each id, so that figures of one page do not share any.
        """
        return themed(self.svg, prefix, self.title, self.words)


def themed(svg: str, prefix: str, title: str, words: str) -> str:
    """Return what a figure's file holds as a part of a page.

    Only tags are changed, never what a text says.
    """
    for unwanted in (
        "<!--.*?-->",
        r"<\?xml.*?\?>",
        "<!DOCTYPE.*?>",
        "<metadata>.*?</metadata>",
        "<style.*?</style>",
    ):
        svg = re.sub(unwanted, "", svg, flags=re.DOTALL)
    width, height = (float(size) for size in re.findall(r'(?:width|height)="([0-9.]+)pt"', svg)[:2])
    described = f"<title>{html.escape(title)}</title><desc>{html.escape(words)}</desc>"
    head = (
        f'<svg role="img" viewBox="0 0 {width:g} {height:g}" '
        f'style="max-width:{width * 1.45:.0f}px">{described}'
    )
    body = re.sub(r"^.*?<svg[^>]*>", "", svg, count=1, flags=re.DOTALL)
    return head + re.sub(r"\s*(<[^>]+>)\s*", lambda tag: _themed_tag(tag[1], prefix), body)


def _themed_tag(tag: str, prefix: str) -> str:
    """Return a tag fit for a page.

    It has ids of its own, CSS variables for colours, the page's font and no more digits than show.
    """
    tag = re.sub(r'<g id="[a-z]+[\w.]*_\d+">', "<g>", tag)
    tag = re.sub(r'\sid="([^"]+)"', rf' id="{prefix}-\1"', tag)
    tag = re.sub(r"url\(#([^)]+)\)", rf"url(#{prefix}-\1)", tag)
    tag = re.sub(r'xlink:href="#([^"]+)"', rf'href="#{prefix}-\1"', tag)
    tag = re.sub(r"\s*font-family: [^;\"]*;?", "", tag)
    tag = re.sub(r"(\.\d\d)\d+", r"\1", tag).replace(f"fill: {PAPER}", "fill: none")
    for colour, variable in VARIABLES.items():
        tag = tag.replace(f": {colour}", f": var({variable})")
    return re.sub(r"\s*\n\s*", " ", tag)


@contextmanager
def look() -> Iterator[None]:
    """Set the look of figures; letters the font lacks are drawn by the reader's own fonts."""
    with mpl.rc_context(LOOK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        yield


def panel(width: float, height: float) -> tuple[Figure, Axes]:
    """Return a figure with one pair of axes; sizes in inches."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.add_subplot()


def label(name: str, most: int = LONGEST_LABEL) -> str:
    """Return a name that fits into a figure and that a legend shows."""
    name = name if len(name) <= most else name[: most - 1] + "…"
    return f" {name}" if name.startswith("_") else name


def slug(name: str) -> str:
    """Return a name for a file: letters, digits and hyphens alone."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:40] or "x"
