"""Loading the heavy modules once, by one thread at a time.

The ranking brings numpy, scipy and scikit-learn, a second or so: too long for a start, so they load on first use. But
scikit-learn's modules import each other in circles, and two threads that begin at once get half-made modules. Whoever
serves threads calls load_models() before its own late imports; once loaded it costs nothing.
"""

from __future__ import annotations

import importlib
import threading

HEAVY = ("academichub.radar.today", "academichub.briefs.brief_store", "academichub.search.service")

_lock = threading.Lock()


def load_models() -> None:
    """Load what ranking, briefs and search need; returns at once where it is loaded."""
    with _lock:
        for name in HEAVY:
            importlib.import_module(name)
