"""The table of names for the same thing: an equivalence, in the form in which names are compared."""

from __future__ import annotations

import pytest

from academichub.checker.alias_table import ALIASES
from academichub.checker.entity_check import compact


def test_every_name_is_in_the_form_in_which_names_are_compared() -> None:
    assert {name for name in ALIASES if compact(name) != name} == set()


def test_each_name_stands_for_itself_and_the_table_is_symmetric() -> None:
    for name, aliases in ALIASES.items():
        assert name in aliases
        assert len(aliases) > 1, f"{name} has no other name"
        assert all(name in ALIASES[alias] for alias in aliases)


def test_no_name_joins_two_groups_so_that_the_relation_is_transitive() -> None:
    for aliases in ALIASES.values():
        assert all(ALIASES[alias] == aliases for alias in aliases)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("CO2", "carbon dioxide"),
        ("COVID-19", "SARS-CoV-2"),
        ("TNF-α", "tumour necrosis factor"),
        ("HER2", "ERBB2"),
        ("III", "3"),
        ("C. elegans", "Caenorhabditis elegans"),
    ],
)
def test_golden_pairs(first: str, second: str) -> None:
    assert compact(second) in ALIASES[compact(first)]


@pytest.mark.parametrize(("a", "b"), [("CO2", "O2"), ("T1D", "T2D"), ("LDL", "HDL"), ("IR", "UV")])
def test_names_of_different_things_are_apart(a: str, b: str) -> None:
    assert compact(b) not in ALIASES[compact(a)]
