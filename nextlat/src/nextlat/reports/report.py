"""`report.md` and figures of a study's folder, from its `results.json` alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nextlat.errors import DataError
from nextlat.reports.figures import position_figure, position_names
from nextlat.reports.tables import position_tables, scalar_table, words


def write_report(folder: Path) -> list[Path]:
    """Write `report.md` and `<figure>.svg`; return the files.

    Raises:
        DataError: the folder holds no readable `results.json`.
    """
    results = read_results(folder / "results.json")
    written = []
    for name in position_names(results):
        path = folder / f"{name}.svg"
        position_figure(results, name, path)
        written.append(path)
    page = folder / "report.md"
    page.write_text("\n".join(report_lines(results)) + "\n", "utf-8")
    return [page, *written]


def read_results(file: Path) -> dict[str, Any]:
    """Return what a result file holds.

    Raises:
        DataError: it is absent or no result file.
    """
    try:
        results = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(
            f"{file} cannot be read: {error}; run `nextlat reproduce STUDY --out {file.parent}` first"
        ) from error
    if not isinstance(results, dict) or not {"study", "summary", "rows"} <= set(results):
        raise DataError(
            f"{file} is no study's result file: it needs the keys study, summary and rows"
        )
    return results


def report_lines(results: dict[str, Any]) -> Iterator[str]:
    """Yield the lines of a study's report."""
    yield from (f"# {words(results['study']).replace('-', ' ')}", "", results["question"], "")
    told = results["provenance"]
    yield (
        f"Scale {results['scale']}; `{results['command']}`; {told['hardware']['processor']}, "
        f"torch {told['versions']['torch']}, transformers {told['versions']['transformers']}."
    )
    yield from body_lines(results, "")


def body_lines(results: dict[str, Any], figures_at: str) -> Iterator[str]:
    """Yield what is missing, the tables and the figures of a study.

    Args:
        results: what `results.json` holds.
        figures_at: what comes before a figure's name in its link.
    """
    if results["missing"]:
        yield from ("", f"Not run yet: {', '.join(results['missing'])}.")
    yield ""
    yield from scalar_table(results)
    yield from position_tables(results)
    for name in position_names(results):
        yield from ("", f"![{words(name)}, a line an arm]({figures_at}{name}.svg)")
