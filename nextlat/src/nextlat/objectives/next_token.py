"""Plain next-token prediction: the baseline of every study ("GPT" in arXiv 2511.05963).

Shape suffixes: B batch, T time, D width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from nextlat.batch import IGNORED, Batch
from nextlat.objectives.protocol import (
    FULL,
    AnyObjective,
    Counts,
    Losses,
    Objective,
    loss_dtype,
    mean_of,
)
from nextlat.objectives.validity import check_horizon, targets
from nextlat.trunk.trunk import Trunk


@dataclass(frozen=True)
class NextTokenConfig:
    """Configuration of plain next-token prediction.

    Attributes:
        isolate_documents: whether attention stays within packed documents and positions restart in
            each.
    """

    isolate_documents: bool = False


class NextToken(Objective[NextTokenConfig]):
    """L_tok = mean_t -log p_theta(X_{t+1} | h_t)."""

    name = "next_token"
    Config = NextTokenConfig

    def __init__(self, config: NextTokenConfig) -> None:
        super().__init__()
        self.config = config

    @classmethod
    def build(cls, trunk: Trunk, config: NextTokenConfig) -> Self:
        """Make the objective; it adds nothing to the trunk."""
        return cls(config)

    def counts(self, batch: Batch) -> Counts:
        """Return the number of unmasked targets."""
        return {"next_token": token_count(batch)}

    def forward(
        self,
        trunk: Trunk,
        batch: Batch,
        counts: Counts | None = None,
        ramps: Mapping[str, float] = FULL,
    ) -> Losses:
        """Return the loss; `total` is `next_token`."""
        loss = reading(self, trunk, batch, counts).next_token
        return Losses(total=loss, next_token=loss)


@dataclass(frozen=True)
class Reading:
    """What every objective starts from: the trunk's pass over a batch.

    All but the counts carry gradient to the trunk.

    Attributes:
        counts: denominators of the means.
        h_BTD: latents.
        logits_BTV: the head applied to them.
        next_token: mean cross-entropy over unmasked targets, in nats.
    """

    counts: Counts
    h_BTD: Tensor
    logits_BTV: Tensor
    next_token: Tensor


def reading(
    objective: AnyObjective, trunk: Trunk, batch: Batch, counts: Counts | None, horizon: int = 0
) -> Reading:
    """Run the trunk over a batch and score its next tokens.

    Args:
        objective: gives counts, and in its configuration whether attention stays within documents.
        trunk: the model.
        batch: sequences.
        counts: the objective's, or its own of this batch where None.
        horizon: how many steps ahead the objective looks.

    Raises:
        SequenceError: the sequence is not longer than the horizon.
    """
    check_horizon(batch, horizon)
    counts = counts or objective.counts(batch)
    documents = batch.document_ids_BT if objective.config.isolate_documents else None
    h_BTD = trunk.hidden_states(batch.input_ids_BT, batch.attention_mask_BT, documents)
    logits_BTV = trunk.logits(h_BTD)
    next_token = next_token_loss(logits_BTV, batch, counts["next_token"], loss_dtype(trunk))
    return Reading(counts, h_BTD, logits_BTV, next_token)


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
        logits_BTV[:, :-1].flatten(0, 1).to(dtype),
        masked_ids.flatten(),
        ignore_index=IGNORED,
        reduction="sum",
    )
    return mean_of(total, count[0])
