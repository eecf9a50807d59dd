"""Hashes stay what they are: a changed value would move problems across every split."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nextlat.tasks.stable_hash import HELD_OUT_SHARE, hash_rows, is_held_out, mix, random_words


def test_mix_is_splitmix64() -> None:
    # The first outputs of SplitMix64 from state 0, as the Java and xoshiro reference code give
    # them.
    states = np.arange(1, 4, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    assert [int(word) for word in mix(states)] == [
        0xE220A8397B1DCDAF,
        0x6E789E6AA1B965F4,
        0x06C45D188009454F,
    ]


def test_hashes_are_pinned() -> None:
    rows = np.array([[0, 0], [1, 2], [2, 1]])
    assert [f"{int(one):016x}" for one in hash_rows(rows)] == PINNED
    assert (
        len(
            {int(one) for one in hash_rows(np.zeros((1, 3), dtype=int))}
            & {int(one) for one in hash_rows(rows)}
        )
        == 0
    )


PINNED = ["9dde9e1366e9ac98", "504691d5fcf0d9e1", "b0dc957de5638226"]


def _plain_hash(row: list[int]) -> int:
    """The same hash in Python's own integers."""
    word, mask = len(row), (1 << 64) - 1
    for value in row:
        word = (word * 0x9E3779B97F4A7C15 + value + 0x9E3779B97F4A7C15) & mask
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
            word = ((word ^ (word >> shift)) * factor) & mask
    return word


@given(st.lists(st.integers(0, 2**40), min_size=1, max_size=6))
def test_hashes_equal_plain_arithmetic(row: list[int]) -> None:
    assert int(hash_rows(np.array([row]))[0]) == _plain_hash(row)
    assert bool(is_held_out(np.array([row]))[0]) == (_plain_hash(row) < 2**61)


def test_the_share_held_out_is_as_told() -> None:
    rows = np.stack(np.meshgrid(np.arange(300), np.arange(300)), axis=-1).reshape(-1, 2)
    assert abs(is_held_out(rows).mean() - HELD_OUT_SHARE) < 4 * (HELD_OUT_SHARE / len(rows)) ** 0.5


def test_random_words_depend_on_their_own_index_only_and_are_even() -> None:
    index = np.stack([np.full(4000, 7), np.arange(4000)], axis=1)
    words = random_words(index, 16)
    assert np.array_equal(random_words(index[[3999, 5]], 16), words[[3999, 5]])
    assert len(np.unique(words)) == words.size
    bits = (words[..., None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)
    assert np.abs(bits.mean(axis=(0, 1)) - 0.5).max() < 5 * 0.5 / words.size**0.5
