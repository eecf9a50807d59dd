"""The cache of keys and values as its users see it, whatever kind of trunk made it."""

from __future__ import annotations

from typing import Protocol


class TextCache(Protocol):
    """What a trunk remembers of the tokens it has read.

    `Trunk.new_cache` makes it and `Trunk.extend` grows it. Each kind of trunk has its own kind of
    cache and takes no other.
    """

    def crop(self, max_length: int, /) -> None:
        """Forget the last n tokens, where `max_length` is -n."""
        ...
