"""Groups of a report: types and strategies in the paper's order, sizes by what was demonstrated."""

from __future__ import annotations

from nextlat.posttrain.report.groups import (
    groups_of,
    pairs_of,
    sizes_of,
    strategies_of,
    types_of,
)
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.results import OWN_TASK, Figures, Row, RunResults


def row(kind: str, steps: int | None, arm: str = "FB", stage: str = "sft", **routing: float) -> Row:
    return Row(arm, stage, kind, steps, 8, Figures(0.5, routing=routing))


def study(*rows: Row, name: str = "finite-field") -> StudyResults:
    return StudyResults((RunResults(study=name, scale="tiny", seed=0, rows=rows),), ())


def test_the_papers_types_come_first_and_others_follow_in_their_order() -> None:
    results = study(*(row(kind, 6) for kind in ("zebra", "evaluation", "apple", "inversion")))
    assert types_of(results) == ["inversion", "evaluation", "zebra", "apple"]


def test_other_is_the_last_strategy_wherever_it_came() -> None:
    results = study(
        row("x", 6, other=0.1, forward=0.9), row("x", 7, backward=0.5, forward=0.4, other=0.1)
    )
    assert strategies_of(results) == ["forward", "backward", "other"]


def test_an_arms_stages_stand_together_whatever_was_run_first() -> None:
    results = study(
        row("x", 6, "F", "sft"),
        row("x", 6, "B", "sft"),
        row("x", 6, "F", "rl_easy"),
        row("x", 7, "F", "sft"),
    )
    assert pairs_of(results) == [("F", "sft"), ("F", "rl_easy"), ("B", "sft")]


def test_the_studys_sizes_are_grouped_with_the_hard_ones_first() -> None:
    results = study(*(row("inversion", steps) for steps in (12, 2, 9, 5, 6)))
    assert groups_of(results) == [
        ("6-9 steps", [6, 9]),
        ("2-5 steps, as demonstrated", [2, 5]),
        ("10 steps and more", [12]),
    ]


def test_numbers_of_parts_are_no_sizes_of_plain_problems() -> None:
    results = study(row("inversion", 6), row("composition", 2), row("composition", 3))
    assert groups_of(results) == [("6-9 steps", [6])]
    assert sizes_of(results, "composition", [6]) == [2, 3]
    assert sizes_of(results, "inversion", [6]) == [6]


def test_a_users_task_is_one_group_of_all_sizes_and_of_none() -> None:
    results = study(row("odd", 3), row("odd", None), row("composition", 1), name=OWN_TASK)
    group = [None, 1, 3]
    assert groups_of(results) == [("all problems", group)]
    assert sizes_of(results, "composition", group) == group
