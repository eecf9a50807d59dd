"""Multi-token prediction (Gloeckle et al. 2024): a layer for each extra token on a shared trunk.

As arXiv 2511.05963 section 2 uses it.

Shape suffixes: B batch, T time, D width, V vocabulary; i = 1..d counts extra tokens.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from nextlat.batch import IGNORED, Batch
from nextlat.decoding.drafters.multi_token import MultiTokenDrafter
from nextlat.errors import ModelError, UsageError
from nextlat.objectives.next_token import reading, token_count
from nextlat.objectives.protocol import FULL, Counts, Losses, Objective, loss_dtype, mean_of
from nextlat.objectives.validity import links, predicted, steps, targets
from nextlat.trunk.decoder import run_decoder
from nextlat.trunk.trunk import Trunk, block_mask, restarting_positions


@dataclass(frozen=True)
class MultiTokenConfig:
    """Configuration of multi-token prediction.

    Attributes:
        horizon: extra tokens d, each with a head of its own, at least 1.
        token_weight: lambda_MTP; the paper swept .1 to 1.
        isolate_documents: whether attention stays within packed documents and positions restart in
            each.
    """

    horizon: int = 2
    token_weight: float = 1.0
    isolate_documents: bool = False

    def __post_init__(self) -> None:
        if self.horizon < 1:
            raise UsageError(
                f"horizon {self.horizon}: there is at least 1 extra token; give 1 or more"
            )
        if not 0 <= self.token_weight < float("inf"):
            raise UsageError(
                f"token_weight {self.token_weight}: a weight is finite and not negative; 0 turns "
                "it off"
            )


@dataclass(frozen=True)
class MultiTokenLosses(Losses):
    """Losses of multi-token prediction, 0-dim.

    Attributes:
        multi_token: cross-entropy of the extra tokens: for each head the mean over its targets,
            then over heads.
    """

    multi_token: Tensor


class MultiToken(Objective[MultiTokenConfig]):
    """L = L_tok + lambda_MTP mean_i CE(X_{t+1+i} | head_i(h_t)); heads share the unembedding.

    Each head is one more layer of the trunk's own kind, with a final norm, over the trunk's
    latents.
    """

    name = "multi_token"
    Config = MultiTokenConfig
    file_name = "heads.safetensors"

    def __init__(self, trunk: Trunk, config: MultiTokenConfig) -> None:
        super().__init__()
        self.config = config
        self.heads = nn.ModuleList(one_layer(trunk.model) for _ in range(config.horizon))

    @classmethod
    def build(cls, trunk: Trunk, config: MultiTokenConfig) -> Self:
        """Make the objective with newly drawn heads, on the trunk's device."""
        return cls(trunk, config).to(device=trunk.device, dtype=loss_dtype(trunk))

    def drafter(self, trunk: Trunk) -> MultiTokenDrafter:
        """Return the drafter by these heads."""
        return MultiTokenDrafter(trunk, self.heads)

    def counts(self, batch: Batch) -> Counts:
        """Return the number of targets, and of those of each head."""
        masks = [mask for _, mask in self._head_targets(batch)]
        return {
            "next_token": token_count(batch),
            "multi_token": torch.stack([mask.sum(dtype=torch.float64) for mask in masks]),
        }

    def forward(
        self,
        trunk: Trunk,
        batch: Batch,
        counts: Counts | None = None,
        ramps: Mapping[str, float] = FULL,
    ) -> MultiTokenLosses:
        """Return the losses.

        Raises:
            SequenceError: the sequence is not longer than the horizon.
        """
        read = reading(self, trunk, batch, counts, self.config.horizon)
        h_BTD, next_token, dtype = read.h_BTD, read.next_token, loss_dtype(trunk)
        extra = torch.zeros((), dtype=dtype, device=h_BTD.device)
        if not self.config.token_weight and self.training:
            return MultiTokenLosses(total=next_token, next_token=next_token, multi_token=extra)
        with torch.set_grad_enabled(torch.is_grad_enabled() and self.config.token_weight > 0):
            for i, (ids, mask) in enumerate(self._head_targets(batch), start=1):
                # The last 1 + i positions have no token so far ahead: `[B, T-1-i, V]`.
                logits = trunk.logits(self._head_latents(i, h_BTD, batch))[:, : ids.shape[1]]
                total = _cross_entropy_sum(logits.to(dtype), ids, mask)
                mean = mean_of(total, read.counts["multi_token"][i - 1])
                extra = extra + mean / self.config.horizon
        weight = self.config.token_weight * ramps.get("multi_token", 1.0)
        total = next_token + weight * extra if self.config.token_weight else next_token
        return MultiTokenLosses(total=total, next_token=next_token, multi_token=extra)

    def _head_latents(self, i: int, h_BTD: Tensor, batch: Batch) -> Tensor:
        """Return head i's latents, `[B, T, D]`, before the shared unembedding."""
        mask, positions = batch.attention_mask_BT, None
        if self.config.isolate_documents and batch.document_ids_BT is not None:
            mask = block_mask(batch.document_ids_BT, batch.attention_mask_BT, h_BTD.dtype)
            positions = restarting_positions(batch.document_ids_BT)
        return run_decoder(
            self.heads[i - 1],
            inputs_embeds=h_BTD,
            attention_mask=mask,
            position_ids=positions,
            use_cache=False,
        )

    def _head_targets(self, batch: Batch) -> list[tuple[Tensor, Tensor]]:
        """Return for each head its target ids and their mask, `[B, T-1-i]`."""
        ids, target_mask = targets(batch)
        valid = steps(links(batch), self.config.horizon)
        return [
            (ids[:, i:], predicted(mask, target_mask, i)) for i, mask in enumerate(valid, start=1)
        ]


def _cross_entropy_sum(logits_BTV: Tensor, ids_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """Return the cross-entropy summed over the targets of a mask, 0-dim."""
    return nn.functional.cross_entropy(
        logits_BTV.flatten(0, 1),
        torch.where(mask_BT, ids_BT, IGNORED).flatten(),
        ignore_index=IGNORED,
        reduction="sum",  # of a part of a batch: the mean is over the whole one's count
    )


def one_layer(model: PreTrainedModel) -> PreTrainedModel:
    """Return a newly drawn layer of the model's own kind, with a final norm and no embedding.

    Raises:
        ModelError: the family's configuration has no number of layers to set.
    """
    config = copy.deepcopy(model.config)  # the trunk keeps its own number of layers
    if not hasattr(config, "num_hidden_layers"):
        raise ModelError(
            f"{type(config).__name__} has no num_hidden_layers; heads need a stack of layers"
        )
    config.num_hidden_layers = 1
    if getattr(config, "layer_types", None):
        # The kind of the last layer; the list must be as long as the stack.
        config.layer_types = config.layer_types[-1:]
    stack = type(model.base_model)(config)
    assert isinstance(stack, PreTrainedModel)
    # It reads latents: an embedding would hold a vocabulary of parameters that nothing trains.
    stack.set_input_embeddings(nn.Identity())
    return stack
