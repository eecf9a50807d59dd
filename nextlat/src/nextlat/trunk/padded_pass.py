"""One pass of a causal language model over the next tokens of several texts of different lengths.

Caches are padded on the left, the new tokens on the right, so that any model that takes an
attention mask and positions reads them, with a sliding window too. Nothing of one text reaches
another, but a pass of another shape rounds differently: latents are those of a pass alone up to
rounding.

Shape suffixes: B texts, T new tokens, P tokens in a cache, H heads, D width; `states` are the keys
of all layers followed by their values, `[L, H, P, d]`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from nextlat.trunk.cache import TextCache

ReadPadded = Callable[[Tensor, DynamicCache, Tensor, Tensor], Tensor]
"""(ids `[B, T]`, cache of P tokens a row, mask `[B, P + T]`, positions `[B, T]`) -> h_BTD."""


def _dynamic_layers(cache: TextCache) -> list[DynamicLayer]:
    """Return the layers of a cache that keeps every state; none where it is of another kind."""
    if not isinstance(cache, DynamicCache):
        return []
    # The exact type: subclasses keep part of the states, those of a sliding window.
    layers = [layer for layer in cache.layers if type(layer) is DynamicLayer]
    is_whole = len(layers) == len(cache.layers) and all(layer.is_initialized for layer in layers)
    return layers if is_whole else []


def _states_of_layers(layers: Sequence[DynamicLayer]) -> list[Tensor]:
    """Return the keys of all layers, then their values, each `[B, H, P, d]`."""
    keys = [layer.keys for layer in layers if layer.keys is not None]
    values = [layer.values for layer in layers if layer.values is not None]
    return [*keys, *values]


def stacked_states(cache: TextCache) -> Tensor | None:
    """Return a text's states; None where the cache has none, or not all of one shape."""
    states = _states_of_layers(_dynamic_layers(cache))
    if not states or any(state.shape != states[0].shape for state in states):
        return None
    return torch.cat(states)


def read_padded(parts: Sequence[tuple[Tensor, TextCache]], read: ReadPadded) -> list[Tensor] | None:
    """Read the next tokens of several texts in one pass.

    Args:
        parts: of each text its next tokens `[T]`, T its own, and its cache, which grows by T.
        read: runs the model.

    Returns:
        h_TD of the new tokens of each; None, and nothing is done, where a cache is of another kind.
    """
    states = [text for _, cache in parts if (text := stacked_states(cache)) is not None]
    if len(states) < len(parts):
        return None
    # [B, T], padded on the right with 0, an id every model has.
    ids_BT = torch.nn.utils.rnn.pad_sequence([ids_T for ids_T, _ in parts], batch_first=True)
    num_new, num_cached = [len(ids_T) for ids_T, _ in parts], [text.shape[-2] for text in states]
    num_new_B1 = torch.tensor(num_new, device=ids_BT.device)[:, None]
    num_cached_B1 = torch.tensor(num_cached, device=ids_BT.device)[:, None]
    offset_T = torch.arange(max(num_new), device=ids_BT.device)
    # Columns count back from the last cached token, so a text's own are the rightmost of them.
    is_cached_BP = torch.arange(-max(num_cached), 0, device=ids_BT.device) >= -num_cached_B1
    mask_BP = torch.cat([is_cached_BP, offset_T < num_new_B1], dim=1).long()
    # Padding on the right repeats the last position, which the model has; it is masked anyway.
    positions_BT = num_cached_B1 + offset_T.minimum(num_new_B1 - 1)
    padded = _padded_cache(states)
    h_BTD = read(ids_BT, padded, mask_BP, positions_BT)
    _grow_caches(parts, states, padded)
    return [h_BTD[row, :size] for row, size in enumerate(num_new)]


def _padded_cache(states: Sequence[Tensor]) -> DynamicCache:
    """Return one cache of all texts, zeros on the left of the shorter ones."""
    num_states, num_heads, _, width = states[0].shape
    longest = max(text.shape[-2] for text in states)
    padded = states[0].new_zeros(num_states, len(states), num_heads, longest, width)
    for row, text in enumerate(states):
        padded[:, row, :, longest - text.shape[-2] :] = text
    num_layers = num_states // 2
    cache = DynamicCache()
    for number in range(num_layers):
        cache.update(padded[number], padded[num_layers + number], number)
    return cache


def _grow_caches(
    parts: Sequence[tuple[Tensor, TextCache]], states: Sequence[Tensor], padded: DynamicCache
) -> None:
    """Give each text's cache the states of its own new tokens."""
    longest = max(text.shape[-2] for text in states)
    # Behind the longest cache begin the new tokens of every text: `[L, B, H, T, d]`.
    new_states = torch.stack(
        [state[:, :, longest:] for state in _states_of_layers(_dynamic_layers(padded))]
    )
    for row, ((ids_T, cache), before) in enumerate(zip(parts, states, strict=True)):
        # The text's own T alone: the rest are states of padding.
        grown = torch.cat([before, new_states[:, row, :, : len(ids_T)]], dim=-2)
        layers = _dynamic_layers(cache)
        for number, layer in enumerate(layers):
            layer.keys, layer.values = grown[number][None], grown[len(layers) + number][None]
