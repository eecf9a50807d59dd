"""Which models the kernel computes; what it does not compute exactly is left to the plain trunk."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from nextlat.decoding.lean.kernel import MAX_HEAD_DIM

FAMILIES = ("llama", "mistral", "qwen2", "qwen3")
"""Model types whose layers forward.c computes."""

FIXED_ROTATIONS = ("default", "linear", "llama3", "yarn")
"""Rotary embeddings whose frequencies do not change with the text's length."""

LINEAR_NAMES = (
    *("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.o_proj"),
    *("mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"),
)
"""A decoder layer's linear layers, in the order of `CLayer`."""


def unsupported(model: PreTrainedModel) -> str | None:
    """Return why the kernel does not compute a model, or None where it does."""
    config: Any = model.config
    # A class from elsewhere may compute anything under a known type's name.
    if (
        config.model_type not in FAMILIES
        or type(model).__module__.partition(".")[0] != "transformers"
    ):
        return f"the model type {config.model_type}"
    if config.hidden_act not in ("silu", "swish"):
        return f"the activation {config.hidden_act}"
    if _slides(config):
        return "a sliding window"
    if _rotation(config) not in FIXED_ROTATIONS:
        return f"the rotary embedding {_rotation(config)}"
    head_dim = decoder(model).layers[0].self_attn.head_dim
    # A rotation turns pairs of a head's numbers, half a head apart.
    if head_dim > MAX_HEAD_DIM or head_dim % 2:
        return f"heads of width {head_dim}"
    return _unfit_module(model) or _unfit_tensor(model)


def _slides(config: Any) -> bool:
    """Whether any layer's attention is limited to a window."""
    layer_types = getattr(config, "layer_types", None)
    if layer_types is not None:
        return any(layer_type != "full_attention" for layer_type in layer_types)
    return getattr(config, "sliding_window", None) is not None


def _rotation(config: Any) -> str:
    """Return the type of the rotary embedding; "partial" where it rotates only some of a head."""
    parameters = getattr(config, "rope_parameters", None) or {}
    partial = parameters.get(
        "partial_rotary_factor", getattr(config, "partial_rotary_factor", None)
    )
    return (
        "partial" if partial not in (None, 1, 1.0) else str(parameters.get("rope_type", "default"))
    )


def _unfit_module(model: PreTrainedModel) -> str | None:
    """Return which module was replaced or hooked, as adapters and quantisation do, or None."""
    for layer in decoder(model).layers:
        for name in LINEAR_NAMES:
            # The exact type: a subclass computes something else than its weight alone says.
            if type(layer.get_submodule(name)) is not nn.Linear:
                return f"{name} of type {type(layer.get_submodule(name)).__name__}"
    if (
        type(model.get_output_embeddings()) is not nn.Linear
        or type(model.get_input_embeddings()) is not nn.Embedding
    ):
        return "a head or token embedding of its own"
    for name, module in model.named_modules():
        # The kernel calls no module, so a hook would be passed over in silence.
        if module._forward_hooks or module._forward_pre_hooks:
            return f"a hook on {name or 'the model'}"
    return None


def _unfit_tensor(model: PreTrainedModel) -> str | None:
    """Return which parameter the kernel cannot read in place, or None."""
    for name, parameter in model.named_parameters():
        if (
            parameter.device.type != "cpu"
            or parameter.dtype != torch.float32
            or not parameter.is_contiguous()
        ):
            return f"{name} of type {parameter.dtype} on {parameter.device}"
    return None


def decoder(model: PreTrainedModel) -> Any:
    """Return the module that holds the layers, the final norm and the rotary embedding."""
    return model.base_model


def tensors(model: PreTrainedModel) -> list[Tensor]:
    """Return the model's weights, each once."""
    return [parameter.detach() for parameter in model.parameters()]
