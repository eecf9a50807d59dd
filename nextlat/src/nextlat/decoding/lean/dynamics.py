"""Latent dynamics as the kernel reads them: 8-bit codes, because a draft costs what its weights take to be read.

A draft is a guess, so rounding it changes no text; it changes a few drafts. Shape suffixes: D width, L draft ids.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor

from nextlat.decoding.lean.kernel import GROUP, CDynamics, Kernel
from nextlat.decoding.lean.weights import Kept
from nextlat.dynamics import LatentDynamics


class LeanDynamics(Kept):
    """A copy of dynamics, and of the rows of the head that drafts are taken from.

    Args:
        kernel: computes the steps.
        dynamics: fit ones; see `fits`.
        weight_LD: rows of the head; None leaves the logits to the trunk.
        bias_L: of these rows.
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
            *layers, self._kept(dynamics.norm.weight), dynamics.norm.eps, norms
        )
        self._head = None if weight_LD is None else self._linear(weight_LD, bias_L, int8=True)

    @staticmethod
    def fits(dynamics: LatentDynamics) -> bool:
        """Whether the kernel computes these dynamics."""
        parts = [cast(Tensor, layer.weight) for layer in dynamics.layers]
        right = all(
            one.is_cpu and one.dtype == torch.float32 for one in (*parts, dynamics.norm.weight)
        )
        return right and all(one.shape[1] % GROUP == 0 for one in parts)

    def __call__(self, h_1D: Tensor, e_1D: Tensor) -> tuple[Tensor, Tensor]:
        """Return the predicted next latent and its logits over the draft vocabulary; see `Kernel.step`."""
        latent, embedding = h_1D.contiguous(), e_1D.contiguous()
        return self._kernel.step(
            self._dynamics, self._head, latent, embedding, torch.get_num_threads()
        )
