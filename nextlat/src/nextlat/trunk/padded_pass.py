"""One pass of a causal language model over the next tokens of several texts of different lengths.

Caches are padded on the left, the new tokens on the right, so that any model that takes an attention mask and positions
reads them, with a sliding window too. Nothing of one text reaches another, but a pass of another shape rounds
differently: latents are those of a pass alone up to rounding.

Shape suffixes: B texts, T new tokens, P tokens in a cache, L keys of all layers then their values, H heads, D width.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

ReadPadded = Callable[[Tensor, DynamicCache, Tensor, Tensor], Tensor]
"""(ids `[B, T]`, cache of P tokens a row, mask `[B, P + T]`, positions `[B, T]`) -> h_BTD."""


def stacked(cache: DynamicCache) -> Tensor | None:
    """Return a text's keys of all layers and then its values, `[L, H, P, d]`; None where they do not have one shape."""
    layers: Sequence[Any] = cache.layers
    if not layers or any(
        type(layer) is not DynamicLayer or not layer.is_initialized for layer in layers
    ):
        return None
    states = [*(layer.keys for layer in layers), *(layer.values for layer in layers)]
    if any(state.shape != states[0].shape for state in states):
        return None
    return torch.cat(states)


def read_padded(
    parts: Sequence[tuple[Tensor, DynamicCache]], read: ReadPadded
) -> list[Tensor] | None:
    """Read the next tokens of several texts in one pass.

    Args:
        parts: of each text its next tokens `[T]`, T its own, and its cache, which grows by T.
        read: runs the model.

    Returns:
        h_TD of the new tokens of each; None, and nothing is done, where a cache is of another kind.
    """
    kept = [stacked(cache) for _, cache in parts]
    known = [one for one in kept if one is not None]
    if len(known) < len(parts):
        return None
    ids_BT = torch.nn.utils.rnn.pad_sequence([ids_T for ids_T, _ in parts], batch_first=True)
    sizes, lengths = [len(ids_T) for ids_T, _ in parts], [one.shape[-2] for one in known]
    size_B1, length_B1 = (
        torch.tensor(one, device=ids_BT.device)[:, None] for one in (sizes, lengths)
    )
    at_T = torch.arange(max(sizes), device=ids_BT.device)
    old_BP = torch.arange(-max(lengths), 0, device=ids_BT.device) >= -length_B1
    mask_BP = torch.cat([old_BP, at_T < size_B1], dim=1).long()
    positions_BT = length_B1 + at_T.minimum(size_B1 - 1)  # padding has a position the model knows
    padded = _padded(known, lengths)
    h_BTD = read(ids_BT, padded, mask_BP, positions_BT)
    _grow(parts, known, padded)
    return [h_BTD[row, :size] for row, size in enumerate(sizes)]


def _padded(kept: Sequence[Tensor], lengths: Sequence[int]) -> DynamicCache:
    """Return one cache of all texts, zeros on the left of the shorter ones."""
    num_states, num_heads, _, width = kept[0].shape
    most = max(lengths)
    states = kept[0].new_zeros(num_states, len(kept), num_heads, most, width)
    for row, (one, length) in enumerate(zip(kept, lengths, strict=True)):
        states[:, row, :, most - length :] = one
    num_layers = num_states // 2
    cache = DynamicCache()
    for number in range(num_layers):
        cache.update(states[number], states[num_layers + number], number)
    return cache


def _grow(
    parts: Sequence[tuple[Tensor, DynamicCache]], kept: Sequence[Tensor], padded: DynamicCache
) -> None:
    """Give each text's cache the states of its own new tokens."""
    layers: Sequence[Any] = padded.layers
    most = max(one.shape[-2] for one in kept)
    fresh = torch.stack(
        [
            *(layer.keys[:, :, most:] for layer in layers),
            *(layer.values[:, :, most:] for layer in layers),
        ]
    )
    for row, ((ids_T, cache), before) in enumerate(zip(parts, kept, strict=True)):
        grown = torch.cat([before, fresh[:, row, :, : len(ids_T)]], dim=-2)
        own: Sequence[Any] = cache.layers
        for number, layer in enumerate(own):
            layer.keys, layer.values = grown[number][None], grown[len(own) + number][None]
