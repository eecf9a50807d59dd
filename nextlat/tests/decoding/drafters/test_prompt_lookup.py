"""Prompt lookup copies what followed the longest, latest match."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tiny_drafts import no_pick, proposed

from nextlat.decoding.drafters.prompt_lookup import PromptLookupDrafter
from nextlat.errors import UsageError


@pytest.mark.parametrize(
    ("prompt", "token", "expected"),
    [
        ([1, 2, 3, 4, 1, 2], 3, [4, 1, 2, 3]),  # three match; runs into its own continuation
        ([5, 1, 2, 7, 1, 2, 8, 5, 1], 2, [7, 1, 2, 8]),  # [5, 1, 2] outranks the later [1, 2]
        ([1, 2, 7, 1, 2, 8, 9, 1], 2, [8, 9, 1, 2]),  # equal length: the latest
        ([4, 6, 5], 4, [6, 5, 4, 6]),
        ([3], 3, [3, 3, 3, 3]),
        ([1, 2, 3], 4, []),
    ],
)
def test_lookup_copies_after_the_longest_latest_match(
    prompt: list[int], token: int, expected: list[int]
) -> None:
    assert proposed(PromptLookupDrafter(), prompt, token) == expected


def test_lookup_sees_what_was_accepted_and_forgets_other_rows() -> None:
    drafter = PromptLookupDrafter()
    drafter.begin([1, 2], torch.zeros(2, 1))
    drafter.observe([3, 1], torch.zeros(2, 1))
    assert [draft.token for draft in islice(drafter.drafts(2, no_pick), 2)] == [3, 1]
    assert proposed(drafter, [7, 8], 1) == []


def test_lookup_is_surer_of_longer_matches() -> None:
    drafter = PromptLookupDrafter(max_ngram=2)
    drafter.begin([1, 2, 3, 9, 2], torch.zeros(5, 1))
    copies = islice(drafter.drafts(3, no_pick), 3)
    assert [draft.confidence for draft in copies] == pytest.approx([2 / 3, 3 / 4, 4 / 5])
    assert next(drafter.drafts(9, no_pick)).confidence == pytest.approx(1 / 2)
    with pytest.raises(UsageError, match="max_ngram 0"):
        PromptLookupDrafter(max_ngram=0)


def naive_copy(ids: list[int], max_ngram: int, most: int) -> list[int]:
    """Search the text from its end for each length of match, and copy from there."""
    for n in range(min(max_ngram, len(ids)), 0, -1):
        for end in range(len(ids) - 1, n - 1, -1):
            if ids[end - n : end] == ids[-n:]:
                copied = list(ids)
                for offset in range(most):
                    copied.append(copied[end + offset])
                return copied[len(ids) :]
    return []


@given(
    ids=st.lists(st.integers(0, 3), min_size=1, max_size=30),
    token=st.integers(0, 3),
    max_ngram=st.integers(1, 4),
    split=st.integers(0, 30),
)
def test_it_copies_as_a_search_from_the_end_does(
    ids: list[int], token: int, max_ngram: int, split: int
) -> None:
    drafter = PromptLookupDrafter(max_ngram)
    prompt, later = ids[: split + 1], ids[split + 1 :]
    drafter.begin(prompt, torch.zeros(len(prompt), 1))
    drafter.observe(later, torch.zeros(len(later), 1))
    drafts = [draft.token for draft in islice(drafter.drafts(token, no_pick), 5)]
    assert drafts == naive_copy([*ids, token], max_ngram, 5)
