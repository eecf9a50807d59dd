"""The view of a causal language model that NextLat needs: latents, head, embeddings, a cache.

Any `transformers` causal LM whose logits are its output embedding applied to the last hidden state
fits (Llama, Qwen 2 and 3, Mistral, GPT-2, ...); the model itself stays untouched. This module knows
no loss and no drafter. Shape suffixes: B batch, T time, D width, V vocabulary.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import ClassVar

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedModel

from nextlat.dynamics import LatentDynamics
from nextlat.errors import ModelError, SequenceError
from nextlat.trunk.cache import TextCache
from nextlat.trunk.decoder import input_embedding, output_embedding, run_decoder
from nextlat.trunk.padded_pass import read_padded

LatentStep = Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]
"""(latent `[1, D]`, embedding `[1, D]`) -> (next latent `[1, D]`, logits `[1, L]`)."""

LOGIT_CHANGES = (
    "final_logit_softcapping",
    "logit_scale",
    "logits_scaling",
    "output_multiplier_scale",
)
"""Configuration keys of families whose logits are more than head(h)."""


def _check_logits(model: PreTrainedModel) -> None:
    """Refuse a model whose logits are not its head applied to its last hidden state."""
    if model.get_output_embeddings() is None or model.get_input_embeddings() is None:
        raise ModelError(
            f"{type(model).__name__} has no token embedding or head; give a causal language model"
        )
    for key in LOGIT_CHANGES:
        setting = getattr(model.config, key, None)
        if setting not in (None, 1, 1.0):
            raise ModelError(
                f"{type(model).__name__} changes its logits after the head ({key}={setting}); "
                "trunks whose logits are the head applied to the last hidden state are supported"
            )


class Trunk:
    """A causal language model seen as latents and a head; it owns no parameters of its own.

    Args:
        model: a `transformers` causal language model.

    Attributes:
        texts_a_pass: how many texts are worth decoding at a time.

    Raises:
        ModelError: the model has no input or output embedding, or changes its logits after the
            head.
    """

    texts_a_pass: ClassVar[int] = 16

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        _check_logits(model)
        width, head_width = input_embedding(model).shape[-1], output_embedding(model).shape[-1]
        if width != head_width:
            raise ModelError(
                f"embedding width {width} differs from the head's input width {head_width}; "
                "NextLat needs them equal"
            )
        self.width = int(width)
        # transformers 5.24 renamed the argument `past_key_values` to `cache`; older releases know
        # the first only.
        parameters = inspect.signature(model.base_model.forward).parameters
        self.cache_argument = "cache" if "cache" in parameters else "past_key_values"
        self._takes_padding = {"attention_mask", "position_ids"} <= set(parameters)

    @property
    def vocab_size(self) -> int:
        """Number of rows of the head."""
        return int(output_embedding(self.model).shape[0])

    @property
    def dtype(self) -> torch.dtype:
        """Type of the head's weights."""
        return output_embedding(self.model).dtype

    @property
    def device(self) -> torch.device:
        """Where the head's weights are."""
        return output_embedding(self.model).device

    @property
    def max_length(self) -> int | None:
        """Longest sequence the trunk takes, or None where it has no limit."""
        positions = getattr(self.model.config, "max_position_embeddings", None)
        return int(positions) if positions else None

    @property
    def caches(self) -> bool:
        """Whether the model keeps keys and values between calls (the GRU control does not)."""
        return bool(getattr(self.model, "keeps_cache", True))

    def check_ids(self, input_ids_BT: Tensor) -> None:
        """Raise where ids or lengths do not fit.

        Raises:
            ModelError: an id is outside the vocabulary.
            SequenceError: the sequence is longer than the trunk's positions.
        """
        # On a GPU an id outside the table breaks the device for the whole process.
        if input_ids_BT.numel():
            low, high = int(input_ids_BT.min()), int(input_ids_BT.max())
            size = input_embedding(self.model).shape[0]
            if low < 0 or high >= size:
                raise ModelError(
                    f"token id {low if low < 0 else high} is outside the trunk's vocabulary of "
                    f"{size}; use the tokenizer the trunk was trained with"
                )
        length = input_ids_BT.shape[-1]
        if self.max_length is not None and length > self.max_length:
            raise SequenceError(
                f"a sequence of {length} tokens is longer than the trunk's {self.max_length} "
                "positions; cut it, or build the trunk with more positions"
            )

    def embed(self, input_ids_BT: Tensor) -> Tensor:
        """Return token embeddings `[B, T, D]`."""
        e_BTD: Tensor = self.model.get_input_embeddings()(input_ids_BT)
        return e_BTD

    def hidden_states(
        self,
        input_ids_BT: Tensor,
        attention_mask_BT: Tensor | None = None,
        document_ids_BT: Tensor | None = None,
    ) -> Tensor:
        """Return h_BTD, the output of the last layer after the final norm, which the head reads.

        Args:
            input_ids_BT: token ids.
            attention_mask_BT: 1 real, 0 padding.
            document_ids_BT: where given, attention stays within a document and positions restart in
                each.
        """
        mask, positions_BT = attention_mask_BT, None
        if document_ids_BT is not None:
            mask = block_mask(document_ids_BT, attention_mask_BT, self.dtype)
            positions_BT = restarting_positions(document_ids_BT)
        return run_decoder(
            self.model.base_model,
            input_ids=input_ids_BT,
            attention_mask=mask,
            position_ids=positions_BT,
            use_cache=False,
        )

    def logits(self, h_BTD: Tensor) -> Tensor:
        """Return the head applied to latents, with gradient to both."""
        # Predicted latents come in the losses' dtype; the head takes its own.
        logits_BTV: Tensor = self.model.get_output_embeddings()(h_BTD.to(self.dtype))
        return logits_BTV

    def frozen_logits(self, h_BTD: Tensor) -> Tensor:
        """Return the head applied to latents, with gradient to the latents only."""
        head = self.model.get_output_embeddings()
        # Called with detached parameters, not frozen: other terms of the same step train them.
        parameters = {name: parameter.detach() for name, parameter in head.named_parameters()}
        logits_BTV: Tensor = torch.func.functional_call(head, parameters, (h_BTD.to(self.dtype),))
        return logits_BTV

    def head_rows(self, ids_L: Tensor | None) -> tuple[Tensor, Tensor | None]:
        """Return the head's weight `[L, D]` and bias `[L]`, if any, for some token ids or for all.

        A part is a copy, the whole is the head's own memory; neither carries gradients.
        """
        rows = slice(None) if ids_L is None else ids_L
        weight = output_embedding(self.model)
        bias = getattr(self.model.get_output_embeddings(), "bias", None)
        return weight.detach()[rows], None if bias is None else bias.detach()[rows]

    def latent_step(
        self, dynamics: LatentDynamics, weight_LD: Tensor | None, bias_L: Tensor | None
    ) -> LatentStep | None:
        """Return a step of latent dynamics and head that is faster than torch's, if there is one.

        It holds copies of the weights as they are now, and neither the dynamics nor this trunk.

        Args:
            dynamics: of this trunk.
            weight_LD: rows of the head to ask; None asks none, and the logits are empty.
            bias_L: of these rows, where the head has any.
        """
        return None

    def new_cache(self) -> TextCache:
        """Return an empty key-value cache that keeps every state, so that it can be rolled back."""
        return DynamicCache()

    def extend(self, input_ids_BT: Tensor, cache: TextCache) -> Tensor:
        """Run the trunk over the next tokens of a sequence.

        Args:
            input_ids_BT: tokens that follow those in the cache.
            cache: keys and values so far; grows by T.

        Returns:
            h_BTD of the new tokens.
        """
        return run_decoder(
            self.model.base_model,
            input_ids=input_ids_BT,
            use_cache=True,
            **{self.cache_argument: cache},
        )

    def extend_many(self, parts: Sequence[tuple[Tensor, TextCache]]) -> list[Tensor]:
        """Run the trunk over the next tokens of several texts, in one pass if it takes padding.

        Args:
            parts: of each text its next tokens `[T]`, T its own, and its cache, which grows by T.

        Returns:
            h_TD of the new tokens of each; those of a pass alone up to rounding.
        """
        together = (
            read_padded(parts, self.extend_padded)
            if len(parts) > 1 and self._takes_padding
            else None
        )
        return together or [self.extend(ids_T[None], cache)[0] for ids_T, cache in parts]

    def extend_padded(
        self, ids_BT: Tensor, cache: DynamicCache, mask_BP: Tensor, positions_BT: Tensor
    ) -> Tensor:
        """Run the trunk over the next tokens of rows in one padded cache; return h_BTD.

        Args:
            ids_BT: tokens that follow those in the cache.
            cache: keys and values so far; grows by T.
            mask_BP: 1 real, 0 padding, of what is in the cache and of these tokens.
            positions_BT: of these tokens in their rows.
        """
        return run_decoder(
            self.model.base_model,
            input_ids=ids_BT,
            attention_mask=mask_BP,
            position_ids=positions_BT,
            use_cache=True,
            **{self.cache_argument: cache},
        )


def roll_back(cache: TextCache, num_tokens: int) -> None:
    """Remove the last `num_tokens` tokens from a cache."""
    if num_tokens:
        cache.crop(-num_tokens)


def restarting_positions(document_ids_BT: Tensor) -> Tensor:
    """Return position ids that start at 0 in each run of equal document ids.

    Example: `[5, 5, 5, 8, 8]` gives `[0, 1, 2, 0, 1]`.
    """
    positions_T = torch.arange(document_ids_BT.shape[1], device=document_ids_BT.device)
    starts_BT = torch.ones_like(document_ids_BT, dtype=torch.bool)
    starts_BT[:, 1:] = document_ids_BT[:, 1:] != document_ids_BT[:, :-1]
    # The start of a position's document is the latest start so far.
    starts_so_far_BT = torch.where(starts_BT, positions_T, torch.zeros_like(positions_T))
    return positions_T - starts_so_far_BT.cummax(dim=1).values


def block_mask(
    document_ids_BT: Tensor, attention_mask_BT: Tensor | None, dtype: torch.dtype
) -> Tensor:
    """Return an additive mask `[B, 1, T, T]`: causal, within a document, never onto padding.

    A padding position may look at itself, so that no row of the softmax is empty.
    """
    length = document_ids_BT.shape[1]
    starts_BT = torch.ones_like(document_ids_BT, dtype=torch.bool)
    starts_BT[:, 1:] = document_ids_BT[:, 1:] != document_ids_BT[:, :-1]
    # Runs are numbered, since a document's id may occur again later in the row.
    run_BT = starts_BT.cumsum(dim=1)
    allowed = run_BT[:, :, None] == run_BT[:, None, :]
    allowed &= torch.ones(length, length, dtype=torch.bool, device=allowed.device).tril()
    if attention_mask_BT is not None:
        # Columns alone are masked, `[B, 1, T]`: rows of padding are computed and never read.
        allowed &= attention_mask_BT[:, None, :].bool()
        allowed |= torch.eye(length, dtype=torch.bool, device=allowed.device)
    return torch.zeros(allowed.shape, dtype=dtype, device=allowed.device).masked_fill_(
        ~allowed, torch.finfo(dtype).min
    )[:, None]
