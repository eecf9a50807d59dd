"""Tiny random trunks of the families the engine names, in float64 unless asked otherwise."""

from __future__ import annotations

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PreTrainedModel

FAMILIES = ("llama", "qwen2", "qwen3", "gpt2")


def tiny_trunk(
    family: str = "llama",
    *,
    vocab_size: int = 23,
    width: int = 16,
    layers: int = 2,
    tied: bool = False,
    dtype: torch.dtype = torch.float64,
    seed: int = 0,
) -> PreTrainedModel:
    """Return a random trunk whose logits are far from ties."""
    torch.manual_seed(seed)
    shared = {
        "vocab_size": vocab_size,
        "tie_word_embeddings": tied,
        "bos_token_id": None,
        "eos_token_id": None,
    }
    if family == "gpt2":
        config = AutoConfig.for_model(
            "gpt2", n_embd=width, n_layer=layers, n_head=2, n_positions=128, **shared
        )
        config.resid_pdrop = config.embd_pdrop = config.attn_pdrop = 0.0
    else:
        config = AutoConfig.for_model(
            family,
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=layers,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=128,
            **({"head_dim": width // 2} if family == "qwen3" else {}),
            **shared,
        )
    model = AutoModelForCausalLM.from_config(config).to(dtype)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if parameter.ndim == 2:
                parameter.normal_(std=1.0 if "embed" in name or "wte" in name else 0.3)
    return model.eval()
