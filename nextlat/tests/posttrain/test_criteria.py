"""Each criterion at, above and below each of its thresholds; absent arms decide nothing."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from posttrain_rows import CHANCE, row, study_rows

from nextlat.errors import DataError
from nextlat.posttrain.changes import study_splits
from nextlat.posttrain.criteria import CONDITIONS, criteria
from nextlat.posttrain.results import Figures, Row

Rows = list[Row]


def met(name: str, rows: Rows) -> bool | None:
    criterion = criteria(rows, [], CHANCE)[name]
    assert criterion.condition == CONDITIONS[name]
    return criterion.met


def with_accuracy(rows: Rows, arm: str, stage: str, kind: str, accuracy: float) -> Rows:
    """The rows with another accuracy at one arm, stage and type."""
    return [
        replace(row, sampled=replace(row.sampled, accuracy=accuracy))
        if (row.arm, row.stage, row.type) == (arm, stage, kind)
        else row
        for row in rows
    ]


def with_route(rows: Rows, stage: str, kind: str, matched: float) -> Rows:
    names = ("forward", "backward") if kind == "evaluation" else ("backward", "forward")
    routing = {names[0]: matched, names[1]: 1 - matched, "other": 0.0}
    return [
        replace(row, sampled=replace(row.sampled, routing=routing))
        if (row.arm, row.stage, row.type) == ("FB", stage, kind)
        else row
        for row in rows
    ]


def with_greedy_execution(rows: Rows, stage: str, backward: float) -> Rows:
    execution = {"forward": 0.1, "backward": backward}
    return [
        replace(row, greedy=replace(row.greedy, execution=execution))
        if (row.arm, row.stage, row.type) == ("FB", stage, "inversion") and row.greedy
        else row
        for row in rows
    ]


def test_rows_patterned_on_the_paper_meet_what_their_arms_can_show() -> None:
    judged = criteria(study_rows(), study_splits(study_rows()), CHANCE)
    assert {name: criterion.met for name, criterion in judged.items()} == {
        "S1": True,
        "S2": True,
        "I1": True,
        "I2": True,
        "A1": None,
        "C1": None,
    }
    figures = judged["S1"].figures
    assert figures["inversion routed backward, rl_easy"] == pytest.approx(0.95)
    assert figures["inversion selection"] == pytest.approx(0.35 * ((0.39 + 0.42) / 2 - CHANCE))
    assert judged["A1"].missing == tuple(
        f"{arm} rl_hard {kind}"
        for arm in ("FB-75", "FB-90")
        for kind in ("evaluation", "inversion")
    )


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [
        (0.65, 0.90, True),
        (0.66, 0.90, False),
        (0.50, 0.89, False),
        (0.70, 0.95, True),
        (0.70, 0.94, False),
    ],
)
@pytest.mark.parametrize("kind", ["evaluation", "inversion"])
def test_s1_needs_the_route_of_both_types_to_rise(
    kind: str, before: float, after: float, wanted: bool
) -> None:
    rows = with_route(with_route(study_rows(), "sft", kind, before), "rl_easy", kind, after)
    assert met("S1", rows) is wanted


@pytest.mark.parametrize(
    ("before", "after", "wanted"),
    [(0.4, 0.49, True), (0.4, 0.5, False), (0.4, 0.31, True), (0.4, 0.3, False)],
)
def test_s1_lets_the_greedy_execution_move_little(
    before: float, after: float, wanted: bool
) -> None:
    rows = with_greedy_execution(
        with_greedy_execution(study_rows(), "sft", before), "rl_easy", after
    )
    # Execution at the training temperature may do what it likes.
    rows = [
        replace(row, sampled=replace(row.sampled, execution={"forward": 0.5, "backward": 0.9}))
        if row.stage == "rl_easy"
        else row
        for row in rows
    ]
    assert met("S1", rows) is wanted


@pytest.mark.parametrize(("arm", "kind"), [("F", "inversion"), ("B", "evaluation")])
@pytest.mark.parametrize("stage", ["rl_easy", "rl_hard"])
@pytest.mark.parametrize(
    ("errors", "wanted"), [(0, True), (2, True), (-2, True), (2.01, False), (-2.01, False)]
)
def test_s2_is_two_standard_errors_around_chance(
    arm: str, kind: str, stage: str, errors: float, wanted: bool
) -> None:
    error = math.sqrt(CHANCE * (1 - CHANCE) / (4 * 256))
    rows = with_accuracy(study_rows(), arm, stage, kind, CHANCE + errors * error)
    assert met("S2", rows) is wanted
    figures = criteria(rows, [], CHANCE)["S2"].figures
    assert figures[f"{arm} {kind}, {stage}, standard errors from chance"] == pytest.approx(
        errors, abs=1e-9
    )


@pytest.mark.parametrize(
    ("easy", "hard", "wanted"),
    [(0.45, 0.65, True), (0.45, 0.64, False), (0.46, 0.65, False), (0.2, 0.9, True)],
)
def test_i1_needs_hard_problems_to_improve(easy: float, hard: float, wanted: bool) -> None:
    rows = with_accuracy(study_rows(), "B", "sft", "inversion", 0.40)
    rows = with_accuracy(rows, "B", "rl_easy", "inversion", easy)
    assert met("I1", with_accuracy(rows, "B", "rl_hard", "inversion", hard)) is wanted


@pytest.mark.parametrize(
    ("evaluation", "inversion", "easy", "wanted"),
    [
        (0.85, 0.85, 0.60, True),
        (0.85, 0.85, 0.61, False),
        (0.84, 0.99, 0.60, False),
        (0.99, 0.84, 0.60, False),
        (0.9, 1.0, 0.70, True),
    ],
)
def test_i2_needs_both_types_and_a_gap(
    evaluation: float, inversion: float, easy: float, wanted: bool
) -> None:
    rows = with_accuracy(study_rows(), "FB", "rl_hard", "evaluation", evaluation)
    rows = with_accuracy(rows, "FB", "rl_hard", "inversion", inversion)
    for kind in ("evaluation", "inversion"):
        rows = with_accuracy(rows, "FB", "rl_easy", kind, easy)
    assert met("I2", rows) is wanted


def skewed(evaluation: dict[str, float], inversion: dict[str, float]) -> Rows:
    """Arms trained on three mixes, with the share of forward responses told by type."""
    execution = {"forward": 0.9, "backward": 0.9}
    rows = []
    for arm in evaluation:
        rows.append(
            row(arm, "rl_hard", "evaluation", 7, route=evaluation[arm], execution=execution)
        )
        rows.append(
            row(arm, "rl_hard", "inversion", 7, route=1 - inversion[arm], execution=execution)
        )
    return rows


@pytest.mark.parametrize(
    ("evaluation", "inversion", "wanted"),
    [
        ((1, 1, 1), (0, 0, 0), True),
        (
            (0.95, 1, 0.9),
            (0.1, 0.05, 0),
            True,
        ),  # shares by type a tenth apart, shares of the mix .525, .7625, .81
        ((1, 1, 0.89), (0, 0, 0), False),  # by type more than a tenth apart
        ((1, 1, 1), (0.2, 0.1, 0.11), True),  # .5 * 1 + .5 * .2 = .6, a tenth off
        ((1, 1, 1), (0.21, 0.12, 0.12), False),
        ((0.88, 0.88, 0.88), (0, 0, 0), False),  # .9 * .88 = .79 is more than a tenth off .9
    ],
)
def test_a1_is_one_routing_on_three_mixes(
    evaluation: tuple[float, ...], inversion: tuple[float, ...], wanted: bool
) -> None:
    arms = ("FB", "FB-75", "FB-90")
    assert (
        met(
            "A1",
            skewed(
                dict(zip(arms, evaluation, strict=True)), dict(zip(arms, inversion, strict=True))
            ),
        )
        is wanted
    )


@pytest.mark.parametrize(
    ("seeded", "unseeded", "wanted"),
    [(0.35, 0.15, True), (0.34, 0.15, False), (0.35, 0.16, False), (0.9, 0.0, True)],
)
def test_c1_needs_seeds(seeded: float, unseeded: float, wanted: bool) -> None:
    rows = [
        Row(arm, stage, "composition", parts, 100, Figures(accuracy))
        for arm, after in (("FB-seeded", seeded), ("FB-unseeded", unseeded))
        for stage, accuracy in (("sft", 0.10), ("rl_hard", after))
        for parts in (3, 4, 5)
    ]
    # Compositions of two parts were demonstrated and do not count.
    rows += [replace(row, steps=2, sampled=Figures(0.0)) for row in rows]
    assert met("C1", rows) is wanted


@pytest.mark.parametrize(
    ("arm", "stage", "names"),
    [
        ("FB", "rl_easy", {"S1", "I2"}),
        ("FB", "rl_hard", {"I2"}),
        ("FB", "sft", {"S1"}),
        ("F", "rl_hard", {"S2"}),
        ("F", "sft", set()),
        ("B", "rl_easy", {"S2", "I1"}),
    ],
)
def test_an_absent_stage_leaves_open_what_needs_it(arm: str, stage: str, names: set[str]) -> None:
    rows = [row for row in study_rows() if (row.arm, row.stage) != (arm, stage)]
    judged = criteria(rows, [], CHANCE)
    undecided = {name for name, criterion in judged.items() if criterion.met is None}
    assert undecided == names | {"A1", "C1"}
    for name in names:
        assert any(f"{arm} {stage}" in absent for absent in judged[name].missing)
        assert None in judged[name].figures.values()


def test_rows_without_a_greedy_measurement_leave_s1_open() -> None:
    judged = criteria([replace(row, greedy=None) for row in study_rows()], [], CHANCE)
    assert judged["S1"].met is None
    assert judged["I2"].met is True


def test_only_hard_problems_count() -> None:
    easy = [
        replace(row, steps=3, sampled=replace(row.sampled, accuracy=0.0)) for row in study_rows()
    ]
    assert met("I2", study_rows() + easy) is True


def test_no_rows_judge_nothing() -> None:
    assert all(criterion.met is None for criterion in criteria([], [], CHANCE).values())
    with pytest.raises(DataError, match="give 1/p"):
        criteria([], [], 0)
