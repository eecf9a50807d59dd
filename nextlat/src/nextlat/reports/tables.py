"""Markdown tables of a study's results."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from nextlat.reports.results import ComparisonResults, Spread

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


def scalar_table(results: ComparisonResults) -> Iterator[str]:
    """Yield a table of every figure that is a number: a row an arm."""
    arms = results.arms
    names = list(dict.fromkeys(name for summary in arms.values() for name in summary.numbers))
    rows = [
        (arm, summary.seeds, *(_cell(summary.numbers.get(name)) for name in names))
        for arm, summary in arms.items()
    ]
    yield from table(("arm", "seeds", *map(words, names)), rows)


def position_tables(results: ComparisonResults) -> Iterator[str]:
    """Yield a table for every figure with one value a position: a row an arm."""
    arms = results.arms
    names = dict.fromkeys(name for summary in arms.values() for name in summary.positions)
    for name in names:
        lines = {arm: summary.positions.get(name, ()) for arm, summary in arms.items()}
        shown = positions(max(map(len, lines.values())))
        rows = [
            (arm, *(_cell(spreads[index]) if index < len(spreads) else "" for index in shown))
            for arm, spreads in lines.items()
            if spreads
        ]
        yield from ("", f"**{words(name)}**", "")
        yield from table(("arm", *(str(index + 1) for index in shown)), rows)


def positions(length: int) -> list[int]:
    """Return at most `LONGEST_LIST` indices, the first and the last among them."""
    if length <= LONGEST_LIST:
        return list(range(length))
    step = (length - 1) / (LONGEST_LIST - 1)
    return sorted({round(index * step) for index in range(LONGEST_LIST)})


def words(name: str) -> str:
    """Return a figure's name in words."""
    return name.replace("_", " ")


def _cell(figure: Spread | None) -> str:
    return "" if figure is None else spread(figure.mean, figure.sd)
