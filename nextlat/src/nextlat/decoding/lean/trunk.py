"""The trunk for decoding on the CPU: latents, head and cache of `Trunk`, computed by the kernel.

Every row is computed alike however many are computed together, so what speculation keeps is bit for
bit what plain decoding gives, ties included, and a text decoded beside others is bit for bit what
it is alone. Shape suffixes: B batch, T time, D width, V vocabulary.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, Literal, cast, get_args

import torch
from torch import Tensor
from transformers import PreTrainedModel

from nextlat.decoding.context import one_thread
from nextlat.decoding.lean import kernel
from nextlat.decoding.lean.cache import LeanCache
from nextlat.decoding.lean.dynamics import LeanDynamics
from nextlat.decoding.lean.support import LINEAR_NAMES, decoder, tensors, unsupported
from nextlat.decoding.lean.weights import LeanWeights
from nextlat.dynamics import LatentDynamics
from nextlat.errors import ModelError, UsageError
from nextlat.trunk.cache import TextCache
from nextlat.trunk.decoder import input_embedding
from nextlat.trunk.trunk import LatentStep, Trunk

WeightStorage = Literal["float32", "int8"]
"""How weights are stored: as the model's own, or as 8-bit codes that are computed in float32."""

Weights = Literal["auto", "float32", "int8"]
"""What a caller may choose: `auto` is int8 where the kernel computes it, else float32."""

logger = logging.getLogger(__name__)


class LeanTrunk(Trunk):
    """A supported model as a trunk that decodes.

    Weights in float32 are the model's own memory, so that training on changes what is decoded.
    Those in int8 are a copy, which `new_cache` renews when a parameter has changed, until `release`
    frees what it replaces. Everything but `extend`, `extend_many`, `latent_step` and, without
    gradients, `logits` is the plain trunk's.

    Args:
        model: one that the kernel computes; `lean_trunk` checks it.
        weights: how to store them.
        compiled: the kernel to compute with; the machine's own where it is None.

    Raises:
        ModelError: no kernel is given and this machine cannot build one.
    """

    def __init__(
        self,
        model: PreTrainedModel,
        weights: WeightStorage = "float32",
        compiled: kernel.Kernel | None = None,
    ) -> None:
        super().__init__(model)
        compiled = compiled or kernel.native()
        if compiled is None:
            raise ModelError(
                "the decoding kernel cannot be built: there is no C compiler, it failed, or "
                "NEXTLAT_LEAN=0 is set; lean_trunk(model) gives the plain trunk then"
            )
        self._kernel = compiled
        self.weights = weights
        self._released = False
        self._state: tuple[tuple[int, int], ...] = ()
        self._lean = self._current_weights()
        self._rotary_tables: tuple[Tensor, Tensor] = (torch.empty(0, 0), torch.empty(0, 0))

    def new_cache(self) -> LeanCache:
        """Return an empty cache of one text."""
        self._lean = self._current_weights()
        sizes = self._lean.model
        return LeanCache(sizes.num_layers, sizes.kv_heads, sizes.head_dim, self._rotations)

    def extend(self, input_ids_BT: Tensor, cache: TextCache) -> Tensor:
        """See `Trunk.extend`; one text at a time.

        Raises:
            UsageError: the batch has several rows.
        """
        if input_ids_BT.shape[0] != 1:
            raise UsageError(
                f"{input_ids_BT.shape[0]} rows: one text at a time; give several to `extend_many`"
            )
        return self.extend_many([(input_ids_BT[0], cache)])[0][None]

    def extend_many(self, parts: Sequence[tuple[Tensor, TextCache]]) -> list[Tensor]:
        """See `Trunk.extend_many`; one pass over all texts, each bit for bit as alone."""
        weight = input_embedding(self.model).detach()
        caches = [_lean_cache(cache) for _, cache in parts]
        # Torch's threads would spin on when the kernel's want the processors; see `one_thread`.
        with one_thread():
            # A new tensor, `[T of all texts, D]`, which the kernel turns into latents in place.
            x_TD = weight[torch.cat([ids_T for ids_T, _ in parts])]
            views = [
                cache.view(len(ids_T)) for (ids_T, _), cache in zip(parts, caches, strict=True)
            ]
        self._kernel.forward(self._lean.model, views, x_TD, torch.get_num_threads())
        # Only now: a pass that failed leaves the caches as they were.
        for (ids_T, _), cache in zip(parts, caches, strict=True):
            cache.length += len(ids_T)
        return list(x_TD.split([len(ids_T) for ids_T, _ in parts]))

    def logits(self, h_BTD: Tensor) -> Tensor:
        """See `Trunk.logits`; with gradients the plain trunk's."""
        # The kernel records no graph and reads float32 alone.
        if torch.is_grad_enabled() or h_BTD.dtype != torch.float32:
            return super().logits(h_BTD)
        rows = h_BTD.reshape(-1, self.width).contiguous()
        return self._kernel.linear(self._lean.head, rows, torch.get_num_threads()).view(
            *h_BTD.shape[:-1], -1
        )

    def latent_step(
        self, dynamics: LatentDynamics, weight_LD: Tensor | None, bias_L: Tensor | None
    ) -> LatentStep | None:
        """See `Trunk.latent_step`; in 8-bit codes, where the kernel computes such dynamics."""
        if not LeanDynamics.fits(dynamics):
            return None
        return LeanDynamics(self._kernel, dynamics, weight_LD, bias_L)

    def release(self) -> None:
        """Free the float32 weights that int8 codes replace; the model then runs through this alone.

        Token embedding, head and norms stay: `extend_many` reads the embedding, whose memory the
        head may share, and the kernel reads the norms in place.
        """
        assert self.weights == "int8"
        self._released = True
        for layer in decoder(self.model).layers:
            for name in LINEAR_NAMES:
                layer.get_submodule(name).weight.data = torch.empty(0)

    def _current_weights(self) -> LeanWeights:
        """Return the weights' structures, renewed where one has moved or a copy is out of date."""
        if self._released:
            return self._lean
        is_copy = self.weights == "int8"
        # Weights read in place may change in place; a copy is stale once a version has risen.
        state = tuple(
            (tensor.data_ptr(), tensor._version if is_copy else 0) for tensor in tensors(self.model)
        )
        if state != self._state:
            self._lean = LeanWeights(self.model, int8=is_copy)
            self._state = state
        return self._lean

    def _rotations(self, positions: int) -> tuple[Tensor, Tensor]:
        """Return cosines and sines, `[positions, head_dim / 2]` each; see `Rotations`."""
        if len(self._rotary_tables[0]) < positions:
            rotary_embedding = decoder(self.model).rotary_emb
            # The module takes nothing but dtype and device from its first argument.
            dtype_source = torch.empty(0, dtype=torch.float32)
            # Its tables hold each frequency twice, `[1, positions, head_dim]`; the kernel reads one
            # half and applies it to both.
            half = self._lean.model.head_dim // 2
            with torch.no_grad():
                cosines, sines = rotary_embedding(dtype_source, torch.arange(positions)[None])
            self._rotary_tables = cosines[0, :, :half].contiguous(), sines[0, :, :half].contiguous()
        return self._rotary_tables


def _lean_cache(cache: TextCache) -> LeanCache:
    """Return a cache that a lean trunk made, as what it is."""
    if not isinstance(cache, LeanCache):
        raise TypeError(f"a cache of type {type(cache).__name__}: give one made by new_cache()")
    return cache


def weights_named(word: str) -> Weights:
    """Return the choice of weights that a word names.

    Raises:
        UsageError: it names none; the message lists the choices.
    """
    if word not in get_args(Weights):
        raise UsageError(
            f"weights {word!r}: give float32 (as they are), int8 (8-bit codes, computed in "
            "float32) or auto (int8 where it can be had)"
        )
    return cast(Weights, word)


def lean_trunk(model: PreTrainedModel, weights: Weights = "float32") -> Trunk:
    """Return the quickest trunk for decoding: a lean one where the kernel computes the model.

    Args:
        model: any causal language model.
        weights: how to store them; "int8" insists on the kernel.

    Raises:
        ModelError: weights are "int8", and the kernel does not compute this model or cannot be
            built.
    """
    problem = unsupported(model)
    if problem is None and not kernel.available():
        problem = "a machine without C compiler"
    unpackable = problem or (_unpackable(model) if weights != "float32" else None)
    if weights == "int8" and unpackable:
        raise ModelError(
            f"weights in int8 are not to be had with {unpackable}; leave them in float32"
        )
    if problem is None:
        # With "auto", a model that cannot be packed still decodes by the kernel, in float32.
        return LeanTrunk(model, "float32" if weights == "float32" or unpackable else "int8")
    logger.debug("decoding with the plain trunk: the kernel does not take %s", problem)
    return Trunk(model)


def _unpackable(model: PreTrainedModel) -> str | None:
    """Return why a model's weights cannot be packed in groups, or None where they can."""
    config: Any = model.config
    heads_width = config.num_attention_heads * decoder(model).layers[0].self_attn.head_dim
    for width in (config.hidden_size, config.intermediate_size, heads_width):
        if width % kernel.GROUP:
            return f"a width of {width}, which is not a multiple of {kernel.GROUP}"
    return None
