"""Means of rows with intervals and spreads: hand-worked values, and gaps that are not filled."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextlat.evaluation.intervals import Interval, wilson
from nextlat.posttrain.report.estimates import (
    Estimate,
    SeedEstimate,
    SplitKey,
    accuracy,
    conditional,
    estimate,
    greedy,
    greedy_verified,
    over_seeds,
    passing,
    pooled,
    split_keys,
    split_parts,
    verified,
    without_interval,
)
from nextlat.posttrain.report.seeds import StudyResults
from nextlat.posttrain.results import ChosenAccuracy, Figures, Row, RunResults, StageSplit
from nextlat.posttrain.rows import routing_to
from nextlat.posttrain.splits import Split, SplitIntervals


def row(n: int, figures: Figures, kind: str = "x", greedy: Figures | None = None) -> Row:
    return Row("FB", "sft", kind, 6, n, figures, greedy)


def run(*rows: Row, seed: int = 0, splits: tuple[StageSplit, ...] = ()) -> RunResults:
    return RunResults(study="finite-field", scale="tiny", seed=seed, rows=rows, splits=splits)


def test_one_seed_keeps_its_interval_and_several_have_a_deviation() -> None:
    interval = Interval(0.2, 0.6)
    assert over_seeds([Estimate(0.4, interval)]) == SeedEstimate(0.4, interval, None, 1)
    joined = over_seeds([Estimate(0.25, interval), Estimate(0.75)])
    assert joined == SeedEstimate(0.5, None, pytest.approx(math.sqrt(0.125)), 2)  # type: ignore[arg-type]
    assert over_seeds([]) is None


def test_intervals_of_rows_are_joined_by_their_squared_distances() -> None:
    rows = [
        row(300, Figures(0.5, interval=Interval(0.46, 0.55))),
        row(100, Figures(0.9, interval=Interval(0.78, 0.96))),
    ]
    joined = pooled(rows, accuracy)
    assert joined is not None
    assert joined.mean == pytest.approx(0.75 * 0.5 + 0.25 * 0.9)
    assert joined.interval is not None
    # Below: .75 * .04 = .03 and .25 * .12 = .03; above: .75 * .05 = .0375 and .25 * .06 = .015.
    assert joined.interval.low == pytest.approx(0.6 - math.hypot(0.03, 0.03))
    assert joined.interval.high == pytest.approx(0.6 + math.hypot(0.0375, 0.015))


def test_a_row_without_an_interval_takes_wilsons() -> None:
    joined = pooled([row(10, Figures(0.8))], accuracy)
    assert joined is not None
    assert joined.interval == pytest.approx(wilson(8, 10))


@given(st.lists(st.tuples(st.integers(1, 500), st.floats(0, 1)), min_size=1, max_size=6))
def test_a_pooled_mean_lies_within_its_interval_and_its_rows(
    measured: list[tuple[int, float]],
) -> None:
    joined = pooled([row(n, Figures(share)) for n, share in measured], accuracy)
    assert joined is not None
    assert joined.interval is not None
    shares = [share for _, share in measured]
    assert min(shares) - 1e-12 <= joined.mean <= max(shares) + 1e-12
    assert 0 <= joined.interval.low <= joined.mean + 1e-12
    assert joined.mean - 1e-12 <= joined.interval.high <= 1


def test_a_gap_gives_no_mean() -> None:
    rows = [row(10, Figures(0.5, 0.4)), row(10, Figures(0.5))]
    assert pooled(rows, verified) is None
    assert pooled(rows[:1], verified) is not None
    assert pooled([], accuracy) is None


def test_every_type_must_have_been_measured() -> None:
    study = StudyResults((run(row(10, Figures(0.5), "x")),), ())
    assert estimate(study, "FB", "sft", ("x",), (6,), accuracy) is not None
    assert estimate(study, "FB", "sft", ("x", "y"), (6,), accuracy) is None
    assert estimate(study, "FB", "sft", None, None, accuracy) is not None
    assert estimate(study, "FB", "sft", ("x",), (7,), accuracy) is None


def test_a_seed_that_lacks_a_value_does_not_count() -> None:
    lacking = run(row(10, Figures(0.9)), seed=1)
    study = StudyResults((run(row(10, Figures(0.5, 0.25))), lacking), ())
    shown = estimate(study, "FB", "sft", ("x",), (6,), verified)
    assert shown is not None
    assert (shown.mean, shown.seeds) == (0.25, 1)


def test_measures_read_one_number() -> None:
    figures = Figures(
        0.5,
        0.25,
        {"a": 0.75},
        pass_at_k={1: 0.5, 4: 0.9},
        verified_pass_at_k={1: 0.25},
        conditional={"a": ChosenAccuracy(0.6, 5), "b": ChosenAccuracy(None, 0)},
    )
    measured = row(10, figures, greedy=Figures(0.7, 0.65))
    assert greedy(measured) == Estimate(0.7)
    assert greedy_verified(measured) == Estimate(0.65)
    assert greedy(row(10, figures)) is None
    assert conditional("a")(measured) == Estimate(0.6)
    assert conditional("b")(measured) is None
    assert conditional("c")(measured) is None
    assert passing(4, traces=False)(measured) == Estimate(0.9)
    assert passing(4, traces=True)(measured) is None
    assert without_interval(routing_to("a"))(measured) == Estimate(0.75)


def test_splits_of_seeds_are_told_by_name() -> None:
    intervals = SplitIntervals(*[Interval(-1.0, 1.0)] * 4)
    splits = [
        StageSplit("FB", "sft", "rl", "x", Split(change, change, 0.0, 0.0), intervals=intervals)
        for change in (0.25, 0.75)
    ]
    runs = tuple(
        run(row(1, Figures(0.5)), seed=seed, splits=(split,)) for seed, split in enumerate(splits)
    )
    key = SplitKey("FB", "sft", "rl", "x")
    assert split_keys(StudyResults(runs, ())) == [key]
    parts = split_parts(StudyResults(runs, ()), key)
    assert (parts["selection"].mean, parts["selection"].seeds) == (0.5, 2)
    alone = split_parts(StudyResults(runs[:1], ()), key)
    assert alone["change"] == SeedEstimate(0.25, Interval(-1.0, 1.0))
    assert split_parts(StudyResults(runs, ()), SplitKey("F", "sft", "rl", "x")) == {}
