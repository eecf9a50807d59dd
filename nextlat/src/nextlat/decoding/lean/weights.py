"""A model's weights as the kernel reads them: the parameters themselves, or 8-bit codes of them.

Shape suffixes: O outputs, I inputs, G groups of 32 inputs.
"""

from __future__ import annotations

import ctypes
from typing import Any

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from nextlat.decoding.lean.kernel import GROUP, CLayer, CLinear, CModel
from nextlat.decoding.lean.support import LINEAR_NAMES, decoder

CODE_STEPS = 255
"""Steps between the smallest and the largest code."""


def packed(weight_OI: Tensor) -> tuple[Tensor, Tensor]:
    """Return weights as codes, with a scale and an offset for each group.

    A weight is code * scale + offset. Each group takes the better of two fits: its range in 255
    steps, which holds 4-bit weights with an offset (GGUF's Q4_1) to rounding, and 127 steps to
    either side of 0, which holds 8-bit weights without (Q8_0).

    Args:
        weight_OI: float32; I a multiple of 32.

    Returns:
        codes uint8 `[O, I]`; scales and offsets float32 `[O, G, 2]`.
    """
    groups_NK = weight_OI.reshape(-1, GROUP)  # [O * G, 32]: a group lies within one row
    low_N1, high_N1 = groups_NK.amin(dim=1, keepdim=True), groups_NK.amax(dim=1, keepdim=True)
    widest_N1 = torch.maximum(high_N1, -low_N1)
    ranged = _coded(groups_NK, (high_N1 - low_N1) / CODE_STEPS, low_N1)
    # Code 128 stands for 0, so that a weight of 0 stays exactly 0.
    centred = _coded(groups_NK, widest_N1 / 127, -128 * (widest_N1 / 127))
    better_N1 = centred[2] < ranged[2]
    codes_NK = torch.where(better_N1, centred[0], ranged[0])
    scales_N2 = torch.where(better_N1, centred[1], ranged[1])
    return codes_NK.view(weight_OI.shape), scales_N2.view(weight_OI.shape[0], -1, 2)


def _coded(groups_NK: Tensor, scale_N1: Tensor, offset_N1: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return codes, scales with offsets, and the squared error of each group."""
    # A group of equal weights has a range of 0: its codes are then all 0, not 0 / 0.
    codes_NK = (
        ((groups_NK - offset_N1) / scale_N1.clamp(min=torch.finfo(torch.float32).tiny))
        .round_()
        .clamp_(0, CODE_STEPS)
    )
    error_N1 = (codes_NK * scale_N1 + offset_N1 - groups_NK).square_().sum(dim=1, keepdim=True)
    return codes_NK.to(torch.uint8), torch.cat([scale_N1, offset_N1], dim=1), error_N1


def unpacked(codes_OI: Tensor, scales_OG2: Tensor) -> Tensor:
    """Return the weights that codes stand for, float32 `[O, I]`."""
    groups = codes_OI.view(*scales_OG2.shape[:2], GROUP) * scales_OG2[..., :1] + scales_OG2[..., 1:]
    return groups.view(codes_OI.shape)


class TensorOwner:
    """Keeps the tensors alive that the kernel's structures point to, while it is alive itself."""

    def __init__(self) -> None:
        self._alive: list[Tensor] = []

    def _linear(self, weight_OI: Tensor, bias_O: Tensor | None, *, int8: bool) -> CLinear:
        """Return a layer's structure, which points to a packed copy or to the weights."""
        weight, scales = weight_OI.detach(), None
        if int8:
            weight, scales_OG2 = packed(weight)
            scales = self._pointer(scales_OG2)
        bias = None if bias_O is None else self._pointer(bias_O)
        return CLinear(self._pointer(weight), scales, bias, *weight_OI.shape)

    def _pointer(self, tensor: Tensor) -> int:
        """Keep a tensor alive and return the address of its memory."""
        tensor = tensor.detach()
        self._alive.append(tensor)
        return tensor.data_ptr()


class LeanWeights(TensorOwner):
    """The structures the kernel reads, and the tensors they point to.

    Args:
        model: a supported one.
        int8: whether the linear layers and the head are packed; else the parameters are read in
            place.

    Attributes:
        model: decoder layers.
        head: output embedding.
    """

    def __init__(self, model: PreTrainedModel, *, int8: bool) -> None:
        super().__init__()
        self._int8 = int8
        config: Any = model.config
        body = decoder(model)
        attention = body.layers[0].self_attn
        layers = [self._layer(layer) for layer in body.layers]
        # An attribute, because `CModel` stores the address of the array and does not own it.
        self._layers = (CLayer * len(layers))(*layers)
        self.model = CModel(
            ctypes.cast(self._layers, ctypes.POINTER(CLayer)),
            self._pointer(body.norm.weight),
            len(layers),
            config.hidden_size,
            config.num_attention_heads,
            config.num_key_value_heads,
            attention.head_dim,
            config.intermediate_size,
            config.rms_norm_eps,
            attention.scaling,
        )
        self.head = self._linear_of(model.get_output_embeddings())

    def _layer(self, layer: Any) -> CLayer:
        attention = layer.self_attn
        norms = (layer.input_layernorm, layer.post_attention_layernorm)
        of_heads = (getattr(attention, "q_norm", None), getattr(attention, "k_norm", None))
        return CLayer(
            *(self._linear_of(layer.get_submodule(name)) for name in LINEAR_NAMES),
            *(
                self._pointer(norm.weight) if norm is not None else None
                for norm in (*norms, *of_heads)
            ),
        )

    def _linear_of(self, layer: nn.Linear) -> CLinear:
        return self._linear(layer.weight, layer.bias, int8=self._int8)
