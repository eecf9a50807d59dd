"""Keys and values of one text, with capacity reserved ahead; forgetting the last ones is free."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

import torch
from torch import Tensor

from nextlat.decoding.lean.kernel import CCache, addresses

FIRST_CAPACITY = 256
"""Positions of a new cache; it doubles when they are full."""

Rotations = Callable[[int], tuple[Tensor, Tensor]]
"""Number of positions -> cosines and sines, `[positions, head_dim / 2]` each."""


class LeanCache:
    """The cache of a single text.

    Args:
        num_layers: number of decoder layers.
        kv_heads: number of heads of keys and values.
        head_dim: width of a head.
        rotations: returns the tables of the rotary embedding.
    """

    def __init__(self, num_layers: int, kv_heads: int, head_dim: int, rotations: Rotations) -> None:
        self.length = 0
        self._shape = (num_layers, kv_heads, head_dim)
        self._rotations = rotations
        self._capacity = 0
        # Keys and values, `[2, layers, kv_heads, capacity, head_dim]`: positions of a head are
        # contiguous, as attention reads them.
        self._states = torch.empty(0)
        self._rotary_tables: tuple[Tensor, Tensor] = (self._states, self._states)
        self._pointers: tuple[Any, Any] = (None, None)

    def get_seq_length(self) -> int:
        """Return the number of tokens in the cache, as a cache of transformers does."""
        return self.length

    def crop(self, num_tokens: int) -> None:
        """Keep the first tokens, or forget the last -num_tokens, as transformers' caches do."""
        # What lies behind the length stays in memory: the next pass writes over it, and attention
        # reads no further than the length.
        self.length = (
            min(self.length, num_tokens) if num_tokens >= 0 else max(0, self.length + num_tokens)
        )

    def view(self, num_tokens: int) -> CCache:
        """Return the structure for a pass over more tokens, growing where they do not fit.

        The next `view` or `crop` makes it invalid.
        """
        if self.length + num_tokens > self._capacity:
            # Doubled, so that a token costs a constant number of copies however long the text is.
            self._grow(max(FIRST_CAPACITY, 2 * self._capacity, self.length + num_tokens))
        keys, values = self._pointers
        cosines, sines = self._rotary_tables
        return CCache(
            keys,
            values,
            cosines.data_ptr(),
            sines.data_ptr(),
            self._capacity,
            self.length,
            0,
            num_tokens,
        )

    def _grow(self, capacity: int) -> None:
        """Move keys and values into memory for more positions."""
        num_layers, kv_heads, head_dim = self._shape
        # Not zeroed: positions are written before they are read.
        states = torch.empty(2, num_layers, kv_heads, capacity, head_dim)
        if self.length:
            states[:, :, :, : self.length] = self._states[:, :, :, : self.length]
        self._states, self._capacity = states, capacity
        # Addresses and tables belong to this memory and this capacity; both are made with it.
        self._pointers = addresses(states[0].unbind()), addresses(states[1].unbind())
        self._rotary_tables = self._rotations(capacity)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        """Return a cache with the same contents that shares no memory with this one."""
        other = type(self)(*self._shape, self._rotations)
        other.length = self.length
        if self.length:
            # Lent for a moment: growing copies what is there into memory of its own.
            other._states = self._states
            other._grow(self._capacity)
        return other
