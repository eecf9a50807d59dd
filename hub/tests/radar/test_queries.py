"""How strongly works answer standing queries: worked values, the laws of AND, OR and conditions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.radar.queries import (
    GOOD_MATCH,
    OTHER_QUERIES,
    joined_strength,
    query_strengths,
    rarity_in,
    read_query,
)
from academichub.radar.query_conditions import WorkTokens
from academichub.radar.query_evidence import ABSTRACT, SINGLE, TITLE
from academichub.radar.wordings import Phrase
from academichub.works.author import Author

from .conftest import make_work


def equal(token: str) -> float:
    return 1.0


def tokens_of(title: str = "", abstract: str = "", **more: object) -> WorkTokens:
    return WorkTokens(make_work(1, title, abstract, **more))


def strength(query: str, work: WorkTokens, long_forms: Mapping[str, Phrase] | None = None) -> float:
    return read_query(query).strength(long_forms)(work, equal)


WORK = tokens_of(
    "A world model of tides",
    "Spiking neural networks predict currents in the real world.",
    authors=(Author("Grace Hopper"),),
    venue="Annals of Invented Tides",
    categories=("cs.LG", "physics.ao-ph"),
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("world model", TITLE),
        ('"world model"', TITLE),
        ("spiking neural network", ABSTRACT),
        ("tide", TITLE),
        ("ocean", 0),
        # Fields: the word is looked for there alone.
        ("ti:tides", TITLE),
        ("abs:tides", 0),
        ("abs:currents", ABSTRACT),
        ("ti:(world model)", TITLE),
        ("abs:world ti:tides", 0),  # the abstract has `world` in a compound only
        # A beginning occurs or not.
        ("tid*", GOOD_MATCH),
        ("oce*", 0),
        # Conditions are met or not; alone they are all that is asked for.
        ("cat:cs.LG", 1),
        ("cat:physics", 1),
        ("cat:math", 0),
        ("au:hopper", 1),
        ("venue:invented", 1),
        ("year:2020", 0),
        ("world model cat:cs.LG", TITLE),
        ("world model cat:math", 0),
        ("world model -ocean", TITLE),
        ("world model -spiking", 0),
        ("world model au:lovelace", 0),
        # OR is the best of its parts, AND of phrases their geometric mean.
        ("ocean OR tide", TITLE),
        ('"neural networks" OR tide', TITLE),
        ("ocean OR currents", ABSTRACT),
        ('"world model" "neural networks"', math.sqrt(TITLE * ABSTRACT)),
        ('"world model" ocean', 0),
        ('"world model" (ocean OR currents)', math.sqrt(TITLE * ABSTRACT)),
        # Words of a title alone are a row; of two words that are looked for one is there.
        ("ocean tides", TITLE * SINGLE / 4),
        ("", 0),
        ("of the", GOOD_MATCH / 2),
        ("into", 0),
    ],
)
def test_strengths_by_hand(query: str, expected: float) -> None:
    assert strength(query, WORK) == pytest.approx(expected)


def test_an_unreadable_query_matches_nothing() -> None:
    query = read_query("year:soon")
    assert (query.text, query.tree, query.topic) == ("year:soon", None, "")
    assert strength("year:soon", WORK) == 0


def test_either_language_and_either_form_of_an_acronym_are_the_query() -> None:
    long_forms = {"snn": ("spike", "neural", "network")}
    english = tokens_of("Spiking neural networks on chips")
    short = tokens_of("SNNs on chips")
    chinese = tokens_of("片上脉冲神经网络")
    for work in (english, short, chinese):
        for query in ("spiking neural network", "脉冲神经网络", "脈衝神經網絡", "脈衝神經網路"):
            assert strength(query, work, long_forms) == pytest.approx(TITLE), (query, work.work)
    for work in (english, short):
        assert strength("SNN", work, long_forms) == pytest.approx(TITLE)
    assert strength("SNN", english) == 0, "what the acronym stands for is not known"


def test_a_phrase_in_quotes_is_neither_translated_nor_parted() -> None:
    assert strength('"world model"', tokens_of("世界模型")) == 0
    assert strength('"world model"', tokens_of("A model of the world")) < GOOD_MATCH


@pytest.mark.parametrize(
    ("query", "topic"),
    [
        ("world model", "world model"),
        ('"world model" OR ti:brain', "world model brain"),
        ("brain -music au:hopper venue:nature cat:cs.LG year:2026", "brain"),
        ("au:hopper", ""),
        ("脑 OR abs:spik*", "脑 spik"),
    ],
)
def test_the_topic_is_the_words_looked_for_in_texts(query: str, topic: str) -> None:
    assert read_query(query).topic == topic


WORDS = st.sampled_from(
    ["world", "model", "tide", "brain", "ocean", '"world model"', "ti:tide", "脑", "tid*"]
)
TEXTS = st.lists(
    st.sampled_from(["world", "model", "tide", "brain", "ocean.", "reef", "real-world", "大脑"]),
    max_size=9,
).map(" ".join)


@given(st.lists(WORDS, min_size=1, max_size=4), TEXTS, TEXTS)
def test_a_strength_is_a_number_from_zero_to_one(words: list[str], title: str, text: str) -> None:
    work = tokens_of(title, text)
    for query in (" ".join(words), " OR ".join(words)):
        assert 0 <= strength(query, work) <= 1


@given(st.lists(WORDS, min_size=2, max_size=4), TEXTS, TEXTS)
def test_or_is_the_best_of_its_parts_in_any_order(words: list[str], title: str, text: str) -> None:
    work = tokens_of(title, text)
    best = max(strength(word, work) for word in words)
    assert strength(" OR ".join(words), work) == pytest.approx(best)
    assert strength(" OR ".join(words[::-1]), work) == pytest.approx(best)


@given(WORDS, TEXTS, TEXTS, st.sampled_from(["cat:cs.LG", "cat:math", "-ocean", "au:lovelace"]))
def test_a_condition_leaves_the_strength_or_takes_all_of_it(
    words: str, title: str, text: str, condition: str
) -> None:
    work = tokens_of(title, text)
    is_met = strength(condition, work) == 1
    expected = strength(words, work) if is_met else 0
    assert strength(f"{words} {condition}", work) == pytest.approx(expected)


def test_rarity_by_hand() -> None:
    works = [tokens_of("world model", "world"), tokens_of("", "model"), tokens_of("tide model")]
    rarity = rarity_in(works)
    assert rarity("model") == pytest.approx(math.log(4 / 3.5))
    assert rarity("world") == pytest.approx(math.log(4 / 1.5))
    assert rarity("ocean") == pytest.approx(math.log(4 / 0.5))
    assert rarity_in([])("model") == pytest.approx(math.log(2))


def test_the_table_has_a_row_for_each_work_and_a_column_for_each_query() -> None:
    works = [tokens_of("A world model"), tokens_of("Of brains"), tokens_of("")]
    queries = [read_query("world model"), read_query("brain")]
    assert query_strengths(queries, works, {}) == pytest.approx(
        np.array([[TITLE, 0], [0, TITLE], [0, 0]])
    )
    assert query_strengths([], works, {}).shape == (3, 0)
    assert query_strengths(queries, [], {}).shape == (0, 2)


def test_a_word_that_all_works_have_counts_less_for_a_query_than_a_rare_one() -> None:
    works = [tokens_of("tide"), tokens_of("reef")] + [tokens_of(f"tide {n}") for n in range(20)]
    (tide,), (reef,), *_ = query_strengths([read_query("reef tide")], works, {})
    assert reef > tide > 0


def naive_joined(table: Sequence[Sequence[float]], weights: Sequence[float]) -> list[float]:
    """Return the joined strengths by their definition, work by work."""
    joined = []
    for row in table:
        worths = []
        for number, weight in enumerate(weights):
            answers = sum(other[number] >= GOOD_MATCH for other in table)
            share = math.log((len(table) + 1) / (answers + 1)) / math.log(len(table) + 1)
            answered = row[number] if answers else 0.0
            worths.append(answered * weight * math.sqrt(share))
        best = max(worths)
        joined.append(best + OTHER_QUERIES * (sum(worths) - best))
    return joined


def test_joined_strengths_by_hand() -> None:
    strengths = np.array([[0.8, 0.0], [0.2, 0.5], [0.0, 0.0]])
    rare = math.sqrt(math.log(2) / math.log(4))
    assert joined_strength(strengths, np.array([1.0, 2.0])) == pytest.approx(
        np.array([0.8, 1.0 + 0.3 * 0.2, 0.0]) * rare
    )


def test_a_query_without_a_good_match_lifts_nothing() -> None:
    strengths = np.array([[0.8, 0.39], [0.0, 0.3]])
    alone = joined_strength(strengths[:, :1], np.ones(1))
    assert joined_strength(strengths, np.ones(2)) == pytest.approx(alone)


TABLES = st.integers(1, 4).flatmap(
    lambda queries: st.tuples(
        st.lists(
            st.lists(st.floats(0, 1), min_size=queries, max_size=queries), min_size=1, max_size=9
        ),
        st.lists(st.floats(0.1, 5), min_size=queries, max_size=queries),
    )
)


@given(TABLES)
def test_joined_strengths_are_those_of_a_naive_sum(
    table_and_weights: tuple[list[list[float]], list[float]],
) -> None:
    table, weights = table_and_weights
    joined = joined_strength(np.array(table), np.array(weights))
    assert joined == pytest.approx(naive_joined(table, weights))


@given(TABLES, st.integers(0, 8), st.integers(0, 3))
def test_a_work_that_answers_no_query_better_is_not_worth_more(
    table_and_weights: tuple[list[list[float]], list[float]], row: int, column: int
) -> None:
    table, weights = (np.array(numbers) for numbers in table_and_weights)
    row, column = row % table.shape[0], column % table.shape[1]
    lowered = table.copy()
    # To just below a good match or to nothing: the number of answers stays.
    lowered[row, column] = GOOD_MATCH if table[row, column] >= GOOD_MATCH else 0.0
    before, after = joined_strength(table, weights), joined_strength(lowered, weights)
    assert after[row] <= before[row] + 1e-12


def test_a_query_that_every_work_answers_says_nothing() -> None:
    strengths = np.array([[0.9, 0.5], [0.9, 0.0], [0.8, 0.0]])
    joined = joined_strength(strengths, np.array([1.0, 1.0]))
    assert joined[1] == joined[2] == 0 < joined[0]


def test_no_works_or_no_queries_have_no_strength() -> None:
    assert joined_strength(np.zeros((0, 2)), np.ones(2)).shape == (0,)
    assert joined_strength(np.zeros((3, 0)), np.ones(0)).tolist() == [0.0] * 3
