"""The latent dynamics p_psi of NextLat: the next latent from a latent and the next token.

arXiv 2511.05963 section 3. It knows no trunk and no loss. Shape suffixes: D model width, K rollout
steps, `...` any leading axes.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import layer_norm

from nextlat.errors import UsageError

Initializer = Literal["fan_in", "normal"]


class LatentDynamics(nn.Module):
    """h_hat_{t+1} = h_t + f_psi(LayerNorm([h_t ; emb(X_{t+1})])).

    f_psi is a three-layer MLP with GELU. Exact GELU, because its tanh form is half as fast on CPUs.
    No biases: the norm's scale and three matrices are all there is to save.

    Args:
        width: width D of the trunk's hidden states and token embeddings.
        hidden_size: inner width of the MLP; twice `width` where None (the paper uses 1 to 4 times).
        separate_norms: normalise h_t and emb(X_{t+1}) each by itself. In a pretrained trunk they
            can differ so much in size that a joint norm leaves little of the smaller one.
        initializer: "fan_in" draws each matrix from N(0, 1/fan_in), which small widths want
            (docs/log.md); "normal" from N(0, 0.02^2), as the method's official code does.

    Attributes:
        separate_norms: as given.
        draft_ids: the token ids that drafts are taken from, int32 `[L]`; None for the whole
            vocabulary. Saved with the weights; see `limit_drafts`.
    """

    draft_ids: Tensor | None

    NUM_LAYERS = 3

    def __init__(
        self,
        width: int,
        hidden_size: int | None = None,
        initializer: Initializer = "fan_in",
        separate_norms: bool = False,
    ) -> None:
        super().__init__()
        self.width = width
        self.hidden_size = hidden_size or 2 * width
        self.separate_norms = separate_norms
        self.norm = nn.LayerNorm(2 * width, bias=False)
        self.register_buffer("draft_ids", None)
        sizes = (2 * width, self.hidden_size, self.hidden_size, width)
        layers = [nn.Linear(inner, outer, bias=False) for inner, outer in pairwise(sizes)]
        for layer in layers:
            std = 0.02 if initializer == "normal" else 1 / math.sqrt(layer.in_features)
            nn.init.normal_(layer.weight, std=std)
        self.layers = nn.ModuleList(layers)

    def limit_drafts(self, ids_L: Tensor) -> None:
        """Take drafts from these ids only, which makes a draft cheaper; the text does not change.

        Raises:
            UsageError: there are none, or one is there twice or negative.
        """
        ids_L = ids_L.to(torch.int32)
        if (
            ids_L.ndim != 1
            or not len(ids_L)
            or len(ids_L.unique()) < len(ids_L)
            or int(ids_L.min()) < 0
        ):
            raise UsageError("draft ids are a list of different token ids, at least one")
        self.draft_ids = ids_L.to(self.norm.weight.device)

    @property
    def dtype(self) -> torch.dtype:
        """The type the weights are kept in."""
        return self.norm.weight.dtype

    def step(self, h_BD: Tensor, e_BD: Tensor) -> Tensor:
        """Return the predicted next latent.

        Args:
            h_BD: latent at t, `[..., D]`.
            e_BD: embedding of the token at t+1, `[..., D]`.

        Returns:
            Latent predicted for t+1, `[..., D]`, in the dtype of `h_BD`.
        """
        x = self._normalised(h_BD.to(self.dtype), e_BD.to(self.dtype))
        first, second, third = self.layers
        # The network gives the displacement alone: with small weights the latent stays as it is.
        displacement_BD: Tensor = third(nn.functional.gelu(second(nn.functional.gelu(first(x)))))
        return h_BD + displacement_BD.to(h_BD.dtype)

    def _normalised(self, h_BD: Tensor, e_BD: Tensor) -> Tensor:
        """Return what the MLP reads, `[..., 2 D]`."""
        if not self.separate_norms:
            joint: Tensor = self.norm(torch.cat([h_BD, e_BD], dim=-1))
            return joint
        # One scale parameter for both kinds of norm, so that a saved model has the same tensors.
        scales = self.norm.weight.split(self.width)
        parts = zip((h_BD, e_BD), scales, strict=True)
        return torch.cat(
            [layer_norm(x, (self.width,), scale, eps=self.norm.eps) for x, scale in parts], dim=-1
        )

    def rollout(self, h_BD: Tensor, e_BKD: Tensor) -> Tensor:
        """Return K latents, each step fed with the one before it.

        Args:
            h_BD: latent at t, `[..., D]`.
            e_BKD: embeddings of the tokens at t+1..t+K, `[..., K, D]`.

        Returns:
            Latents predicted for t+1..t+K, `[..., K, D]`.
        """
        steps = []
        for e_BD in e_BKD.unbind(dim=-2):
            h_BD = self.step(h_BD, e_BD)
            steps.append(h_BD)
        return torch.stack(steps, dim=-2)
