"""`report.md` and figures of a study's folder, from its `results.json` alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nextlat.reports.figures import position_figure, position_names
from nextlat.reports.results import ComparisonResults, read_comparison
from nextlat.reports.tables import position_tables, scalar_table, words


def write_report(folder: Path) -> list[Path]:
    """Write `report.md` and `<figure>.svg`; return the files.

    Raises:
        DataError: the folder holds no readable `results.json`.
    """
    results = read_comparison(folder / "results.json")
    written = []
    for name in position_names(results):
        path = folder / f"{name}.svg"
        position_figure(results, name, path)
        written.append(path)
    page = folder / "report.md"
    page.write_text("\n".join(report_lines(results)) + "\n", "utf-8")
    return [page, *written]


def report_lines(results: ComparisonResults) -> Iterator[str]:
    """Yield the lines of a study's report."""
    yield from (f"# {words(results.study).replace('-', ' ')}", "", results.question, "")
    yield (
        f"Scale {results.scale}; `{results.command}`; {results.processor}, torch "
        f"{results.version('torch')}, transformers {results.version('transformers')}."
    )
    yield from body_lines(results, "")


def body_lines(results: ComparisonResults, figures_prefix: str) -> Iterator[str]:
    """Yield what is missing, the tables and the figures of a study.

    Args:
        results: of the study.
        figures_prefix: what comes before a figure's name in its link.
    """
    if results.missing:
        yield from ("", f"Not run yet: {', '.join(results.missing)}.")
    yield ""
    yield from scalar_table(results)
    yield from position_tables(results)
    for name in position_names(results):
        yield from ("", f"![{words(name)}, a line an arm]({figures_prefix}{name}.svg)")
