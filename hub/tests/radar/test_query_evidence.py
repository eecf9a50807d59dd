"""How strongly a text says what a query asks for: worked values and the laws of the measure."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from academichub.index.positions import Places, places_of
from academichub.radar.query_evidence import (
    ABSTRACT,
    BACKWARDS,
    MAX_GAP,
    MAX_PLACES,
    NEARNESS_EXPONENT,
    SINGLE,
    TITLE,
    evidence,
)
from academichub.radar.wordings import Wording, wordings_of

NOTHING = Places()
FILLERS = st.lists(st.sampled_from(["ocean", "tide", "reef", "current"]), max_size=14)


def equal(token: str) -> float:
    return 1.0


def strength(query: str, title: str = "", abstract: str = "") -> float:
    wordings = wordings_of(query, {})[:1]  # as it is written
    return evidence(places_of(title), places_of(abstract), wordings, equal)


def test_one_place_by_hand() -> None:
    assert strength("world model", "A world model") == pytest.approx(TITLE)
    assert strength("world model", "", "A world model of tides") == pytest.approx(ABSTRACT)
    # One word between two: two of three places.
    near = (2 / 3) ** NEARNESS_EXPONENT
    assert strength("world model", "world tide model") == pytest.approx(TITLE * near)
    assert strength("world model", "model world") == pytest.approx(TITLE * BACKWARDS)
    assert strength("world model", "the world") == pytest.approx(TITLE * SINGLE / 4)
    assert strength("world", "the world") == pytest.approx(TITLE)
    assert strength("world model", "an ocean", "of tides") == 0


def test_two_of_three_slots_count_by_the_square_of_their_weight() -> None:
    assert strength("graph world model", "a world model") == pytest.approx(TITLE * (2 / 3) ** 2)
    rare = {"graph": 4.0, "world": 1.0, "model": 1.0}.__getitem__
    wordings = wordings_of("graph world model", {})[:1]
    assert evidence(places_of("a world model"), NOTHING, wordings, rare) == pytest.approx(
        TITLE * (2 / 6) ** 2
    )


def test_places_are_independent_evidence() -> None:
    both = strength("world model", "World models", "A world model.")
    assert both == pytest.approx(1 - (1 - TITLE) * (1 - ABSTRACT))
    twice = strength("world model", "", "A world model. The world model.")
    assert twice == pytest.approx(1 - (1 - ABSTRACT) ** 2)


def test_only_so_many_places_of_a_field_count() -> None:
    title = strength("world model", "World model. " * 9)
    assert title == pytest.approx(1 - (1 - TITLE) ** MAX_PLACES[TITLE])
    abstract = strength("world model", "", "World model. " * 9)
    assert abstract == pytest.approx(1 - (1 - ABSTRACT) ** MAX_PLACES[ABSTRACT])


def test_words_of_two_sentences_or_far_from_each_other_are_two_single_words() -> None:
    single = TITLE * SINGLE / 4
    scattered = 1 - (1 - single) ** 2
    far = f"world {'tide ' * (MAX_GAP + 2)} model"
    assert strength("world model", far) == pytest.approx(scattered)
    # Two sentences leave the words a gap, so that they are never near.
    assert strength("world model", "The world. A model") < TITLE / 2


def test_the_second_part_of_a_compound_is_no_match() -> None:
    assert strength("world model", "real-world model") == strength("world model", "a model")
    assert strength("real-world model", "a real-world model") == pytest.approx(TITLE)
    assert strength("agent systems", "multi-agent systems") == pytest.approx(TITLE)


def test_a_slot_is_filled_by_any_of_its_phrases_and_the_longest_counts() -> None:
    slot = (("larg", "languag", "model"), ("llm",))
    wording = Wording((slot, (("serv",),)))
    full = [
        evidence(places_of(title), NOTHING, [wording], equal)
        for title in ("LLM serving", "Large language model serving")
    ]
    assert full == pytest.approx([TITLE, TITLE])


def test_the_best_wording_counts() -> None:
    wordings = [Wording(((("ocean",),),)), Wording(((("tide",),),))]
    only = [evidence(places_of("a tide"), NOTHING, [wording], equal) for wording in wordings]
    assert evidence(places_of("a tide"), NOTHING, wordings, equal) == max(only) == TITLE
    assert evidence(places_of("a tide"), NOTHING, [], equal) == 0


@given(FILLERS, FILLERS, FILLERS)
def test_a_phrase_is_worth_more_than_near_words_and_these_more_than_scattered_ones(
    before: list[str], between: list[str], after: list[str]
) -> None:
    assume(between)
    phrase = " ".join([*before, "world model", *between, *after])
    parted = " ".join([*before, "world", *between, "model", *after])
    one_only = " ".join([*before, "world", *between, *after])
    for field in ("title", "abstract"):
        in_row = strength("world model", **{field: phrase})
        apart = strength("world model", **{field: parted})
        single = strength("world model", **{field: one_only})
        assert in_row > apart > single > 0


@given(st.integers(1, MAX_GAP - 1))
def test_nearer_words_are_worth_more(gap: int) -> None:
    texts = [f"world {'tide ' * words}model" for words in (gap - 1, gap)]
    nearer, farther = (strength("world model", text) for text in texts)
    assert nearer > farther


@given(FILLERS, st.sampled_from(["world model", "world tide model", "model", "model world"]))
def test_the_title_is_worth_more_than_the_abstract(before: list[str], words: str) -> None:
    text = " ".join([*before, words])
    assert strength("world model", text) > strength("world model", "", text)


@given(st.text(st.sampled_from("wordlmetid -.")), st.text(st.sampled_from("wordlmetid -.")))
def test_a_strength_is_a_number_from_zero_to_one(title: str, query: str) -> None:
    text = f"{title} world model {title} model world"
    for words in (query, f"{query} world", "world model"):
        assert 0 <= strength(words, text, title) <= 1


SENTENCES = st.lists(
    st.sampled_from(
        ["A world model.", "Model of the world.", "The world.", "A tide model here.", "Ocean."]
    ),
    max_size=6,
)


@given(SENTENCES, SENTENCES, st.booleans())
def test_another_sentence_never_makes_it_less(
    sentences: list[str], more: list[str], in_title: bool
) -> None:
    field = "title" if in_title else "abstract"
    less = strength("world model", **{field: " ".join(sentences)})
    all_of_them = strength("world model", **{field: " ".join([*sentences, *more])})
    assert all_of_them >= less - 1e-12


@given(st.permutations(["alpha", "beta", "gamma"]))
def test_the_order_of_the_query_is_the_best_order(words: list[str]) -> None:
    in_order = strength("alpha beta gamma", "alpha beta gamma")
    assert in_order == pytest.approx(TITLE)
    other = strength("alpha beta gamma", " ".join(words))
    assert (other < in_order) == (words != ["alpha", "beta", "gamma"])
