"""The report of a post-training study's folder: `report.html`, `report.md`, figures as SVG and PNG.

It only shows what the result files hold; splits and criteria were computed where they were
measured. Reading order: seeds.py, estimates.py, cells.py, groups.py, criteria_table.py, tables.py,
drawing.py, figures.py, page.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from nextlat.errors import DataError
from nextlat.json_value import read_json
from nextlat.posttrain.report.cells import Table, markdown_text
from nextlat.posttrain.report.drawing import Drawing
from nextlat.posttrain.report.figures import drawings
from nextlat.posttrain.report.page import page
from nextlat.posttrain.report.seeds import StudyResults, read_study, result_files
from nextlat.posttrain.report.tables import summary, tables
from nextlat.posttrain.results import STUDIES


def is_posttrain(folder: Path) -> bool:
    """Return whether a folder holds results of post-training, its own or its seeds'."""
    files = result_files(folder)
    if not files:
        return False
    if files[0].parent != folder:
        return True
    try:
        return read_json(files[0], "").get("study").value in STUDIES
    except DataError:
        return False


def write_posttrain_report(folder: Path) -> list[Path]:
    """Write the report of a folder; return the files.

    Raises:
        DataError: the folder holds no result file, or one that is not of post-training, or seeds
            that differ.
    """
    results = read_study(folder)
    shown, drawn = tables(results), drawings(results)
    figures = folder / "figures"
    figures.mkdir(exist_ok=True)
    written = [folder / "report.html", folder / "report.md"]
    written[0].write_text(page(results, shown, drawn, title(results), lead(results)), "utf-8")
    written[1].write_text("\n".join(report_lines(results, shown, drawn)) + "\n", "utf-8")
    for drawing in drawn:
        written += drawing.save(figures)
    return written


def title(results: StudyResults) -> str:
    """Return the heading of a report."""
    return (
        "Select and improve: arithmetic in a finite field"
        if results.finite_field
        else "Post-training of your task"
    )


def lead(results: StudyResults) -> str:
    """Return what was run, in a sentence."""
    seeds = [run.seed for run in results.runs]
    stage = results.first.rows[0].stage
    at_first = [row for row in results.first.rows if row.stage == stage]
    arms = results.names(lambda row: row.arm)
    problems = sum(row.n for row in at_first) // len({row.arm for row in at_first})
    scale = f"Scale {results.first.scale}, seed" if results.finite_field else "Seed"
    which = (
        f"{scale} {seeds[0]}"
        if len(seeds) == 1
        else f"{len(seeds)} seeds ({', '.join(map(str, seeds))})"
    )
    if len(seeds) > 1 and results.finite_field:
        which = f"Scale {results.first.scale}, {which}"
    size = (
        f"{len(arms)} arms, {problems} problems each" if len(arms) > 1 else f"{problems} problems"
    )
    chance = results.first.chance
    guess = "" if chance is None else f" A guess is right {100 * chance:.1f} % of the time."
    return f"{which}; {size}.{guess}"


def report_lines(
    results: StudyResults, shown: Sequence[Table], drawn: Sequence[Drawing]
) -> Iterator[str]:
    """Yield the lines of `report.md`."""
    yield from (f"# {title(results)}", "", markdown_text(lead(results)))
    if results.first.command:
        yield from ("", f"`{results.first.command.replace('`', ' ')}`")
    yield ""
    yield from (f"- {markdown_text(line)}" for line in summary(results))
    yield from body_lines(results, shown, drawn, "figures/")


def body_lines(
    results: StudyResults, shown: Sequence[Table], drawn: Sequence[Drawing], figures_prefix: str
) -> Iterator[str]:
    """Yield what is missing, the tables and the figures.

    Args:
        results: what the result files hold.
        shown: tables.
        drawn: figures.
        figures_prefix: what comes before a figure's file name in its link.
    """
    if results.missing:
        yield from ("", f"Not run yet: {', '.join(map(markdown_text, results.missing))}.")
    for note in results.notes:
        yield from ("", markdown_text(note))
    for table in shown:
        yield ""
        yield from table.markdown()
    for drawing in drawn:
        yield from ("", f"![{markdown_text(drawing.title)}]({figures_prefix}{drawing.name}.svg)")
