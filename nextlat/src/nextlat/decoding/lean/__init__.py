"""Decoding of Llama-type models on the CPU by a kernel of our own.

Every other model decodes with the plain trunk.

Reading order: trunk.py (what callers use), support.py (which models), weights.py, cache.py,
kernel.py, building.py (the compiler), forward.c, rows.h, vectors.h, pool.h.
"""

from __future__ import annotations

from nextlat.decoding.lean.trunk import LeanTrunk, Weights, lean_trunk, weights_named

__all__ = ["LeanTrunk", "Weights", "lean_trunk", "weights_named"]
