"""Cells and tables of a report: how numbers, stages and untrusted names are written."""

from __future__ import annotations

import pytest

from nextlat.evaluation.intervals import Interval
from nextlat.posttrain.report.cells import (
    NumberCell,
    Table,
    markdown_text,
    percent,
    points,
    signed,
    stage_name,
)
from nextlat.posttrain.report.estimates import SeedEstimate


def test_shares_are_per_cent_with_interval_or_deviation() -> None:
    assert str(percent(SeedEstimate(0.418, Interval(0.4, 0.436)))) == "41.8 [40.0, 43.6]"
    assert str(percent(SeedEstimate(0.418, None, 0.0123, 3))) == "41.8 ± 1.2"
    assert str(percent(SeedEstimate(1.0))) == "100.0"
    assert percent(None) == NumberCell("-")


def test_changes_are_points_with_their_sign() -> None:
    assert str(points(SeedEstimate(0.5, Interval(-0.0004, 0.75)))) == "+50.0 [0.0, +75.0]"
    assert str(points(SeedEstimate(-0.25, None, 0.5, 2))) == "-25.0 ± 50.0"
    assert str(points(SeedEstimate(-0.25))) == "-25.0"
    assert points(None) == NumberCell("-")


@pytest.mark.parametrize(
    ("change", "text"),
    [(0.418, "+41.8"), (-0.0001, "0.0"), (0.0004, "0.0"), (0.0006, "+0.1"), (-1.0, "-100.0")],
)
def test_what_rounds_to_nothing_has_no_sign(change: float, text: str) -> None:
    assert signed(change) == text


def test_stages_have_names_and_others_keep_theirs() -> None:
    assert stage_name("rl_hard", "FB") == "RL on 6-9"
    assert stage_name("rl_hard", "FB-seeded") == "RL on 3-5 parts"
    assert stage_name("my stage") == "my stage"


def test_names_cannot_be_markup() -> None:
    hostile = "`*_[x]|<b>&"
    assert markdown_text(hostile) == "\\`\\*\\_\\[x\\]\\|&lt;b&gt;&amp;"
    table = Table("t", "a|b", ("<h>",), ((NumberCell("1", "± 2"),),), 0, ("a *note*",))
    assert list(table.markdown()) == [
        "**a\\|b**",
        "",
        "| &lt;h&gt; |",
        "|---|",
        "| 1 ± 2 |",
        "",
        "a \\*note\\*",
    ]
