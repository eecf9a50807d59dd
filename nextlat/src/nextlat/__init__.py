"""Next-Latent Prediction transformers (arXiv 2511.05963): objective, decoding, studies, server.

    from nextlat import NextLat

Importing a name loads what it needs; `import nextlat` alone is quick and imports no torch.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nextlat.dynamics import LatentDynamics
    from nextlat.errors import NextLatError
    from nextlat.model.learner import Learner
    from nextlat.model.nextlat import NextLat

__version__ = "0.2.0"

__all__ = ["LatentDynamics", "Learner", "NextLat", "NextLatError", "__version__"]

_HOMES = {
    "LatentDynamics": "nextlat.dynamics",
    "Learner": "nextlat.model.learner",
    "NextLat": "nextlat.model.nextlat",
    "NextLatError": "nextlat.errors",
}


def __getattr__(name: str) -> object:
    if name in _HOMES:
        exported: object = getattr(importlib.import_module(_HOMES[name]), name)
        return exported
    raise AttributeError(f"module 'nextlat' has no attribute {name!r}")
