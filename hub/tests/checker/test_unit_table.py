"""Units and magnitudes: each spelling of one unit alone, and every one read from a sentence."""

from __future__ import annotations

import unicodedata
from collections import Counter

import pytest

from academichub.checker import unit_table
from academichub.checker.quantities import read_quantities
from academichub.checker.unit_table import MAGNITUDES, UNITS
from academichub.checker.word_weights import fold


def test_no_spelling_belongs_to_two_units() -> None:
    spellings = Counter(
        spelling for line in unit_table._SPELLINGS.values() for spelling in line.split()
    )
    assert {spelling: count for spelling, count in spellings.items() if count > 1} == {}


def test_a_normal_form_that_is_itself_a_spelling_stands_for_itself() -> None:
    normal_forms = set(UNITS.values()) & UNITS.keys()
    # `3 d` is a dimension; days are written out.
    assert {unit: UNITS[unit] for unit in normal_forms if UNITS[unit] != unit} == {"d": "D"}


def test_both_signs_of_micro_are_the_same_unit() -> None:
    micro_sign, mu = "\u00b5", "\u03bc"
    assert unicodedata.normalize("NFKC", micro_sign) == mu
    for spelling in UNITS:
        if micro_sign in spelling:
            assert UNITS[spelling] == UNITS[spelling.replace(micro_sign, mu)]


@pytest.mark.parametrize(
    ("small", "large"),
    [
        ("mW", "MW"),
        ("meV", "MeV"),
        ("mK", "K"),
        ("nm", "nM"),
        ("mm", "mM"),
        ("m", "M"),
        ("mg", "Mg"),
    ],
)
def test_units_that_differ_by_case_alone_are_apart(small: str, large: str) -> None:
    assert UNITS.get(small, "none") != UNITS.get(large)


@pytest.mark.parametrize(
    ("a", "b"), [("metres", "meters"), ("毫秒", "ms"), ("百万", "million"), ("percent", "%")]
)
def test_spellings_of_the_same(a: str, b: str) -> None:
    assert (UNITS.get(a), MAGNITUDES.get(a)) == (UNITS.get(b), MAGNITUDES.get(b))
    assert a in UNITS or a in MAGNITUDES


def test_every_magnitude_is_a_power_of_ten_above_one() -> None:
    for factor in MAGNITUDES.values():
        assert factor == 10 ** round(len(str(int(factor))) - 1) > 1


@pytest.mark.parametrize("spelling", sorted(UNITS.keys() - {"月"}))
def test_every_spelling_is_read_after_a_number(spelling: str) -> None:
    (quantity,) = read_quantities(fold(f"7.5 {spelling}"))
    assert (quantity.value, quantity.unit) == (7.5, UNITS[spelling])


def test_a_month_without_a_measure_word_is_a_unit_in_letters_alone() -> None:
    """`7月` is July; `两月` are two months."""
    (july,) = read_quantities(fold("7月"))
    (two_months,) = read_quantities(fold("两月"))
    assert (july.unit, two_months.value, two_months.unit) == ("", 2.0, "month")
