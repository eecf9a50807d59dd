"""Synonyms and opposites: symmetric relations over stems that never contradict each other."""

from __future__ import annotations

import pytest

from academichub.checker.synonym_table import OPPOSITES, SYNONYMS
from academichub.checker.word_weights import stem


@pytest.mark.parametrize("table", [SYNONYMS, OPPOSITES], ids=["synonyms", "opposites"])
def test_the_relation_is_symmetric(table: dict[str, frozenset[str]]) -> None:
    one_sided = {(a, b) for a, others in table.items() for b in others if a not in table[b]}
    assert one_sided == set()


def test_a_stem_is_its_own_synonym_and_not_its_own_opposite() -> None:
    assert all(word in others for word, others in SYNONYMS.items())
    assert all(word not in others for word, others in OPPOSITES.items())


def test_no_two_words_are_both_synonyms_and_opposites() -> None:
    both = {
        (a, b) for a, others in OPPOSITES.items() for b in others if b in SYNONYMS.get(a, set())
    }
    assert both == set()


def test_every_row_joins_at_least_two_stems() -> None:
    assert {word for word, others in SYNONYMS.items() if len(others) < 2} == set()


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("increases", "raised"),
        ("tumors", "cancers"),
        ("mice", "murine"),
        ("mortality", "deaths"),
        ("robots", "manipulation"),
    ],
)
def test_words_that_can_replace_each_other(a: str, b: str) -> None:
    assert stem(b) in SYNONYMS[stem(a)]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("increase", "decreases"),
        ("improved", "worsens"),
        ("activates", "inhibits"),
        ("positive", "negative"),
        ("outperforms", "worse"),
        ("faster", "slower"),
    ],
)
def test_words_of_opposite_meaning(a: str, b: str) -> None:
    assert stem(b) in OPPOSITES[stem(a)]
    assert stem(b) not in SYNONYMS.get(stem(a), frozenset())


@pytest.mark.parametrize(
    ("a", "b"), [("heart", "kidney"), ("star", "sun"), ("increase", "big"), ("cheap", "sun")]
)
def test_unrelated_words_are_neither(a: str, b: str) -> None:
    assert stem(b) not in SYNONYMS[stem(a)]
    assert stem(b) not in OPPOSITES.get(stem(a), frozenset())
