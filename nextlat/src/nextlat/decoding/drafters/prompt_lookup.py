"""Prompt lookup: drafts copied from earlier in the row's own text.

Shape suffixes: T time, A accepted tokens, D width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

from torch import Tensor

from nextlat.decoding.drafters.protocol import NamedDrafter
from nextlat.decoding.token_choice import Draft, Pick
from nextlat.dynamics import LatentDynamics
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk


class PromptLookupDrafter(NamedDrafter):
    """Copies what followed the same last n tokens earlier in the row.

    The longest n is tried first, and of equally long matches the latest is taken. Where the copy
    reaches the end of the text it continues with its own drafts, so a repetition goes on.

    Args:
        max_ngram: longest n.
    """

    name: ClassVar[str] = "lookup"

    def __init__(self, max_ngram: int = 3) -> None:
        if max_ngram < 1:
            raise UsageError(f"max_ngram {max_ngram}: at least 1 token is matched; give 1 or more")
        self.max_ngram = max_ngram
        self._ids: list[int] = []
        self._position_after: dict[tuple[int, ...], int] = {}  # n-gram -> where it last ended

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make the drafter; it needs nothing of the model."""
        return cls()

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Index the prompt."""
        self._ids, self._position_after = [], {}
        self.observe(prompt_ids, h_TD)

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Index more tokens."""
        for token in token_ids:
            # Before the token is added: an n-gram counts once something follows it to be copied.
            self._index_last_ngrams()
            self._ids.append(token)

    def _index_last_ngrams(self) -> None:
        """Record the position after the n-grams that end the text so far."""
        end = len(self._ids)
        for n in range(1, min(self.max_ngram, end) + 1):
            self._position_after[tuple(self._ids[end - n :])] = end

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield the copy, without end; nothing where no n-gram recurs."""
        self._index_last_ngrams()  # `token` is certain to follow, so these n-grams have a successor
        ids = [*self._ids, token]
        for n in range(min(self.max_ngram, len(ids)), 0, -1):
            position = self._position_after.get(tuple(ids[-n:]))
            if position is not None:
                break
        else:
            return
        while True:
            # The longer the copy has matched, the longer it is likely to: a draft is only verified
            # where all before it were right, so each one lengthens the match by a token.
            yield Draft(ids[position], n / (n + 1))
            ids.append(ids[position])
            position, n = position + 1, n + 1
