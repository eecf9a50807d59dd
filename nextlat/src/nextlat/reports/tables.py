"""Markdown tables of a study's results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

LONGEST_LIST = 12
"""Positions a table shows of a figure that has one value a position."""


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    """Yield the lines of a Markdown table."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(str(cell) for cell in row)} |"


def spread(mean: float, sd: float | None) -> str:
    """Return "mean ± sd" with digits that fit the size; "mean" alone for one seed.

    Example: (0.83721, 0.0123) gives "0.837 ± 0.012".
    """
    digits = 3 if abs(mean) < 10 else 1 if abs(mean) < 1000 else 0
    return f"{mean:.{digits}f}" + ("" if sd is None else f" ± {sd:.{digits}f}")


def scalar_table(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table of every figure that is a number: a row an arm."""
    summary = {arm: figures for arm, figures in results["summary"].items() if figures}
    names = list(dict.fromkeys(name for figures in summary.values() for name in _scalars(figures)))
    rows = [
        (arm, figures["seeds"], *(_cell(figures.get(name)) for name in names))
        for arm, figures in summary.items()
    ]
    yield from table(("arm", "seeds", *(words(name) for name in names)), rows)


def position_tables(results: Mapping[str, Any]) -> Iterator[str]:
    """Yield a table for every figure that has one value a position: a row an arm, some positions."""
    summary = {arm: figures for arm, figures in results["summary"].items() if figures}
    names = list(dict.fromkeys(name for figures in summary.values() for name in _lists(figures)))
    for name in names:
        having = {arm: figures[name] for arm, figures in summary.items() if name in figures}
        longest = max(len(told["mean"]) for told in having.values())
        shown = positions(longest)
        rows = [
            (
                arm,
                *(
                    spread(told["mean"][at], told["sd"][at]) if at < len(told["mean"]) else ""
                    for at in shown
                ),
            )
            for arm, told in having.items()
        ]
        yield from ("", f"**{words(name)}**", "")
        yield from table(("arm", *(str(at + 1) for at in shown)), rows)


def positions(length: int) -> list[int]:
    """Return at most `LONGEST_LIST` indices, the first and the last among them."""
    if length <= LONGEST_LIST:
        return list(range(length))
    step = (length - 1) / (LONGEST_LIST - 1)
    return sorted({round(index * step) for index in range(LONGEST_LIST)})


def words(name: str) -> str:
    """Return a figure's name in words."""
    return name.replace("_", " ")


def _cell(told: Mapping[str, Any] | None) -> str:
    return "" if told is None else spread(told["mean"], told["sd"])


def _scalars(figures: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, told in figures.items()
        if isinstance(told, dict) and not isinstance(told["mean"], list)
    ]


def _lists(figures: Mapping[str, Any]) -> list[str]:
    return [
        name
        for name, told in figures.items()
        if isinstance(told, dict) and isinstance(told["mean"], list)
    ]
