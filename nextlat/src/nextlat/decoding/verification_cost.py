"""What verifying drafts costs on this machine, measured before the first text.

A line through a few lengths misses that processors compute rows in blocks: with weights in int8 the
ninth token may cost as much as the three before it.
"""

from __future__ import annotations

import time
from itertools import pairwise

import torch
from torch import Tensor

from nextlat.decoding.context import evaluating
from nextlat.trunk.cache import TextCache
from nextlat.trunk.trunk import Trunk

MEASURED = (0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 16)
"""Drafts verified; those between lie on a line."""
CONTEXT = 64
ROUNDS = 3


@torch.no_grad()
def verification_costs(trunk: Trunk) -> list[float]:
    """Return seconds of a pass over 1 token and 0 to 16 drafts: the least of 3 rounds.

    The head is part of it.

    Empty where the trunk keeps no cache, or has too few positions.
    """
    longest = MEASURED[-1] + 1
    if not trunk.caches or (trunk.max_length or CONTEXT + longest) < CONTEXT + longest:
        return []
    ids_1T = torch.arange(CONTEXT + longest, device=trunk.device)[None] % trunk.vocab_size
    least_seconds = dict.fromkeys(MEASURED, float("inf"))
    with evaluating(trunk.model):
        cache = trunk.new_cache()
        trunk.extend(ids_1T[:, :CONTEXT], cache)
        for _ in range(ROUNDS):
            for drafts in MEASURED:
                seconds = _pass_seconds(trunk, ids_1T[:, CONTEXT : CONTEXT + 1 + drafts], cache)
                least_seconds[drafts] = min(least_seconds[drafts], seconds)
                cache.crop(-1 - drafts)
    return _interpolated(least_seconds)


def _pass_seconds(trunk: Trunk, ids_1T: Tensor, cache: TextCache) -> float:
    """Return the seconds of one pass and its head, until the logits can be read."""
    start = time.perf_counter()
    logits = trunk.logits(trunk.extend(ids_1T, cache))
    float(logits[0, -1, 0])  # waits for a device that computes on its own
    return time.perf_counter() - start


def _interpolated(seconds: dict[int, float]) -> list[float]:
    """Return the costs of every number of drafts up to the largest."""
    costs = []
    for below, above in pairwise(MEASURED):
        slope = (seconds[above] - seconds[below]) / (above - below)
        costs += [seconds[below] + slope * k for k in range(above - below)]
    return [*costs, seconds[MEASURED[-1]]]
