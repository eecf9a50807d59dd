"""Intervals against published and hand-worked values; pass@k against all subsets."""

from __future__ import annotations

import itertools
import math
import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nextlat.errors import DataError
from nextlat.evaluation.intervals import (
    bootstrap_difference,
    bootstrap_mean,
    newcombe,
    problem_means,
    wilson,
)
from nextlat.evaluation.pass_at_k import guessing_pass_at_k, mean_pass_at_k, pass_at_k


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (10, 10, 1 - 0.27753, 1.0),  # z^2 / (n + z^2) left out, by hand
    ],
)
def test_wilson_is_the_published_interval(successes: int, n: int, low: float, high: float) -> None:
    assert wilson(successes, n) == pytest.approx((low, high), abs=6e-5)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilsons_ends_solve_its_equation(trial: tuple[int, int]) -> None:
    successes, n = trial
    low, high = wilson(successes, n)
    assert 0 <= low <= successes / n <= high <= 1
    assert wilson(n - successes, n) == pytest.approx((1 - high, 1 - low), abs=1e-12)
    for end in (low, high):
        if 1e-9 < end < 1 - 1e-9:
            assert abs(successes / n - end) == pytest.approx(
                1.959963985 * math.sqrt(end * (1 - end) / n), rel=1e-6
            )


def test_wilson_agrees_with_scipy() -> None:
    stats = pytest.importorskip("scipy.stats")
    for successes, n, confidence in ((3, 17, 0.9), (200, 256, 0.95), (11, 1024, 0.99)):
        told = stats.binomtest(successes, n).proportion_ci(confidence, "wilson")
        assert wilson(successes, n, confidence) == pytest.approx((told.low, told.high), abs=1e-9)


def test_newcombes_difference_is_the_published_interval() -> None:
    # Newcombe 1998 (Statistics in Medicine 17:873), table II, method 10.
    assert newcombe((48, 80), (56, 70)) == pytest.approx((0.0524, 0.3339), abs=6e-5)
    assert newcombe((3, 10), (9, 10)) == pytest.approx((0.1705, 0.8090), abs=6e-5)
    low, high = newcombe((30, 100), (50, 100))
    assert newcombe((50, 100), (30, 100)) == pytest.approx((-high, -low), abs=1e-12)


@pytest.mark.parametrize(("successes", "n"), [(-1, 5), (6, 5), (0, 0), (math.nan, 5)])
def test_no_share_is_refused(successes: float, n: int) -> None:
    with pytest.raises(DataError, match="no share"):
        wilson(successes, n)


def test_confidence_is_a_probability() -> None:
    for wrong in (0.0, 1.0, 95.0):
        with pytest.raises(DataError, match=r"give one in \(0, 1\)"):
            wilson(1, 2, wrong)
        with pytest.raises(DataError, match=r"give one in \(0, 1\)"):
            bootstrap_mean([[0], [1]], confidence=wrong)


def test_samples_of_one_problem_count_once() -> None:
    # Problems whose samples all agree: 16 samples each say no more than one.
    draw = random.Random(0)
    single = [[float(draw.random() < 0.4)] for _ in range(150)]
    low, high = bootstrap_mean([samples * 16 for samples in single])
    assert (low, high) == bootstrap_mean(single)
    assert (low, high) == pytest.approx(wilson(sum(map(sum, single)), 150), abs=0.02)
    # Independent samples do narrow it.
    spread = [[float(draw.random() < 0.4) for _ in range(16)] for _ in range(150)]
    narrow_low, narrow_high = bootstrap_mean(spread)
    assert (narrow_high - narrow_low) < 0.4 * (high - low)


def test_every_problem_weighs_the_same() -> None:
    assert problem_means([[1, 1, 1, 1], [0]]).mean() == 0.5


def test_agreement_is_no_certainty() -> None:
    assert bootstrap_mean([[1, 1]] * 20) == wilson(20, 20)
    assert bootstrap_mean([[5.0]] * 20) == (5.0, 5.0)


def test_pairs_remove_what_problems_share() -> None:
    draw = np.random.default_rng(3)
    hardness = draw.random(200)
    before = [[float(value)] for value in hardness * 0.8]
    after = [[float(value)] for value in hardness * 0.8 + 0.1 + draw.normal(0, 0.01, 200)]
    low, high = bootstrap_difference(before, after, paired=True)
    wide_low, wide_high = bootstrap_difference(before, after, paired=False)
    assert wide_low < low < 0.1 + 0.002
    assert 0.1 - 0.002 < high < wide_high
    with pytest.raises(DataError, match="no pairs"):
        bootstrap_difference(before, after[:-1], paired=True)
    assert bootstrap_difference(before, after, paired=True) == (low, high)


@pytest.mark.parametrize("outcomes", [[], [[1], []], [[math.nan]]])
def test_a_mean_needs_outcomes(outcomes: list[list[float]]) -> None:
    with pytest.raises(DataError):
        bootstrap_mean(outcomes)


@given(
    st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n)))
)
def test_pass_at_k_is_the_share_of_subsets_that_hold_a_right_sample(
    case: tuple[int, int, int],
) -> None:
    n, correct, k = case
    samples = [1] * correct + [0] * (n - correct)
    subsets = list(itertools.combinations(samples, k))
    assert pass_at_k(n, correct, k) == pytest.approx(
        sum(any(one) for one in subsets) / len(subsets), abs=1e-12
    )


def test_pass_at_k_over_problems() -> None:
    assert pass_at_k(4, 2, 2) == pytest.approx(5 / 6)
    assert mean_pass_at_k([(4, 2), (4, 0), (2, 2)], 2) == pytest.approx((5 / 6 + 0 + 1) / 3)
    assert pass_at_k(100_000, 1, 50_000) == pytest.approx(0.5)
    with pytest.raises(DataError, match="draw more"):
        pass_at_k(4, 2, 8)
    with pytest.raises(DataError, match="no problems"):
        mean_pass_at_k([], 1)
    with pytest.raises(DataError, match="cannot be"):
        pass_at_k(4, 5, 1)


def test_guesses_alone_pass_often() -> None:
    # The paper's field of 11: eight wrong-strategy samples hold a right answer 53 % of the time,
    # sixteen 78 %.
    assert guessing_pass_at_k(1 / 11, 8) == pytest.approx(0.5335, abs=1e-4)
    assert guessing_pass_at_k(1 / 11, 16) == pytest.approx(0.7824, abs=1e-4)
    with pytest.raises(DataError):
        guessing_pass_at_k(1.1, 2)
