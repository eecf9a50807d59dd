"""`report.html` of a post-training study: one file, no script, no address outside it.

Everything from the results is untrusted and is escaped here; a content policy keeps the page from
loading anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from nextlat.json_value import JsonObject
from nextlat.posttrain.report.cells import NumberCell, Table
from nextlat.posttrain.report.criteria_table import (
    criteria_of,
    criterion_figures,
    missing_for,
    verdict_words,
)
from nextlat.posttrain.report.drawing import Drawing
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.report.style import STYLE
from nextlat.posttrain.report.tables import summary
from nextlat.posttrain.results import Criterion

POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

SECTIONS = (
    ("short", "In short", "", ()),
    ("criteria", "Criteria", "", ()),
    (
        "accuracy",
        "Accuracy",
        "Every arm at every stage, on one frozen set of problems. An arm is a set of "
        "demonstrations, a stage what came after.",
        ("accuracy", "paper"),
    ),
    (
        "splits",
        "Selection and improvement",
        "A strategy can be chosen more often, or succeed more often once chosen. Each change of "
        "accuracy is split into these two by the mean of both orders of change.",
        ("splits",),
    ),
    (
        "strategies",
        "Strategies by type and steps",
        "How often each strategy is chosen, and how often it succeeds where a response is forced "
        "to begin with it.",
        ("strategies", "routing", "execution"),
    ),
    (
        "training",
        "Training",
        "Lines are running means over single steps; bands, where drawn, span the seeds.",
        ("curve",),
    ),
    ("decoding", "Sampled and greedy", "", ("greedy",)),
    ("pass", "pass@k", "", ("pass-at-k",)),
)
"""Anchor, heading, introduction, and beginnings of the names of its tables and figures."""


def page(
    results: StudyResults,
    tables: Sequence[Table],
    drawings: Sequence[Drawing],
    title: str,
    lead: str,
) -> str:
    """Return the page.

    Args:
        results: what the result files hold.
        tables: its tables.
        drawings: its figures.
        title: heading of the page.
        lead: a sentence under it.
    """
    sections = list(_sections(results, tables, drawings))
    links = "".join(
        f'<li><a href="#{anchor}">{heading}</a></li>' for anchor, heading, _ in sections
    )
    body = "".join(
        f'<section aria-labelledby="{anchor}"><h2 id="{anchor}">{heading}</h2>{inside}</section>'
        for anchor, heading, inside in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta '
        f'http-equiv="Content-Security-Policy" content="{POLICY}"><meta name="viewport" '
        'content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light '
        f'dark"><title>{escape(title)}</title><style>{STYLE}</style></head>\n<body><a class="skip" '
        'href="#content">Skip to the '
        f"results</a><header><h1>{escape(title)}</h1><p>{escape(lead)}</p><nav "
        f'aria-label="Contents"><ul>{links}</ul></nav></header>\n<main '
        f'id="content">{_missing(results)}{_notes(results)}{body}</main>\n<footer><p>Written by '
        "<code>nextlat report</code> from the result files of this "
        "folder.</p></footer></body></html>\n"
    )


def _sections(
    results: StudyResults, tables: Sequence[Table], drawings: Sequence[Drawing]
) -> Iterator[tuple[str, str, str]]:
    """Yield anchor, heading and content of each section that has any."""
    for anchor, heading, words, begins in SECTIONS:
        chosen = [drawing for drawing in drawings if begins and drawing.name.startswith(begins)]
        shown = [table for table in tables if begins and table.name.startswith(begins)]
        inside = (
            _summary(results)
            if anchor == "short"
            else _criteria(results)
            if anchor == "criteria"
            else ""
        )
        inside += _figures(chosen)
        if shown:
            inside += f'<div class="tables">{"".join(map(_table, shown))}</div>'
        if inside:
            yield anchor, heading, (f"<p>{words}</p>" if words else "") + inside
    yield "provenance", "Provenance", "".join(_provenance(results))


def _missing(results: StudyResults) -> str:
    if not results.missing:
        return ""
    names = ", ".join(map(escape, results.missing))
    return f'<div class="missing" role="note"><p><strong>Not run yet:</strong> {names}.</p></div>'


def _notes(results: StudyResults) -> str:
    """Return what the writers of the result files want readers to know."""
    return "".join(f"<p>{escape(note)}</p>" for note in results.notes)


def _summary(results: StudyResults) -> str:
    lines = "".join(f"<li>{escape(line)}</li>" for line in summary(results))
    return f'<ul class="short">{lines}</ul>' if lines else ""


def _card(name: str, criteria: Sequence[Criterion]) -> str:
    """Return the card of one criterion, judged once a seed."""
    judged = [criterion.met for criterion in criteria if criterion.met is not None]
    mark, kind = ("○", "open") if not judged else ("✓", "met") if all(judged) else ("✕", "not-met")
    figures = "".join(
        f"<dt>{escape(figure)}</dt><dd>{escape(text)}</dd>"
        for figure, text in criterion_figures(criteria)
    )
    missing = ", ".join(map(escape, missing_for(criteria)))
    lacking = f"<p class='note'>Not run: {missing}.</p>" if missing else ""
    shown = f"<details><summary>Figures</summary><dl>{figures}</dl></details>" if figures else ""
    words = f'<span aria-hidden="true">{mark}</span> {escape(verdict_words(criteria))}'
    return (
        f'<li><h3><span>{escape(name)}</span><span class="{kind}">{words}</span></h3>'
        f"<p>{escape(criteria[0].condition)}</p>{lacking}{shown}</li>"
    )


def _criteria(results: StudyResults) -> str:
    """Return the criteria as cards."""
    cards = [_card(name, criteria) for name, criteria in criteria_of(results).items()]
    return f'<ul class="verdicts">{"".join(cards)}</ul>' if cards else ""


def _table(table: Table) -> str:
    head = "".join(
        f'<th scope="col"{"" if column < table.heads else " class=number"}>{escape(word)}</th>'
        for column, word in enumerate(table.head)
    )
    rows = []
    for row in table.rows:
        cells = "".join(
            f'<th scope="row">{escape(str(cell))}</th>'
            if column < table.heads
            else f"<td>{_cell(cell)}</td>"
            for column, cell in enumerate(row)
        )
        rows.append(f"<tr{' class=line' if row[0] in ('chance', 'guessing') else ''}>{cells}</tr>")
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in table.notes)
    return (
        '<div><div class="scroll" role="region" tabindex="0" '
        f'aria-label="{escape(table.caption)}"><table>'
        f"<caption><span>{escape(table.caption)}</span></caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>{notes}</div>"
    )


def _cell(cell: NumberCell | str) -> str:
    if isinstance(cell, str):
        return escape(cell)
    aside = f" <small>{escape(cell.aside)}</small>" if cell.aside else ""
    return escape(cell.text) + aside


def _figures(drawings: Sequence[Drawing]) -> str:
    if not drawings:
        return ""
    shown = "".join(
        f"<figure>{drawing.inline(drawing.name)}<figcaption>{escape(drawing.title)}.</figcaption>"
        f"<details><summary>In words</summary><p>{escape(drawing.words)}</p></details></figure>"
        for drawing in drawings
    )
    return f'<div class="figures">{shown}</div>'


def _provenance(results: StudyResults) -> Iterator[str]:
    """Yield command, versions, hardware and configuration of each run."""
    for number, run in enumerate(results.runs):
        run_lines = {
            "study": run.study,
            "scale": run.scale,
            "seed": run.seed,
            "command": run.command or "not told",
        }
        shown = _definitions([*dotted(run_lines), *dotted(run.provenance)])
        state = "" if number else " open"
        yield f"<details{state}><summary>Seed {run.seed}</summary>{shown}</details>"
        if run.config:
            yield (
                f"<details><summary>Configuration of seed {run.seed}</summary>"
                f"{_definitions(list(dotted(run.config)))}</details>"
            )


def _definitions(lines: Sequence[tuple[str, str]]) -> str:
    inside = "".join(f"<dt>{escape(name)}</dt><dd>{escape(text)}</dd>" for name, text in lines)
    return f'<dl class="run">{inside}</dl>'


def dotted(mapping: JsonObject, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield dotted key and value of nested mappings; other values as text, long ones cut."""
    for key, value in mapping.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            yield from dotted(value, f"{name}.")
        else:
            yield name, "none" if value is None else str(value)[:400]
