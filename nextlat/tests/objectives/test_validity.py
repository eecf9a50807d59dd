"""Masks of padding, documents and prompts, against position-by-position definitions."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nextlat.batch import IGNORED, Batch
from nextlat.errors import SequenceError
from nextlat.objectives.validity import check_horizon, links, predicted, steps, targets


def row(
    documents: list[int] | None = None,
    mask: list[int] | None = None,
    labels: list[int] | None = None,
) -> Batch:
    """A batch of one row, its ids counting from 10."""
    length = len(documents or mask or labels or [])

    def tensor(values: list[int] | None) -> Tensor | None:
        return None if values is None else torch.tensor([values])

    return Batch(
        torch.arange(10, 10 + length)[None], tensor(labels), tensor(documents), tensor(mask)
    )


def test_links_join_real_neighbours_of_one_document() -> None:
    assert links(row(documents=[0, 0, 1, 1])).tolist() == [[True, False, True]]
    assert links(row(mask=[0, 1, 1, 0])).tolist() == [[False, True, False]]
    assert links(row(labels=[-100, -100, 5])).tolist() == [[True, True]]  # labels mask targets only


def test_targets_are_the_following_labels_that_are_not_masked() -> None:
    ids, mask = targets(row(labels=[7, -100, 8, 9], mask=[1, 1, 1, 0]))
    assert ids.tolist() == [[-100, 8, 9]]
    assert mask.tolist() == [[False, True, False]]
    ids, mask = targets(row(documents=[0, 0, 1]))  # without labels the ids themselves
    assert ids.tolist() == [[11, 12]]
    assert mask.tolist() == [[True, False]]


def test_steps_of_the_documented_example() -> None:
    linked = torch.tensor([[True, True, False, True]])
    first, second = steps(linked, 2)
    assert first.tolist() == [[True, True, False, True]]
    assert second.tolist() == [[True, False, False]]


ROWS = st.integers(2, 9).flatmap(
    lambda length: st.tuples(
        st.lists(st.integers(0, 2), min_size=length, max_size=length),
        st.lists(st.integers(0, 1), min_size=length, max_size=length),
        st.lists(st.sampled_from([3, IGNORED]), min_size=length, max_size=length),
    )
)


@given(values=ROWS, horizon=st.integers(1, 8))
def test_a_step_is_valid_where_every_position_up_to_it_is_real_and_of_one_document(
    values: tuple[list[int], list[int], list[int]], horizon: int
) -> None:
    documents, mask, labels = values
    batch = row(documents, mask, labels)
    length = len(documents)
    horizon = min(horizon, length - 1)
    target_mask = targets(batch)[1]

    def is_valid(start: int, end: int) -> bool:
        # Runs of documents, not ids: a document that returns later is another stretch of text.
        return all(mask[start : end + 1]) and len(set(documents[start : end + 1])) == 1

    for i, valid in enumerate(steps(links(batch), horizon), start=1):
        assert valid[0].tolist() == [is_valid(t, t + i) for t in range(length - i)]
        # The token that p(.|h_{t+i}) predicts is that at t+i+1.
        assert predicted(valid, target_mask, i)[0].tolist() == [
            is_valid(t, t + i) and is_valid(t + i, t + i + 1) and labels[t + i + 1] != IGNORED
            for t in range(length - i - 1)
        ]


def test_a_rollout_needs_one_more_token_than_its_horizon() -> None:
    batch = row(mask=[1, 1, 1])
    check_horizon(batch, 2)
    with pytest.raises(SequenceError, match=r"3 tokens is too short for horizon 3"):
        check_horizon(batch, 3)
