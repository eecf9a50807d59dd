"""Search by meaning: the works nearest to a query's embedding, for fusion with the ranking by words.

A search never waits long for a model: a query's vector that does not come in time is kept for the next time, and after
a failure nobody asks for a while. Vectors are read once and again only when more were made.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError

import numpy as np
from numpy.typing import NDArray

from academichub.errors import HubError
from academichub.search.embeddings import all_vectors, latest_model, stamp
from academichub.search.service import MIN_COSINE
from academichub.store.database import Database

PATIENCE_S = 0.4
"""Longest a search waits for the vector of its query."""

SILENT_S = 60.0
"""After a failure the model is not asked for so long."""

CHECK_S = 5.0
"""How often it is looked whether more vectors were made."""

KEPT_QUERIES = 512
_ROWS = 16_384

Embedder = Callable[[Sequence[str]], tuple[str, list[list[float]]]]
"""Texts -> the model's name and a vector each."""


class Semantic:
    """The nearest works to a text.

    Args:
        database: Where vectors are kept.
        embed: Embeds a text with the model of the settings.
        patience_s: Longest wait for a query's vector.
    """

    def __init__(self, database: Database, embed: Embedder, patience_s: float = PATIENCE_S) -> None:
        self._database, self._embed, self._patience_s = database, embed, patience_s
        self._lock = threading.Lock()
        self._asking = ThreadPoolExecutor(max_workers=1, thread_name_prefix="query-vector")
        self._queries: OrderedDict[str, Future[tuple[str, list[list[float]]]]] = OrderedDict()
        self._silent_until = self._checked_at = 0.0
        self._stamp: tuple[int, str] = (0, "")
        self._model: str | None = None
        self._numbers: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._rows: NDArray[np.float16] = np.empty((0, 0), dtype=np.float16)

    def close(self) -> None:
        """Ask nobody any more."""
        self._asking.shutdown(wait=False, cancel_futures=True)

    def nearest(self, text: str, limit: int) -> list[tuple[int, float]]:
        """Return (row number, cosine) of the nearest works, best first; nothing while the vectors or the model fail."""
        self._refresh()
        if self._model is None or not len(self._numbers):
            return []
        vector = self._vector(text)
        if vector is None or len(vector) != self._rows.shape[1]:
            return []
        scores = np.concatenate(
            [
                self._rows[start : start + _ROWS].astype(np.float32) @ vector
                for start in range(0, len(self._rows), _ROWS)
            ]
        )
        best = np.argsort(-scores, kind="stable")[:limit]
        return [
            (int(self._numbers[position]), float(scores[position]))
            for position in best
            if scores[position] >= MIN_COSINE
        ]

    def _vector(self, text: str) -> NDArray[np.float32] | None:
        """Return the unit vector of a query if it is there in time and of the model of the works' vectors."""
        if time.monotonic() < self._silent_until:
            return None
        with self._lock:
            future = self._queries.get(text)
            if future is None:
                future = self._asking.submit(self._embed, [text])
                self._queries[text] = future
                while len(self._queries) > KEPT_QUERIES:
                    self._queries.popitem(last=False)
        try:
            model, rows = future.result(self._patience_s)
        except TimeoutError:
            return None
        except HubError:
            self._silent_until = time.monotonic() + SILENT_S
            with self._lock:
                self._queries.pop(text, None)
            return None
        vector = np.asarray(rows[0], dtype=np.float32)
        length = float(np.linalg.norm(vector))
        return vector / length if model == self._model and length > 0 else None

    def _refresh(self) -> None:
        """Read the vectors anew if more were made."""
        with self._lock:
            if time.monotonic() - self._checked_at < CHECK_S and self._model is not None:
                return
            self._checked_at = time.monotonic()
            now = stamp(self._database)
            if now == self._stamp:
                return
            self._model = latest_model(self._database)
            if self._model is not None:
                self._numbers, self._rows = all_vectors(self._database, self._model)
            self._stamp = now
