"""Bigram drafts: the most frequent successor, of the row before the fitted text."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from tiny_drafts import no_pick, proposed

from nextlat.decoding.drafters.bigram import BigramDrafter


def test_bigram_takes_the_rows_own_successor_then_the_fitted_one() -> None:
    drafter = BigramDrafter().fit(torch.tensor([1, 2, 1, 2, 1, 3, 3, 4, 1]))
    assert proposed(drafter, [9], 1, 3) == [2, 1, 2]
    assert proposed(drafter, [1, 3, 0], 1, 3) == [
        3,
        0,
    ]  # the row says 1 -> 3, 3 -> 0; nothing follows 0
    drafter.begin([9], torch.zeros(1, 1))
    assert next(drafter.drafts(1, no_pick)).confidence == pytest.approx(2 / 3)
    drafter.observe([1, 4, 1], torch.zeros(3, 1))
    assert [draft.token for draft in islice(drafter.drafts(1, no_pick), 2)] == [4, 1]


def test_equally_frequent_successors_go_to_the_lower_id_when_fitted() -> None:
    drafter = BigramDrafter().fit(torch.tensor([1, 7, 1, 4, 1]))
    assert proposed(drafter, [9], 1, 1) == [4]
    drafter.fit(torch.tensor([1, 7]))
    assert proposed(drafter, [9], 1, 1) == [7]  # a later fit replaces the earlier one


def test_a_new_row_forgets_the_one_before() -> None:
    drafter = BigramDrafter()
    assert proposed(drafter, [1, 2, 5], 1, 1) == [2]
    assert proposed(drafter, [3, 4], 1, 1) == []
