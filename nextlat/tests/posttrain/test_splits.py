"""Splits add up and change sign with the stages; the paper's own table gives the parts its reading
implies."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextlat.errors import DataError
from nextlat.posttrain.splits import (
    Measurement,
    ProblemMeasurement,
    Split,
    bootstrap_split,
    mean_cell,
    sampled_split,
    split_cells,
    split_change,
    split_problems,
    strategies,
)

NAMES = ("forward", "backward")
share = st.floats(0, 1)


@st.composite
def cells(draw: st.DrawFn) -> Measurement:
    weights = [draw(st.floats(0.001, 1)) for _ in range(3)]
    routing = dict(
        zip((*NAMES, "other"), (weight / math.fsum(weights) for weight in weights), strict=True)
    )
    return Measurement(routing, {name: draw(share) for name in NAMES}, draw(share))


def split(before: Measurement, after: Measurement) -> Split:
    return split_change(
        before.routing,
        before.execution,
        before.accuracy,
        after.routing,
        after.execution,
        after.accuracy,
    )


def parts(split: Split) -> tuple[float, float, float, float]:
    return split.change, split.selection, split.improvement, split.residual


@given(cells(), cells())
def test_parts_add_up_and_change_sign_when_the_stages_swap(
    before: Measurement, after: Measurement
) -> None:
    there, back = split(before, after), split(after, before)
    assert abs(there.selection + there.improvement + there.residual - there.change) < 1e-12
    assert there.change == after.accuracy - before.accuracy
    assert parts(back) == pytest.approx([-part for part in parts(there)], abs=1e-12)


@given(cells(), cells())
def test_without_invalid_traces_nothing_is_left(before: Measurement, after: Measurement) -> None:
    def exact(cell: Measurement) -> Measurement:
        return Measurement(
            cell.routing,
            cell.execution,
            min(1.0, sum(cell.routing[name] * cell.execution[name] for name in NAMES)),
        )

    assert abs(split(exact(before), exact(after)).residual) < 1e-12


@given(cells(), cells())
def test_what_did_not_change_has_no_part(before: Measurement, after: Measurement) -> None:
    same_routing = Measurement(before.routing, after.execution, after.accuracy)
    same_execution = Measurement(after.routing, before.execution, after.accuracy)
    assert split(before, same_routing).selection == 0
    assert split(before, same_execution).improvement == 0


@given(st.lists(st.tuples(cells(), cells(), st.integers(1, 500)), min_size=1, max_size=6))
def test_a_split_over_cells_is_the_weighted_mean_of_their_splits(
    rows: list[tuple[Measurement, Measurement, int]],
) -> None:
    whole = split_cells(
        {at: before for at, (before, _, _) in enumerate(rows)},
        {at: after for at, (_, after, _) in enumerate(rows)},
        {at: weight for at, (_, _, weight) in enumerate(rows)},
    )
    total = sum(weight for _, _, weight in rows)
    each = [
        [weight / total * part for part in parts(split(before, after))]
        for before, after, weight in rows
    ]
    assert parts(whole) == pytest.approx(
        [math.fsum(column) for column in zip(*each, strict=True)], abs=1e-12
    )


def test_another_mix_of_kinds_is_no_selection() -> None:
    # Each kind is routed to another strategy; pooled routing depends on the mix, routing inside a
    # kind does not.
    easy = Measurement({"forward": 1, "backward": 0}, {"forward": 0.9, "backward": 0.1}, 0.9)
    hard = Measurement({"forward": 0, "backward": 1}, {"forward": 0.1, "backward": 0.3}, 0.3)
    better = Measurement({"forward": 0, "backward": 1}, {"forward": 0.1, "backward": 0.7}, 0.7)
    whole = split_cells(
        {"easy": easy, "hard": hard}, {"easy": easy, "hard": better}, {"easy": 300, "hard": 100}
    )
    assert parts(whole) == pytest.approx((0.1, 0, 0.1, 0), abs=1e-12)


F_SFT = {"evaluation": 0.971, "inversion": 0.107}
B_SFT = {"evaluation": 0.119, "inversion": 0.389}
FB_SFT = {"evaluation": 0.643, "inversion": 0.271}
FB_HARD = {"evaluation": 0.971, "inversion": 0.941}
"""The paper's table 1: accuracy on 6 to 9 steps. One-strategy arms show how well a strategy is
executed."""


def implied(kind: str, accuracy: float) -> dict[str, float]:
    """The routing that explains an accuracy by the executions of the one-strategy arms."""
    forward = (accuracy - B_SFT[kind]) / (F_SFT[kind] - B_SFT[kind])
    return {"forward": forward, "backward": 1 - forward}


def test_the_papers_table_implies_its_reading() -> None:
    evaluation, inversion = (implied(kind, FB_SFT[kind]) for kind in ("evaluation", "inversion"))
    assert evaluation["forward"] == pytest.approx(0.615, abs=5e-4)
    assert inversion["backward"] == pytest.approx(0.58, abs=5e-3)

    # Pure selection: perfect routing at the executions after SFT.
    execution = {kind: {"forward": F_SFT[kind], "backward": B_SFT[kind]} for kind in F_SFT}
    forward, backward = {"forward": 1.0, "backward": 0.0}, {"forward": 0.0, "backward": 1.0}
    for kind, before, after, ceiling in (
        ("evaluation", evaluation, forward, 0.971),
        ("inversion", inversion, backward, 0.389),
    ):
        reached = (
            FB_SFT[kind]
            + split_change(
                before, execution[kind], FB_SFT[kind], after, execution[kind], ceiling
            ).selection
        )
        assert reached == pytest.approx(ceiling, abs=1e-9)

    # What selection cannot explain on inversion: from that ceiling to 94.1 %, all of it
    # improvement.
    after = {"forward": 0.110, "backward": FB_HARD["inversion"]}
    rest = split_change(
        backward, execution["inversion"], 0.389, backward, after, FB_HARD["inversion"]
    )
    assert rest.improvement == pytest.approx(0.552, abs=1e-9)
    assert rest.selection == 0
    whole = split_change(
        inversion,
        execution["inversion"],
        FB_SFT["inversion"],
        backward,
        after,
        FB_HARD["inversion"],
    )
    assert whole.change == pytest.approx(0.670, abs=1e-9)
    assert whole.selection == pytest.approx(
        0.418 * ((0.389 + 0.941) / 2 - (0.107 + 0.110) / 2), abs=1e-3
    )
    assert whole.improvement == pytest.approx(0.791 * 0.552 + 0.209 * 0.003, abs=1e-3)
    assert abs(whole.residual) < 1e-9


def test_all_other_responses_count_as_wrong_unless_told() -> None:
    before = ({"forward": 0.5, "other": 0.5}, {"forward": 0.8}, 0.4)
    assert parts(split_change(*before, {"forward": 1.0}, {"forward": 0.8}, 0.8)) == pytest.approx(
        (0.4, 0.4, 0, 0)
    )
    told = split_change(
        {"forward": 0.5, "other": 0.5}, {"forward": 0.8, "other": 0.2}, 0.5, *before
    )
    assert parts(told) == pytest.approx((-0.1, 0, -0.1, 0))


BOTH = {"forward": 0.5, "backward": 0.5}


@pytest.mark.parametrize(
    ("routing1", "execution1", "accuracy1", "message"),
    [
        ({"forward": 1.0}, BOTH, 0.5, "'backward'"),
        (BOTH, {"forward": 0.5, "sideways": 0.5}, 0.5, "'sideways'"),
        (BOTH, {**BOTH, "forward": 1.2}, 0.5, "execution 1.2 is no share"),
        (BOTH, {**BOTH, "forward": math.nan}, 0.5, "execution nan is no share"),
        ({"forward": 0.5, "backward": 0.3}, BOTH, 0.5, "adds up to 0.8000, not 1; give the rest"),
        (BOTH, BOTH, -0.1, "accuracy -0.1 is no share"),
    ],
)
def test_what_is_no_measurement_is_refused(
    routing1: Mapping[str, float], execution1: Mapping[str, float], accuracy1: float, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        split_change(BOTH, BOTH, 0.5, routing1, execution1, accuracy1)


def test_cells_and_weights_must_fit() -> None:
    cell = Measurement(BOTH, BOTH, 0.5)
    with pytest.raises(DataError, match="not in both stages"):
        split_cells({"a": cell, "b": cell}, {"a": cell}, {"a": 1, "b": 1})
    with pytest.raises(DataError, match="cannot be averaged"):
        split_cells({"a": cell}, {"a": cell}, {"a": 0})
    with pytest.raises(DataError, match="cannot be averaged"):
        split_cells({"a": cell, "b": cell}, {"a": cell, "b": cell}, {"a": 3, "b": -1})
    with pytest.raises(DataError, match="not the same"):
        bootstrap_split(
            [ProblemMeasurement(BOTH, BOTH, 0.5, "a")], [ProblemMeasurement(BOTH, BOTH, 0.5, "b")]
        )


@pytest.mark.parametrize("swapped", [False, True])
def test_problems_of_both_stages_must_have_the_same_strategies(swapped: bool) -> None:
    both = [ProblemMeasurement(BOTH, BOTH, 0.5, "a")]
    one = [ProblemMeasurement({"forward": 1.0}, {"forward": 0.5}, 0.5, "a")]
    stages = (one, both) if swapped else (both, one)
    with pytest.raises(DataError, match="'backward'"):
        bootstrap_split(*stages, draws=2)


def test_strategies_are_in_the_order_of_the_first_cell() -> None:
    turned = dict(reversed(BOTH.items()))
    cells = [Measurement(shares, shares, 0.5) for shares in (turned, BOTH, {**BOTH, "other": 0.0})]
    assert strategies(cells) == ["backward", "forward", "other"]


def simulated(
    n: int, route: float, execution: float, seed: int, *, cell: str = "inversion"
) -> list[ProblemMeasurement]:
    """n problems of 4 samples each; wrong routing is right one time in eleven, problems differ in
    difficulty."""
    draw = np.random.default_rng(seed)
    problems = []
    for _ in range(n):
        hardness = draw.normal(0, 0.08)
        one, chance = np.clip([execution + hardness, 1 / 11], 0, 1)
        backward = draw.random(4) < route
        right = np.where(backward, draw.random(4) < one, draw.random(4) < chance)
        forced = {
            "forward": (draw.random(4) < chance).mean(),
            "backward": (draw.random(4) < one).mean(),
        }
        problems.append(
            ProblemMeasurement(
                {"forward": 1 - backward.mean(), "backward": backward.mean()},
                forced,
                right.mean(),
                cell,
            )
        )
    return problems


def test_intervals_hold_the_truth_and_the_point() -> None:
    before, after = simulated(256, 0.58, 0.39, 3), simulated(256, 0.97, 0.8, 4)
    point, ends = split_problems(before, after), bootstrap_split(before, after, seed=5)
    selection = 0.39 * ((0.39 + 0.8) / 2 - 1 / 11)
    improvement = (0.58 + 0.97) / 2 * 0.41
    for name, truth in (("selection", selection), ("improvement", improvement), ("residual", 0.0)):
        low, high = getattr(ends, name)
        assert low < getattr(point, name) < high
        assert low < truth < high
        assert high - low < 0.15
    assert ends == bootstrap_split(before, after, seed=5)
    assert ends != bootstrap_split(before, after, seed=6)


def test_the_bootstrap_covers_as_often_as_it_says() -> None:
    truth = 0.39 * ((0.39 + 0.8) / 2 - 1 / 11)
    found = 0
    for seed in range(100):
        before, after = simulated(64, 0.58, 0.39, 2 * seed), simulated(64, 0.97, 0.8, 2 * seed + 1)
        low, high = bootstrap_split(before, after, draws=300, seed=seed).selection
        found += low <= truth <= high
    # 95 of 100 are expected; fewer than 87 or all 100 would happen less than once in 200.
    assert 87 <= found <= 99


def test_counts_alone_give_wider_intervals_than_the_problems_themselves() -> None:
    before, after = simulated(256, 0.58, 0.39, 3), simulated(256, 0.97, 0.8, 4)
    point = split_problems(before, after)
    coarse = sampled_split(
        {"inversion": mean_cell(before)}, {"inversion": mean_cell(after)}, {"inversion": 256}
    )
    fine = bootstrap_split(before, after)
    for name in ("change", "selection", "improvement", "residual"):
        low, high = getattr(coarse, name)
        assert low < getattr(point, name) < high
        assert high - low > getattr(fine, name).high - getattr(fine, name).low
