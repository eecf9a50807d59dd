"""Bigram drafts: the most frequent successor of the last token.

Shape suffixes: T time, A accepted tokens, D width, N tokens of a text, P different pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

import torch
from torch import Tensor

from nextlat.decoding.drafters.protocol import NamedDrafter
from nextlat.decoding.token_choice import Draft, Pick
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk


class BigramDrafter(NamedDrafter):
    """The most frequent successor in the row if there is one, else in the text it was fitted on."""

    name: ClassVar[str] = "bigram"

    def __init__(self) -> None:
        self._fitted: dict[int, tuple[int, float]] = {}
        self._row_successors: dict[int, Counter[int]] = {}
        self._last_token: int | None = None

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make the drafter; it needs nothing of the model, and reads the row only until fitted."""
        return cls()

    def fit(self, token_ids_N: Tensor) -> Self:
        """Count the successors in a text, in place of an earlier one; equals go to the lower id."""
        pairs_P2, counts_P = torch.stack([token_ids_N[:-1], token_ids_N[1:]], dim=1).unique(
            dim=0, return_counts=True
        )
        counts: dict[int, Counter[int]] = {}
        for (token, successor), count in zip(pairs_P2.tolist(), counts_P.tolist(), strict=True):
            counts.setdefault(token, Counter())[successor] = count
        self._fitted = {token: _most_common(successors) for token, successors in counts.items()}
        return self

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Count the prompt."""
        self._row_successors, self._last_token = {}, None
        self.observe(prompt_ids, h_TD)

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Count more tokens."""
        for token in token_ids:
            if self._last_token is not None:
                self._row_successors.setdefault(self._last_token, Counter())[token] += 1
            self._last_token = token

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield successors of successors; ends at a token that had none."""
        while True:
            if token in self._row_successors:
                token, share = _most_common(self._row_successors[token])
            elif token in self._fitted:
                token, share = self._fitted[token]
            else:
                return
            yield Draft(token, share)


def _most_common(successors: Counter[int]) -> tuple[int, float]:
    """Return the most frequent successor and its share."""
    token, count = successors.most_common(1)[0]
    return token, count / successors.total()
