"""Which models the kernel computes: a reason in words for each that it does not."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny_trunks import tiny_trunk
from torch import nn
from transformers import LlamaConfig, LlamaForCausalLM, MistralConfig, MistralForCausalLM

from nextlat.decoding.lean.support import LINEAR_NAMES, decoder, tensors, unsupported


class MyLlama(LlamaForCausalLM):
    """A user's class under a known model type."""


class MyLinear(nn.Linear):
    """A layer that may compute something else."""


def llama(kind: type[LlamaForCausalLM] = LlamaForCausalLM, **changes: Any) -> LlamaForCausalLM:
    sizes = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2}
    return kind(LlamaConfig(vocab_size=9, **(sizes | heads | changes)))


@pytest.mark.parametrize("family", ["llama", "qwen2", "qwen3"])
def test_families_it_computes(family: str) -> None:
    assert unsupported(tiny_trunk(family, dtype=torch.float32)) is None


def test_families_and_classes_it_does_not_know() -> None:
    assert unsupported(tiny_trunk("gpt2", dtype=torch.float32)) == "the model type gpt2"
    assert unsupported(llama(MyLlama)) == "the model type llama"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hidden_act": "gelu"}, "the activation gelu"),
        ({"head_dim": 258}, "heads of width 258"),
        (
            {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}},
            "the rotary embedding dynamic",
        ),
    ],
)
def test_settings_it_does_not_compute(changes: dict[str, object], reason: str) -> None:
    assert unsupported(llama(**changes)) == reason


def test_a_sliding_window_and_none() -> None:
    def mistral(window: int | None) -> MistralForCausalLM:
        config = MistralConfig(
            vocab_size=9,
            hidden_size=16,
            intermediate_size=16,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=2,
            sliding_window=window,
        )
        return MistralForCausalLM(config)

    assert unsupported(mistral(4)) == "a sliding window"
    assert unsupported(mistral(None)) is None


def test_replaced_layers_and_hooks_are_named() -> None:
    replaced = llama()
    decoder(replaced).layers[1].mlp.up_proj = MyLinear(16, 16, bias=False)
    assert unsupported(replaced) == "mlp.up_proj of type MyLinear"
    hooked = llama()
    handle = decoder(hooked).layers[0].register_forward_hook(lambda *_: None)
    assert unsupported(hooked) == "a hook on model.layers.0"
    handle.remove()
    assert unsupported(hooked) is None


def test_weights_it_cannot_read_in_place_are_named() -> None:
    half = llama()
    decoder(half).norm.to(torch.bfloat16)
    assert unsupported(half) == "model.norm.weight of type torch.bfloat16 on cpu"
    strided = llama()
    projection = decoder(strided).layers[0].self_attn.q_proj
    projection.weight = nn.Parameter(torch.randn(16, 16).T)
    reason = "model.layers.0.self_attn.q_proj.weight of type torch.float32 on cpu"
    assert unsupported(strided) == reason


def test_every_weight_is_listed_once_and_is_the_models_memory() -> None:
    model = llama(tie_word_embeddings=True)
    addresses = [tensor.data_ptr() for tensor in tensors(model)]
    # Two layers of seven linear layers and two norms, the final norm, and one tied embedding.
    assert len(set(addresses)) == len(addresses) == 2 * (len(LINEAR_NAMES) + 2) + 2
    assert model.get_output_embeddings().weight.data_ptr() in addresses
