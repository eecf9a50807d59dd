"""Hashes equal on every machine and in every process: held-out rows, random bits by index.

Every function is plain 64-bit integer arithmetic on arrays, so that neither Python's hash seed nor
a library's version can move a problem from one side of a split to the other. Shape suffixes: N
rows, C columns.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

HELD_OUT_SHARE = 1 / 8
"""Share of all problems of a task that `is_held_out` keeps from training."""

_STEP = np.uint64(0x9E3779B97F4A7C15)


def mix(words: Words) -> Words:
    """Return words scrambled by the output function of SplitMix64, a bijection."""
    words = (words ^ (words >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    words = (words ^ (words >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return words ^ (words >> np.uint64(31))


def hash_rows(rows_NC: npt.NDArray[np.generic]) -> Words:
    """Return a 64-bit hash of each row of integers: of the values, their order and number."""
    hashes_N = np.full(rows_NC.shape[0], rows_NC.shape[1], dtype=np.uint64)
    for column_N in rows_NC.astype(np.uint64).T:
        hashes_N = mix(hashes_N * _STEP + column_N + _STEP)
    return hashes_N


def is_one_held_out(row: Sequence[int]) -> bool:
    """Return `is_held_out` of a single row, ten times as fast as with arrays."""
    bits = 0xFFFFFFFFFFFFFFFF
    word = len(row)
    for value in row:
        word = (word * 0x9E3779B97F4A7C15 + value + 0x9E3779B97F4A7C15) & bits
        word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & bits
        word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & bits
        word ^= word >> 31
    return word >> 61 == 0


def is_held_out(rows_NC: npt.NDArray[np.generic]) -> Booleans:
    """Return which rows are held out, for every seed: whose hash begins with three zero bits."""
    return np.asarray(hash_rows(rows_NC) >> np.uint64(61) == 0)


def random_words(index_NC: npt.NDArray[np.generic], num_words: int) -> Words:
    """Return `[N, num_words]` random words, each row a function of its index alone.

    Args:
        index_NC: what names a row, such as (seed, place, number, attempt).
        num_words: words a row.
    """
    place_C = (np.arange(1, num_words + 1, dtype=np.uint64) * _STEP)[None, :]
    return mix(mix(hash_rows(index_NC))[:, None] + place_C)
