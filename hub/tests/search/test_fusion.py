from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.search.fusion import K, fuse, fused_scores


def test_scores_are_the_sums_of_reciprocal_ranks() -> None:
    assert fused_scores([["a", "b"], ["b", "c", "a"]]) == pytest.approx(
        {"a": 1 / 61 + 1 / 63, "b": 1 / 62 + 1 / 61, "c": 1 / 62}
    )


def test_weights_and_constant_take_effect() -> None:
    assert fused_scores([["a"], ["b"]], weights=[2, 1], k=0) == {"a": 2.0, "b": 1.0}


def test_weights_must_be_as_many_as_rankings() -> None:
    with pytest.raises(ValueError, match="zip"):
        fused_scores([["a"]], weights=[1, 2])


def test_ties_keep_the_order_of_first_appearance() -> None:
    assert [item for item, _ in fuse([["x", "y"], ["y", "x"]])] == ["x", "y"]


@given(st.permutations(range(8)), st.integers(1, 4))
def test_agreeing_rankings_keep_their_order(order: list[int], times: int) -> None:
    fused = fuse([order] * times)
    assert [item for item, _ in fused] == order
    assert fused[0][1] == pytest.approx(times / (K + 1))


@given(st.lists(st.permutations(range(6)), min_size=1, max_size=4))
def test_order_of_rankings_does_not_matter_to_scores(rankings: list[list[int]]) -> None:
    assert fused_scores(rankings) == pytest.approx(fused_scores(rankings[::-1]))
