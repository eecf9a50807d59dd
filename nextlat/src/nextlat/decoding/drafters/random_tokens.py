"""Random drafts: the adversary of the exactness tests, and a floor for measurements.

Shape suffixes: T time, A accepted tokens, D width.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import ClassVar, Self

from torch import Tensor

from nextlat.decoding.drafters.protocol import NamedDrafter
from nextlat.decoding.token_choice import Draft, Pick
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk


class RandomDrafter(NamedDrafter):
    """Tokens drawn uniformly from the vocabulary.

    Args:
        vocab_size: ids drawn from.
        seed: of the draws.
    """

    name: ClassVar[str] = "random"

    def __init__(self, vocab_size: int, seed: int = 0) -> None:
        self.vocab_size = vocab_size
        self._random = random.Random(seed)  # noqa: S311  no secret depends on it

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Make the drafter for a trunk's vocabulary."""
        return cls(trunk.vocab_size)

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Do nothing: the draws do not depend on the row."""

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Do nothing: the draws do not depend on the row."""

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield random ids, without end."""
        while True:
            yield Draft(self._random.randrange(self.vocab_size), 1 / self.vocab_size)
