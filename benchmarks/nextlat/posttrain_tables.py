"""Writes docs/results/posttraining.md, its figures and a part of docs/papers.md from result files.

    python benchmarks/nextlat/posttrain_tables.py [--check]

A result file is a run's `results.json` in the form that commit_posttrain.py writes to
benchmarks/nextlat/results/posttrain-<name>.json; seeds of one study are posttrain-<name>-0.json,
posttrain-<name>-1.json and so on. What is weak or surprising in them is written by hand in
docs/results/notes-posttraining.md and comes first on the page. With --check nothing is written; the
exit status is 1 where a page or a figure is not what the results say. Without result files there is
nothing to write.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from nextlat.json_value import JsonValue
from nextlat.posttrain.report.cells import markdown_text
from nextlat.posttrain.report.drawing import Drawing
from nextlat.posttrain.report.figures import drawings
from nextlat.posttrain.report.report import body_lines, lead
from nextlat.posttrain.report.seeds import StudyResults, together
from nextlat.posttrain.report.tables import paper_table, summary, tables
from nextlat.posttrain.result_reader import read_results

REPOSITORY = Path(__file__).resolve().parents[2]
RESULTS = REPOSITORY / "benchmarks" / "nextlat" / "results"
DOCS = REPOSITORY / "docs"
PREFIX = "posttrain-"
START, END = "<!-- posttraining:start -->", "<!-- posttraining:end -->"
MIXED = ("-fb", "-run")
"""Ends of the names of maps the page shows: the arm with both strategies, or a user's run."""


def read_studies(folder: Path) -> dict[str, StudyResults]:
    """Return the committed results, seeds together, by name."""
    files: dict[str, list[Path]] = {}
    for path in sorted(folder.glob(f"{PREFIX}*.json")):
        files.setdefault(re.sub(r"(-seed)?-\d+$", "", path.stem), []).append(path)
    return {
        name: together([read_results(path, shown=True) for path in paths])
        for name, paths in files.items()
    }


def shown(results: StudyResults) -> list[Drawing]:
    """Return the figures the page shows: all but the maps of arms that know one strategy."""
    return [
        drawing
        for drawing in drawings(results)
        if not drawing.name.startswith(("routing", "execution")) or drawing.name.endswith(MIXED)
    ]


def page_lines(
    studies: dict[str, StudyResults], drawn: dict[str, list[Drawing]], notes: Path
) -> Iterator[str]:
    """Yield the results page."""
    yield from ("# Results of post-training", "")
    yield (
        "Written by `python benchmarks/nextlat/posttrain_tables.py` "
        "from the result files `posttrain-*.json`"
    )
    yield f"and [{notes.name}]({notes.name})." if notes.exists() else "alone."
    if notes.exists():
        yield from ("", re.sub(r"\A#[^\n]*\n+", "", notes.read_text("utf-8")).rstrip())
    for name, results in studies.items():
        yield from ("", f"## {name.removeprefix(PREFIX)}", "", markdown_text(lead(results)), "")
        yield f"`{results.first.command.replace('`', ' ')}` · {markdown_text(hardware(results))}"
        yield ""
        yield from (f"- {markdown_text(line)}" for line in summary(results))
        yield from body_lines(results, tables(results), drawn[name], f"figures/{name}-")


def hardware(results: StudyResults) -> str:
    """Return processor or accelerator, torch's version and the commit, as far as they are noted."""
    origin = JsonValue(results.first.provenance, "provenance")
    machine, versions = origin.get("hardware").optional_mapping(), origin.get("versions")
    names = [machine[key].value for key in ("gpu", "processor") if key in machine]
    processor = next((name for name in names if name), "hardware not told")
    torch = versions.optional_mapping().get("torch")
    return (
        f"{processor}, torch {'not told' if torch is None else torch.value}, "
        f"commit {origin.get('commit').value or 'not told'}"
    )


def papers_lines(studies: dict[str, StudyResults]) -> Iterator[str]:
    """Yield our figures beside the paper's, a table a study of the field it uses."""
    for name, results in studies.items():
        table = paper_table(results)
        if table is not None and abs((results.first.chance or 0) - 1 / 11) < 1e-3:
            yield from (f"{name.removeprefix(PREFIX)}: {markdown_text(lead(results))}", "")
            yield f"`{results.first.command.replace('`', ' ')}`"
            yield ""
            yield from table.markdown()
            yield ""


def pages(
    studies: dict[str, StudyResults], drawn: dict[str, list[Drawing]], docs: Path
) -> dict[Path, str]:
    """Return each page and what it should hold."""
    papers = docs / "papers.md"
    before, _, rest = papers.read_text("utf-8").partition(START)
    _, mark, after = rest.partition(END)
    if not mark:
        sys.exit(
            f"{papers} lacks {START} and {END}; put them where our figures belong beside the "
            "paper's"
        )
    page = "\n".join(page_lines(studies, drawn, docs / "results" / "notes-posttraining.md")) + "\n"
    return {
        docs / "results" / "posttraining.md": page,
        papers: f"{before}{START}\n" + "\n".join(papers_lines(studies)) + f"{END}{after}",
    }


def main() -> None:
    """Write the pages and figures, or check them; without results there is nothing to do."""
    results = read_studies(RESULTS)
    if not results:
        return
    drawn = {name: shown(study) for name, study in results.items()}
    texts = pages(results, drawn, DOCS)
    folder = DOCS / "results" / "figures"
    figures = {
        folder / f"{name}-{drawing.name}.svg": drawing
        for name, drawings_of_study in drawn.items()
        for drawing in drawings_of_study
    }
    if "--check" in sys.argv[1:]:
        # Text is measured by the fonts of a machine, so a figure is checked to be there, a page to
        # be the same.
        stale = [
            path.name
            for path, text in texts.items()
            if not path.exists() or path.read_text("utf-8") != text
        ]
        stale += [path.name for path in figures if not path.exists()]
        if stale:
            print(
                f"not what the result files say: {', '.join(stale)}; run python "
                f"{Path(__file__).name}"
            )
            sys.exit(1)
        return
    for path, text in {
        **texts,
        **{path: drawing.svg for path, drawing in figures.items()},
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
