"""Criteria over seeds: verdicts in words, figures with their spread, and what was not run."""

from __future__ import annotations

import pytest

from nextlat.posttrain.report.criteria_table import (
    THRESHOLDS,
    criteria_of,
    criteria_table,
    criterion_figures,
    missing_for,
    verdict_words,
)
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.results import Criterion, RunResults

MET = Criterion(True, "the share rises", {"before": 0.5, "after": 0.9})
FAILED = Criterion(False, "the share rises", {"before": 0.5, "after": 0.6})
NOT_RUN = Criterion(None, "the share rises", {"before": None}, ("FB rl_easy", "FB sft"))


def study(*runs: dict[str, Criterion] | None, name: str = "finite-field") -> StudyResults:
    made = (
        RunResults(study=name, scale="tiny", seed=seed, rows=(), criteria=criteria)
        for seed, criteria in enumerate(runs)
    )
    return StudyResults(tuple(made), ())


@pytest.mark.parametrize(
    ("criteria", "words"),
    [
        ([MET], "met"),
        ([FAILED], "not met"),
        ([NOT_RUN], "not run"),
        ([NOT_RUN, NOT_RUN], "not run"),
        ([MET, FAILED, MET], "met in 2 of 3 seeds"),
        # A seed that could not be judged counts for neither side.
        ([MET, NOT_RUN], "met in 1 of 1 seeds"),
    ],
)
def test_verdicts(criteria: list[Criterion], words: str) -> None:
    assert verdict_words(criteria) == words


def test_figures_of_one_seed_have_no_spread() -> None:
    assert criterion_figures([MET]) == [("before", "0.500"), ("after", "0.900")]


def test_figures_of_seeds_have_the_sample_standard_deviation() -> None:
    # .9 and .6: mean .75, deviations .15, so sqrt(2 * .15^2 / 1) = .212.
    assert criterion_figures([MET, FAILED]) == [
        ("before", "0.500 ± 0.000"),
        ("after", "0.750 ± 0.212"),
    ]


def test_figures_that_no_seed_measured_are_left_out() -> None:
    assert criterion_figures([NOT_RUN]) == []
    assert criterion_figures([NOT_RUN, MET]) == [("before", "0.500"), ("after", "0.900")]


def test_what_is_missing_is_named_once_in_the_order_it_came() -> None:
    other = Criterion(None, missing=("FB sft", "F sft"))
    assert missing_for([NOT_RUN, other]) == ["FB rl_easy", "FB sft", "F sft"]


def test_criteria_are_gathered_by_name_over_seeds_that_have_them() -> None:
    results = study({"S1": MET, "S2": FAILED}, None, {"S1": FAILED})
    assert criteria_of(results) == {"S1": [MET, FAILED], "S2": [FAILED]}


def test_the_table_has_a_line_for_each_criterion() -> None:
    table = criteria_table(study({"S1": MET, "S2": NOT_RUN}))
    assert table is not None
    assert table.head == ("criterion", "verdict", "condition", "figures")
    assert table.rows == (
        ("S1", "met", "the share rises", "before: 0.500; after: 0.900"),
        ("S2", "not run", "the share rises", "not run: FB rl_easy, FB sft"),
    )
    assert table.notes == (THRESHOLDS,)


def test_a_study_without_criteria_has_no_table() -> None:
    assert criteria_table(study(None)) is None
