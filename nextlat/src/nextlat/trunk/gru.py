"""A GRU as a transformers causal language model: the recurrent control of the studies.

It trains with every objective, saves and loads like any trunk. Shape suffixes: B batch, T time, D width.
"""

from __future__ import annotations

from typing import Any, cast

import torch
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForCausalLM,
    PreTrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_outputs import BaseModelOutputWithPast, CausalLMOutputWithPast


class GruConfig(PreTrainedConfig):
    """Configuration of the GRU: vocabulary, width, layers."""

    model_type = "nextlat_gru"
    vocab_size: int = 64
    hidden_size: int = 64
    num_hidden_layers: int = 1
    initializer_range: float = 0.02


class GruModel(PreTrainedModel):
    """Token embedding, GRU layers, final layer norm."""

    config_class = GruConfig
    base_model_prefix = "model"

    def __init__(self, config: GruConfig) -> None:
        super().__init__(config)
        self.embed_tokens = nn.Embedding(config.vocab_size, config.hidden_size)
        self.gru = nn.GRU(
            config.hidden_size, config.hidden_size, config.num_hidden_layers, batch_first=True
        )
        self.norm = nn.LayerNorm(config.hidden_size)
        self.post_init()  # type: ignore[no-untyped-call]  # transformers leaves it untyped

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        use_cache: bool = False,
        **kwargs: Any,
    ) -> BaseModelOutputWithPast:
        """Return the normed states of every position, `[B, T, D]`; padding is expected on the right."""
        x_BTD = self.embed_tokens(input_ids) if inputs_embeds is None else inputs_embeds
        h_BTD, _ = self.gru(x_BTD)
        return BaseModelOutputWithPast(last_hidden_state=self.norm(h_BTD))


class GruForCausalLM(PreTrainedModel):
    """A GRU with a linear head."""

    keeps_cache = False
    config_class = GruConfig
    base_model_prefix = "model"

    def __init__(self, config: GruConfig) -> None:
        super().__init__(config)
        self.model = GruModel(config)
        self.lm_head = nn.Linear(config.hidden_size, config.vocab_size, bias=False)
        self.post_init()  # type: ignore[no-untyped-call]  # transformers leaves it untyped

    def get_input_embeddings(self) -> nn.Module:
        """Return the token embedding."""
        return cast(nn.Module, self.model.embed_tokens)

    def get_output_embeddings(self) -> nn.Module:
        """Return the head."""
        return cast(nn.Module, self.lm_head)

    def forward(self, input_ids: Tensor | None = None, **kwargs: Any) -> CausalLMOutputWithPast:
        """Return logits of every position, `[B, T, V]`."""
        h_BTD = self.model(input_ids=input_ids, **kwargs).last_hidden_state
        return CausalLMOutputWithPast(logits=self.lm_head(h_BTD))

    @torch.no_grad()
    def _init_weights(self, module: nn.Module) -> None:
        """Embeddings and head like the transformer's; the GRU keeps torch's own start."""
        if isinstance(module, nn.Embedding | nn.Linear):
            module.weight.normal_(std=self.config.initializer_range)
        elif isinstance(module, nn.GRU | nn.LayerNorm):
            module.reset_parameters()


AutoConfig.register("nextlat_gru", GruConfig, exist_ok=True)
AutoModel.register(GruConfig, GruModel, exist_ok=True)
AutoModelForCausalLM.register(GruConfig, GruForCausalLM, exist_ok=True)
