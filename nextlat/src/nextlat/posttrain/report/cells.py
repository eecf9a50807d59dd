"""A table as data, its Markdown, and how numbers and names are written in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nextlat.posttrain.report.estimates import SeedEstimate
from nextlat.reports.tables import table as markdown_table

STAGES = {
    "base": "base",
    "sft": "SFT",
    "rl_easy": "RL on 2-5",
    "rl_hard": "RL on 6-9",
    "rl": "RL",
    "sft_hard": "SFT on 6-9",
    "rejection_hard": "rejection sampling on 6-9",
    "rl_hard_beta0": "RL on 6-9, no KL term",
    "rl_hard_steps": "RL on 6-9, steps rewarded",
}
"""Stages as the tables name them; others keep their own name."""

COMPOSED = ("FB-seeded", "FB-unseeded")
"""Arms whose hard problems are compositions."""

Line = tuple["NumberCell | str", ...]
"""A row of a table."""


@dataclass(frozen=True)
class NumberCell:
    """A number and, smaller, how sure it is."""

    text: str
    aside: str = ""

    def __str__(self) -> str:
        return f"{self.text} {self.aside}".strip()


@dataclass(frozen=True)
class Table:
    """A table.

    Attributes:
        name: names it in links.
        caption: what it shows.
        head: names of the columns.
        rows: cells; the first `heads` of each name the row.
        heads: how many cells name a row.
        notes: what one must know to read it.
    """

    name: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[Line, ...]
    heads: int
    notes: tuple[str, ...] = ()

    def markdown(self) -> Iterator[str]:
        """Yield the table's lines; names are escaped."""
        yield from (f"**{markdown_text(self.caption)}**", "")
        yield from markdown_table(
            [markdown_text(word) for word in self.head],
            [[markdown_text(str(cell)) for cell in row] for row in self.rows],
        )
        for note in self.notes:
            yield from ("", markdown_text(note))


def markdown_text(text: str) -> str:
    """Return text with what Markdown or HTML would read as markup escaped."""
    for mark in "\\`*_[]|":
        text = text.replace(mark, f"\\{mark}")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def stage_name(stage: str, arm: str = "") -> str:
    """Return a stage of an arm in words."""
    if stage == "rl_hard" and arm in COMPOSED:
        return "RL on 3-5 parts"
    return STAGES.get(stage, stage)


def percent(estimate: SeedEstimate | None) -> NumberCell:
    """Return a share in per cent with its interval or its spread over seeds."""
    if estimate is None:
        return NumberCell("-")
    text = f"{100 * estimate.mean:.1f}"
    if estimate.sd is not None:
        return NumberCell(text, f"± {100 * estimate.sd:.1f}")
    if estimate.interval is None:
        return NumberCell(text)
    low, high = estimate.interval
    return NumberCell(text, f"[{100 * low:.1f}, {100 * high:.1f}]")


def points(estimate: SeedEstimate | None) -> NumberCell:
    """Return a change in percentage points with its interval or its spread over seeds."""
    if estimate is None:
        return NumberCell("-")
    if estimate.sd is not None:
        return NumberCell(signed(estimate.mean), f"± {100 * estimate.sd:.1f}")
    if estimate.interval is None:
        return NumberCell(signed(estimate.mean))
    low, high = estimate.interval
    return NumberCell(signed(estimate.mean), f"[{signed(low)}, {signed(high)}]")


def signed(change: float) -> str:
    """Return a change in percentage points with its sign; what rounds to nothing is "0.0".

    Example: .418 gives "+41.8", -.0001 gives "0.0".
    """
    text = f"{100 * change:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text
