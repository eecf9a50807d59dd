"""Plain next-token prediction: the baseline of every study ("GPT" in arXiv 2511.05963).

Shape suffixes: B batch, T time, D width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from nextlat.batch import IGNORED, Batch
from nextlat.objectives.protocol import FULL, Counts, Losses, Objective, loss_dtype, mean_of
from nextlat.objectives.validity import targets
from nextlat.trunk import Trunk


@dataclass(frozen=True)
class NextTokenConfig:
    """Configuration of plain next-token prediction.

    Attributes:
        isolate_documents: whether attention stays within packed documents and positions restart in each.
    """

    isolate_documents: bool = False


class NextToken(Objective):
    """L_tok = mean_t -log p_theta(X_{t+1} | h_t)."""

    name = "next_token"
    Config = NextTokenConfig

    def __init__(self, config: NextTokenConfig) -> None:
        super().__init__()
        self.config = config

    @classmethod
    def build(cls, trunk: Trunk, config: Any) -> NextToken:
        """Make the objective; it adds nothing to the trunk."""
        return cls(config)

    def counts(self, batch: Batch) -> Counts:
        """Return the number of unmasked targets."""
        return {"next_token": token_count(batch)}

    def forward(
        self, trunk: Trunk, batch: Batch, counts: Counts | None = None, ramps: Mapping[str, float] = FULL
    ) -> Losses:
        """Return the loss; `total` is `next_token`."""
        h_BTD = latents(trunk, batch, isolate_documents=self.config.isolate_documents)
        counts = counts or self.counts(batch)
        loss = next_token_loss(trunk.logits(h_BTD), batch, counts["next_token"], loss_dtype(trunk))
        return Losses(total=loss, next_token=loss)


def latents(trunk: Trunk, batch: Batch, *, isolate_documents: bool) -> Tensor:
    """Return the trunk's h_BTD of a batch; documents are kept apart in attention only where asked."""
    documents = batch.document_ids_BT if isolate_documents else None
    return trunk.hidden_states(batch.input_ids_BT, batch.attention_mask_BT, documents)


def token_count(batch: Batch) -> Tensor:
    """Return the number of unmasked targets, `[1]`."""
    return targets(batch)[1].sum(dtype=torch.float64)[None]


def next_token_loss(logits_BTV: Tensor, batch: Batch, count: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the cross-entropy summed over unmasked targets, over `count`.

    Args:
        logits_BTV: logits at every position; the last predicts nothing.
        batch: gives targets and masks.
        count: `[1]`, the denominator.
        dtype: float type it is computed in.
    """
    ids, mask = targets(batch)
    masked_ids = torch.where(mask, ids, IGNORED)
    total = torch.nn.functional.cross_entropy(
        logits_BTV[:, :-1].flatten(0, 1).to(dtype), masked_ids.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return mean_of(total, count[0])
