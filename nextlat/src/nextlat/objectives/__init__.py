"""Training objectives: one file each, registered by one line here."""

from __future__ import annotations

from nextlat.objectives.multi_token import MultiToken
from nextlat.objectives.next_latent import NextLatent
from nextlat.objectives.next_token import NextToken
from nextlat.objectives.protocol import AnyObjective, Objective

__all__ = ["OBJECTIVES", "AnyObjective", "Objective"]

OBJECTIVES: dict[str, type[AnyObjective]] = {
    "next_token": NextToken,
    "next_latent": NextLatent,
    "multi_token": MultiToken,
}
"""Name -> objective."""
