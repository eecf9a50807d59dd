"""Latent dynamics as the kernel reads them: in 8-bit codes.

What a draft costs is reading the weights, and codes are less than a third of them. A draft is a
guess, so rounding it changes no text; it changes a few drafts. Shape suffixes: D width, L draft
ids.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from nextlat.decoding.lean.kernel import GROUP, CDynamics, Kernel
from nextlat.decoding.lean.weights import TensorOwner
from nextlat.dynamics import LatentDynamics


class LeanDynamics(TensorOwner):
    """A copy of dynamics, and of the head's rows for the draft vocabulary.

    Args:
        kernel: computes the steps.
        dynamics: such as `fits` accepts.
        weight_LD: the head's rows for the draft vocabulary; None leaves the logits to the trunk.
        bias_L: the bias of these rows, if the head has one.
    """

    def __init__(
        self,
        kernel: Kernel,
        dynamics: LatentDynamics,
        weight_LD: Tensor | None,
        bias_L: Tensor | None,
    ) -> None:
        super().__init__()
        self._kernel = kernel
        layers = [
            self._linear(cast(Tensor, layer.weight), None, int8=True) for layer in dynamics.layers
        ]
        norms = 2 if dynamics.separate_norms else 1
        self._dynamics = CDynamics(
            *layers, self._pointer(dynamics.norm.weight), dynamics.norm.eps, norms
        )
        self._head = None if weight_LD is None else self._linear(weight_LD, bias_L, int8=True)

    @staticmethod
    def fits(dynamics: LatentDynamics) -> bool:
        """Whether the kernel computes these dynamics."""
        weights = [cast(Tensor, layer.weight) for layer in dynamics.layers]
        tensors = (*weights, dynamics.norm.weight)
        if not all(tensor.is_cpu and tensor.dtype == torch.float32 for tensor in tensors):
            return False
        # Codes come in whole groups; a layer whose inputs end in a part of one cannot be packed.
        return all(weight.shape[1] % GROUP == 0 for weight in weights)

    def __call__(self, h_1D: Tensor, e_1D: Tensor) -> tuple[Tensor, Tensor]:
        """Return the next latent and its logits over the draft vocabulary; see `Kernel.step`."""
        # Slices of a longer text may be strided; the kernel reads a plain run of floats.
        latent, embedding = h_1D.contiguous(), e_1D.contiguous()
        return self._kernel.step(
            self._dynamics, self._head, latent, embedding, torch.get_num_threads()
        )
