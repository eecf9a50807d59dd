"""Drafters: one file each; those a command can name are registered by one line here.

Reading order: protocol.py, latent.py (the method) with latent_step.py, then those to compare with.
"""

from __future__ import annotations

from nextlat.decoding.drafters.bigram import BigramDrafter
from nextlat.decoding.drafters.latent import LatentDrafter
from nextlat.decoding.drafters.latent_lookup import LatentLookupDrafter
from nextlat.decoding.drafters.multi_token import MultiTokenDrafter
from nextlat.decoding.drafters.prompt_lookup import PromptLookupDrafter
from nextlat.decoding.drafters.protocol import Drafter, NamedDrafter
from nextlat.decoding.drafters.random_tokens import RandomDrafter
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk

__all__ = [
    "DRAFTERS",
    "BigramDrafter",
    "Drafter",
    "LatentDrafter",
    "LatentLookupDrafter",
    "MultiTokenDrafter",
    "NamedDrafter",
    "PromptLookupDrafter",
    "RandomDrafter",
    "default_drafter",
]

DRAFTERS: dict[str, type[NamedDrafter]] = {
    LatentDrafter.name: LatentDrafter,
    LatentLookupDrafter.name: LatentLookupDrafter,
    PromptLookupDrafter.name: PromptLookupDrafter,
    BigramDrafter.name: BigramDrafter,
    RandomDrafter.name: RandomDrafter,
}
"""Name -> drafter."""


def default_drafter(trunk: Trunk, dynamics: LatentDynamics | None) -> Drafter:
    """Return the drafter of commands and server: dynamics and copies, or copies alone."""
    kind = PromptLookupDrafter if dynamics is None else LatentLookupDrafter
    return kind.build(trunk, dynamics)
