"""A GRU as a transformers causal language model: the recurrent control of the studies.

It trains with every objective, saves and loads like any trunk. Shape suffixes: B batch, T time, D
width.
"""

from __future__ import annotations

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
        PreTrainedModel.post_init(self)

    def forward(
        self,
        input_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        inputs_embeds: Tensor | None = None,
        use_cache: bool = False,
        **unused: object,
    ) -> BaseModelOutputWithPast:
        """Return the normed states of every position, `[B, T, D]`; padding must be on the right."""
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
        PreTrainedModel.post_init(self)

    def get_input_embeddings(self) -> nn.Module:
        """Return the token embedding."""
        embedding: nn.Module = self.model.embed_tokens
        return embedding

    def get_output_embeddings(self) -> nn.Module:
        """Return the head."""
        head: nn.Module = self.lm_head
        return head

    def forward(self, input_ids: Tensor | None = None, **inputs: object) -> CausalLMOutputWithPast:
        """Return logits of every position, `[B, T, V]`."""
        h_BTD = self.model(input_ids=input_ids, **inputs).last_hidden_state
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
