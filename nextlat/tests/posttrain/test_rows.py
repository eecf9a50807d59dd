"""Rows are selected by name and averaged by their numbers of problems."""

from __future__ import annotations

import math

import pytest
from posttrain_rows import study_rows

from nextlat.posttrain.results import Figures, Row
from nextlat.posttrain.rows import (
    accuracy,
    execution_of,
    figures_of,
    routing_to,
    select,
    weighted_mean,
)


def test_rows_are_selected_by_arm_stage_type_and_steps() -> None:
    rows = study_rows(steps=(6, 7))
    chosen = select(rows, "FB", "rl_easy", ("inversion",), (7, 8))
    assert [(row.arm, row.stage, row.type, row.steps) for row in chosen] == [
        ("FB", "rl_easy", "inversion", 7)
    ]
    assert len(select(rows, "FB", "rl_easy")) == 2 * 2
    assert select(rows, "FB", "base") == []


def test_a_mean_weighs_rows_by_problems() -> None:
    rows = [Row("a", "s", "t", 6, n, Figures(share)) for n, share in ((300, 0.5), (100, 0.9))]
    assert weighted_mean(rows, accuracy) == pytest.approx(0.6)
    assert weighted_mean(rows[:1], accuracy) == 0.5


def test_a_mean_with_a_gap_is_not_a_number() -> None:
    measured = Row("a", "s", "t", 6, 10, Figures(0.5, execution={"forward": 1.0}))
    gap = Row("a", "s", "t", 7, 10, Figures(0.5))
    assert weighted_mean([measured], execution_of("forward")) == 1.0
    assert math.isnan(weighted_mean([measured, gap], execution_of("forward")))
    assert math.isnan(weighted_mean([], accuracy))


def test_readings() -> None:
    sampled = Figures(0.5, routing={"forward": 0.75, "other": 0.25}, execution={"forward": 0.6})
    greedy = Figures(0.4, execution={"forward": 0.3})
    row = Row("a", "s", "t", None, 4, sampled, greedy)
    assert routing_to("forward")(row) == 0.75
    assert routing_to("backward")(row) == 0.0  # no response took it
    assert routing_to("forward")(Row("a", "s", "t", None, 4, greedy)) is None  # no labels
    assert execution_of("forward")(row) == 0.6
    assert execution_of("forward", greedy=True)(row) == 0.3
    assert execution_of("backward")(row) is None
    assert figures_of(row, greedy=True) is greedy
    assert execution_of("forward", greedy=True)(Row("a", "s", "t", None, 4, sampled)) is None
