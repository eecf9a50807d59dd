from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.search.fusion import K, blend, fused_scores


def test_scores_are_the_sums_of_reciprocal_ranks() -> None:
    assert fused_scores([["a", "b"], ["b", "c", "a"]]) == pytest.approx(
        {"a": 1 / 61 + 1 / 63, "b": 1 / 62 + 1 / 61, "c": 1 / 62}
    )


def test_weights_and_constant_take_effect() -> None:
    assert fused_scores([["a"], ["b"]], weights=[2, 1], k=0) == {"a": 2.0, "b": 1.0}


def test_weights_must_be_as_many_as_rankings() -> None:
    with pytest.raises(ValueError, match="zip"):
        fused_scores([["a"]], weights=[1, 2])


def by_score(scores: dict[int, float]) -> list[int]:
    return sorted(scores, key=lambda item: -scores[item])


@given(st.permutations(range(8)), st.integers(1, 4))
def test_agreeing_rankings_keep_their_order(order: list[int], times: int) -> None:
    fused = fused_scores([order] * times)
    assert by_score(fused) == order
    assert max(fused.values()) == pytest.approx(times / (K + 1))


@given(st.lists(st.permutations(range(6)), min_size=1, max_size=4))
def test_order_of_rankings_does_not_matter_to_scores(rankings: list[list[int]]) -> None:
    assert fused_scores(rankings) == pytest.approx(fused_scores(rankings[::-1]))


def test_blended_scores_are_shares_of_the_way_from_floor_to_best() -> None:
    words, meaning = [("a", 8.0), ("b", 4.0)], [("c", 0.75), ("b", 0.5), ("a", 0.2)]
    assert blend([(words, 0.0), (meaning, 0.25)]) == [
        ("a", pytest.approx(0.5)),
        ("b", pytest.approx(0.25 + 0.25)),
        ("c", pytest.approx(0.5)),
    ]  # equals in the order they came up in; below the floor is nothing


def test_a_clear_winner_by_words_stays_before_near_ties_in_meaning() -> None:
    """What ranks cannot tell: the first by words is far ahead, the many by meaning are as good as each other."""
    words = [("wanted", 20.0), *((f"w{n}", 5.0 - n / 10) for n in range(9))]
    meaning = [*((f"w{n}", 0.5 - n / 1000) for n in range(9)), ("wanted", 0.48)]
    assert blend([(words, 0.0), (meaning, 0.25)])[0][0] == "wanted"
    ranks = fused_scores([[item for item, _ in words], [item for item, _ in meaning]])
    assert max(ranks, key=lambda item: ranks[item]) != "wanted"


def test_rankings_that_are_empty_or_at_their_floor_add_nothing() -> None:
    assert blend([([], 0.0), ([("a", 0.5)], 0.25)]) == [("a", 0.5)]
    assert blend([([("a", 3.0), ("b", 1.5)], 0.0), ([("b", 0.25), ("a", 0.25)], 0.25)]) == [
        ("a", 0.5),
        ("b", 0.25),
    ]
    assert blend([]) == blend([([], 0.0)]) == []


@given(
    st.dictionaries(st.integers(0, 9), st.floats(0, 1), min_size=1),
    st.floats(0.1, 10),
    st.floats(-5, 5),
)
def test_the_scale_of_scores_does_not_matter(
    scores: dict[int, float], factor: float, shift: float
) -> None:
    def blended(change: Callable[[float], float]) -> dict[int, float]:
        pairs = sorted(
            ((item, change(score)) for item, score in scores.items()), key=lambda pair: -pair[1]
        )
        return dict(blend([(pairs, change(-1.0))]))

    assert blended(lambda score: factor * score + shift) == pytest.approx(
        blended(lambda score: score), abs=1e-6
    )
