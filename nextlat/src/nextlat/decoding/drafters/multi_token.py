"""Drafts by multi-token heads: the baseline drafter of models trained with multi-token prediction.

Shape suffixes: T time, A accepted tokens, D width; a leading 1 is the batch of one row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn
from transformers import DynamicCache

from nextlat.decoding.drafters.protocol import Drafter
from nextlat.decoding.token_choice import Draft, Pick
from nextlat.trunk.decoder import run_decoder
from nextlat.trunk.trunk import Trunk


class MultiTokenDrafter(Drafter):
    """Head i reads the trunk's latents up to h_t and drafts X_{t+1+i}, without seeing X_{t+1}.

    Each head has a cache of keys and values of its own. It reads accepted latents only, when it is
    next asked for a draft, so nothing is ever rolled back.

    Args:
        trunk: gives the unembedding.
        heads: the objective's heads, one for each extra token; at most one draft a head is made.
    """

    name: ClassVar[str] = "multi_token"

    def __init__(self, trunk: Trunk, heads: nn.ModuleList) -> None:
        self.trunk, self.heads = trunk, heads
        self._unread: list[list[Tensor]] = []
        self._caches: list[DynamicCache] = []

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        """Give every head an empty cache, with the prompt's latents unread."""
        self._unread = [[h_TD] for _ in self.heads]
        self._caches = [DynamicCache() for _ in self.heads]

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        """Queue latents for every head to read."""
        for unread in self._unread:
            unread.append(h_AD)

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        """Yield one draft a head."""
        for number, head in enumerate(self.heads):
            # All accepted latents since this head last drafted, `[1, T, D]`: a cycle that wanted
            # fewer drafts left the later heads behind.
            inputs_1TD = torch.cat(self._unread[number])[None]
            self._unread[number] = []
            h_1TD = run_decoder(
                head,
                inputs_embeds=inputs_1TD,
                use_cache=True,
                **{self.trunk.cache_argument: self._caches[number]},
            )
            # Of the last position alone, `[1, D]` to `[1, V]`; head 0 is one token ahead.
            yield pick(self.trunk.logits(h_1TD[0, -1:])[0], number + 1)
