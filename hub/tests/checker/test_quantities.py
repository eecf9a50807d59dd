"""Numbers read from text, and which of two texts' numbers are the same."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.checker.number_check import missing_numbers
from academichub.checker.passage import read_numbered
from academichub.checker.quantities import read_quantities
from academichub.checker.word_weights import fold
from academichub.messages import Message

READ = [
    ("accuracy of 12.5% on 1,000 samples", [(12.5, "%"), (1000, "")]),
    ("$10^{-3}$; then $3\\times10^{4}$ K at 5 km", [(1e-3, ""), (3e4, "K"), (5, "km")]),
    ("three datasets, two-fold gain, 2x faster, twice", [(3, ""), (2, "x"), (2, "x"), (2, "x")]),
    ("7B parameters, 2 million users, 58k steps", [(7e9, ""), (2e6, ""), (58e3, "")]),
    ("10-12% in 2016–2018", [(10, "%"), (12, "%"), (2016, ""), (2018, "")]),
    ("from 10 to 12 mm, 1·75 (95% CI)", [(10, "mm"), (12, "mm"), (1.75, ""), (95, "%")]),
    ("a 5x7 grid, 1e-3, P<0.001", [(5, ""), (7, ""), (1e-3, ""), (0.001, "")]),
    ("twenty-five patients; 1 000 000 people", [(25, ""), (1e6, "")]),
    ("half of it, one third, a quarter", [(0.5, "x"), (1 / 3, "x"), (0.25, "x")]),
    ("2, 3, and 4 days", [(2, "d"), (3, "d"), (4, "d")]),
    ("1.5 ± 0.2 GeV", [(1.5, "GeV"), (0.2, "GeV")]),
    ("提升12%，共三个数据集，3.2万样本，百分之十五", [(12, "%"), (3, ""), (32000, ""), (15, "%")]),
]


@pytest.mark.parametrize(("text", "expected"), READ)
def test_read(text: str, expected: list[tuple[float, str]]) -> None:
    found = [(one.value, one.unit) for one in read_quantities(fold(text))]
    assert [unit for _, unit in found] == [unit for _, unit in expected]
    assert all(
        math.isclose(a, b, rel_tol=1e-9) for (a, _), (b, _) in zip(found, expected, strict=True)
    )


@pytest.mark.parametrize("name", ["GPT-4", "B12", "CO2", "p53", "H1N1", "IL-6", "ResNet-50", "3T3"])
def test_digits_of_a_name_are_no_number(name: str) -> None:
    assert read_quantities(f"we use {name} here") == []


SAME = [
    ("1,000 steps", "1000 steps"),
    ("10^3 steps", "1000 steps"),
    ("3 models", "three models"),
    ("12 percent", "12%"),
    ("a share of 12%", "a share of 0.12"),
    ("3.0 points", "3 points"),
    ("2x faster", "two-fold faster"),
    ("twice as fast", "2 times as fast"),
    ("half of the users", "50% of the users"),
    ("64k tokens", "64,000 tokens"),
    ("over 90% of runs", "91.4% of runs"),
    ("about 3,000 stars", "2,981 stars"),
    ("a third of the gain", "33% of the gain"),
    ("5 kilometres", "5 km"),
    ("2016-2018", "from 2016 to 2018"),
]
DIFFERENT = [
    ("1,000 steps", "1,001 steps"),
    ("12% of runs", "12 models"),
    ("5 km", "5 m"),
    ("5 mg", "5 kg"),
    ("10^3 steps", "10^4 steps"),
    ("over 80% of runs", "91.4% of runs"),
    ("91% of runs", "91.4% of runs"),
    ("three models", "four models"),
    ("7B parameters", "7M parameters"),
    ("two-fold gain", "three-fold gain"),
    ("12%", "1.2%"),
    ("half of the users", "40% of the users"),
]


@pytest.mark.parametrize(("ours", "theirs"), SAME)
def test_same_number(ours: str, theirs: str) -> None:
    assert missing_numbers(read_numbered(fold(ours)), [read_numbered(fold(theirs))]) == []


@pytest.mark.parametrize(("ours", "theirs"), DIFFERENT)
def test_different_number(ours: str, theirs: str) -> None:
    assert missing_numbers(read_numbered(fold(ours)), [read_numbered(fold(theirs))]) != []


def test_number_from_elsewhere_in_the_work_is_displaced() -> None:
    work = read_numbered(
        "The recall of the method is 81 points. The baseline had 64 layers in total."
    )
    moved = missing_numbers(read_numbered("The recall of the method is 64 points."), [work])
    assert moved[0][1] == Message.of("check.number_displaced", number="64", other="81")
    assert missing_numbers(read_numbered("The recall of the method is 81 points."), [work]) == []


@given(st.integers(0, 10**12))
def test_grouped_digits_are_the_same_number(value: int) -> None:
    assert read_quantities(f"about {value:,} units")[0].value == value


@given(st.text(max_size=200))
def test_places_lie_in_the_text(text: str) -> None:
    folded = fold(text)
    for one in read_quantities(folded):
        assert 0 <= one.start < one.end <= len(folded)
        assert math.isfinite(one.value)
