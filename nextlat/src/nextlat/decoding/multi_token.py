"""Drafts by multi-token heads: the baseline drafter of models trained with `objectives/multi_token.py`.

Shape suffixes: T time, A accepted tokens, D width; a leading 1 is the batch of one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from nextlat.decoding.draft import Drafter
from nextlat.decoding.token_choice import Draft, Pick
from nextlat.dynamics import LatentDynamics
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk


class MultiTokenDrafter(Drafter):
    """Head i reads the trunk's latents up to h_t and drafts X_{t+1+i}; it does not see the token chosen at t+1.

    Each head keeps keys and values of what it has read. It reads accepted latents only, when next asked, so nothing
    is ever rolled back.

    Args:
        trunk: gives the unembedding.
        heads: the objective's heads, one an extra token; no more drafts than heads are made.
    """

    name: ClassVar[str] = "multi_token"

    def __init__(self, trunk: Trunk, heads: nn.ModuleList) -> None:
        self.trunk, self.heads = trunk, heads
        self._unread: list[list[Tensor]] = []
        self._caches: list[Any] = []

    @classmethod
    def build(cls, trunk: Trunk, dynamics: LatentDynamics | None) -> Self:
        """Refuse: heads come from the objective, not from dynamics.

        Raises:
            UsageError: always.
        """
        raise UsageError(
            "the drafter 'multi_token' is made from heads: MultiTokenDrafter(trunk, objective.heads)"
        )

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Start every head anew with the prompt's latents unread."""
        self._unread = [[h_TD] for _ in self.heads]
        self._caches = [DynamicCache() for _ in self.heads]

    def accept(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Note latents to read."""
        for unread in self._unread:
            unread.append(h_AD)

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield one draft a head."""
        for number, head in enumerate(self.heads):
            inputs_1TD = torch.cat(self._unread[number])[None]
            self._unread[number] = []
            out = head(
                inputs_embeds=inputs_1TD,
                use_cache=True,
                **{self.trunk.cache_argument: self._caches[number]},
            )
            yield pick(self.trunk.logits(out.last_hidden_state[0, -1:])[0], number + 1)
