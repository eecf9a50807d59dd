"""Latent dynamics as the kernel reads them: 8-bit codes, because a draft costs what its weights take to be read.

A draft is a guess, so rounding it changes no text; it changes a few drafts. Shape suffixes: D width, L draft ids.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from nextlat.decoding.lean import kernel
from nextlat.decoding.lean.kernel import GROUP, CDynamics, CLinear
from nextlat.decoding.lean.weights import packed
from nextlat.dynamics import LatentDynamics


class LeanDynamics:
    """A copy of dynamics, and of the rows of the head that drafts are taken from.

    Args:
        dynamics: fit ones; see `fits`.
        weight_LD: rows of the head; None leaves the logits to the trunk.
        bias_L: of these rows.
    """

    def __init__(self, dynamics: LatentDynamics, weight_LD: Tensor | None, bias_L: Tensor | None) -> None:
        self._alive: list[Tensor] = []
        layers = [self._linear(cast(Tensor, layer.weight), None) for layer in dynamics.layers]
        self._dynamics = CDynamics(*layers, self._kept(dynamics.norm.weight), dynamics.norm.eps)
        self._head = None if weight_LD is None else self._linear(weight_LD, bias_L)

    @staticmethod
    def fits(dynamics: LatentDynamics) -> bool:
        """Whether the kernel computes these dynamics."""
        parts = [cast(Tensor, layer.weight) for layer in dynamics.layers]
        right = all(one.is_cpu and one.dtype == torch.float32 for one in (*parts, dynamics.norm.weight))
        return right and all(one.shape[1] % GROUP == 0 for one in parts)

    def __call__(self, h_1D: Tensor, e_1D: Tensor) -> tuple[Tensor, Tensor]:
        """Return the predicted next latent and its logits over the draft vocabulary; see `kernel.step`."""
        return kernel.step(self._dynamics, self._head, h_1D.contiguous(), e_1D.contiguous(), torch.get_num_threads())

    def _linear(self, weight_OI: Tensor, bias_O: Tensor | None) -> CLinear:
        codes, scales = packed(weight_OI.detach().float())
        bias = None if bias_O is None else self._kept(bias_O.float())
        return CLinear(self._kept(codes), self._kept(scales), bias, *weight_OI.shape)

    def _kept(self, tensor: Tensor) -> int:
        """Keep a tensor alive; return where it lies."""
        tensor = tensor.detach().contiguous()
        self._alive.append(tensor)
        return tensor.data_ptr()
