"""The glossary of Chinese and English terms: laws of its table, and terms found in a run."""

from importlib.resources import files

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from academichub.facts.terms import (
    MAX_TERM_CHARACTERS,
    chinese_parts,
    english_of_terms,
    words_of_taiwan,
)
from academichub.index.tokens import is_cjk
from academichub.text.simplified import simplified

LINES = files("academichub.facts").joinpath("terms_zh_en.tsv").read_text("utf-8").splitlines()
ROWS = [line.split("\t") for line in LINES if not line.startswith("#")]


def test_every_row_has_two_columns_without_blanks_at_the_ends() -> None:
    assert [row for row in ROWS if len(row) != 2 or not all(row)] == []
    cells = [cell for row in ROWS for cell in (row[0], *row[1].split("|"))]
    assert [cell for cell in cells if not cell or cell != cell.strip() or "  " in cell] == []


def test_the_terms_are_sorted_and_unique() -> None:
    terms = [row[0] for row in ROWS]
    assert terms == sorted(set(terms))


def test_the_terms_are_simplified_chinese_short_enough_to_be_looked_up() -> None:
    terms = [row[0] for row in ROWS]
    assert [term for term in terms if simplified(term) != term] == []
    assert [term for term in terms if not any(map(is_cjk, term))] == []
    assert [term for term in terms if len(term) > MAX_TERM_CHARACTERS] == []


def test_the_english_forms_are_different_and_not_chinese() -> None:
    for chinese, english in ROWS:
        forms = english.split("|")
        assert len(set(forms)) == len(forms), chinese
        assert not any(is_cjk(character) for character in english), chinese


def test_the_mapping_is_the_table() -> None:
    assert english_of_terms() == {chinese: tuple(forms.split("|")) for chinese, forms in ROWS}
    assert english_of_terms()["世界模型"][0] == "world model"


def test_the_longest_term_is_taken() -> None:
    parts = [term for term, _ in chinese_parts("一致性模型")]
    assert {"一致性", "一致性模型"} <= english_of_terms().keys()
    assert parts == ["一致性模型"]


@pytest.mark.parametrize(
    ("run", "terms"),
    [
        ("检索增强生成", ["检索增强生成"]),
        ("檢索增強生成", ["检索增强生成"]),
        ("世界模型与强化学习", ["世界模型", "与", "强化学习"]),
        ("神經網路", ["神经网络"]),
        ("類神經網路與演算法", ["神经网络", "与", "算法"]),
        ("貝氏最佳化", ["贝叶斯优化"]),
        ("軟體機器人", ["软体机器人"]),  # a term of its own, not software
    ],
)
def test_parts_by_hand(run: str, terms: list[str]) -> None:
    assert [term for term, _ in chinese_parts(run)] == terms


def test_what_the_glossary_lacks_comes_alone_without_english() -> None:
    assert list(chinese_parts("龘")) == [("龘", ())]
    assert list(chinese_parts("")) == []


@given(st.lists(st.sampled_from([row[0] for row in ROWS] + list("的与龘麤")), max_size=5))
def test_the_parts_are_the_run_and_what_has_english_is_a_term(parts: list[str]) -> None:
    run = "".join(parts)
    assume(not any(word in run for word in words_of_taiwan()))
    terms = list(chinese_parts(run))
    assert "".join(term for term, _ in terms) == run
    glossary = english_of_terms()
    assert all(
        english == glossary[term] if term in glossary else (len(term) == 1 and not english)
        for term, english in terms
    )


def test_every_term_is_read_as_itself_whatever_taiwan_calls_its_parts() -> None:
    changed = [
        term
        for term, english in english_of_terms().items()
        if list(chinese_parts(term)) != [(term, english)]
    ]
    assert changed == []


def test_the_words_of_taiwan_are_sorted_and_stand_for_words_of_terms() -> None:
    words = words_of_taiwan()
    assert list(words) == sorted(words)
    assert [text for pair in words.items() for text in pair if simplified(text) != text] == []
    assert [word for word in words.values() if not any(word in term for term, _ in ROWS)] == []


@pytest.mark.parametrize(("taiwanese", "word"), words_of_taiwan().items())
def test_a_term_in_the_words_of_taiwan_is_the_term(taiwanese: str, word: str) -> None:
    glossary = english_of_terms()
    forms = {term.replace(word, taiwanese): term for term in glossary if word in term}
    wrong = {
        form: term
        for form, term in forms.items()
        if form not in glossary
        and len(form) <= MAX_TERM_CHARACTERS
        and list(chinese_parts(form)) != [(term, glossary[term])]
    }
    assert wrong == {}
