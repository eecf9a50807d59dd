"""The criteria of a study over its seeds, in words and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from nextlat.posttrain.report.cells import Line, Table
from nextlat.posttrain.report.estimates import Estimate, over_seeds
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.results import Criterion


def criteria_of(results: StudyResults) -> dict[str, list[Criterion]]:
    """Return name -> the criterion as each seed judged it."""
    by_name: dict[str, list[Criterion]] = {}
    for run in results.runs:
        for name, criterion in (run.criteria or {}).items():
            by_name.setdefault(name, []).append(criterion)
    return by_name


def verdict_words(criteria: Sequence[Criterion]) -> str:
    """Return "met", "not met" or "not run", with how many seeds where there are several."""
    judged = [criterion.met for criterion in criteria if criterion.met is not None]
    if not judged:
        return "not run"
    if len(criteria) == 1:
        return "met" if judged[0] else "not met"
    return f"met in {sum(judged)} of {len(judged)} seeds"


def criterion_figures(criteria: Sequence[Criterion]) -> list[tuple[str, str]]:
    """Return the figures behind a criterion: names and values, with spread over seeds."""
    figures = []
    for name in dict.fromkeys(name for criterion in criteria for name in criterion.figures):
        values = [criterion.figures.get(name) for criterion in criteria]
        joined = over_seeds([Estimate(value) for value in values if value is not None])
        if joined is not None:
            spread = "" if joined.sd is None else f" ± {joined.sd:.3f}"
            figures.append((name, f"{joined.mean:.3f}{spread}"))
    return figures


def missing_for(criteria: Sequence[Criterion]) -> list[str]:
    """Return the arms and stages that a criterion lacks in any seed."""
    return list(dict.fromkeys(name for criterion in criteria for name in criterion.missing))


THRESHOLDS = (
    "Thresholds are ours, patterned on the paper's table 1. S2 makes four comparisons at two "
    "standard errors: where all four are at chance, one of them still falls outside in about one "
    "run of six."
)
"""What a reader must know of the criteria of the finite-field study."""


def criteria_table(results: StudyResults) -> Table | None:
    """Return the criteria; None where the file holds none."""
    rows: list[Line] = []
    for name, criteria in criteria_of(results).items():
        lines = [f"{figure}: {text}" for figure, text in criterion_figures(criteria)]
        missing = missing_for(criteria)
        lines += [f"not run: {', '.join(missing)}"] if missing else []
        rows.append((name, verdict_words(criteria), criteria[0].condition, "; ".join(lines)))
    if not rows:
        return None
    notes = (THRESHOLDS,) if results.finite_field else ()
    return Table(
        "criteria",
        "Criteria",
        ("criterion", "verdict", "condition", "figures"),
        tuple(rows),
        1,
        notes,
    )
