"""The view of a causal language model that the rest builds on: latents, head, embeddings, cache."""

from nextlat.trunk.trunk import Trunk

__all__ = ["Trunk"]
