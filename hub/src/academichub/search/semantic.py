"""Search by meaning: the works nearest to the embedding of a query.

A search never waits long for a model: a query vector that arrives too late is stored for the next
search, and after a failure the model is left alone for a while. Vectors of works are read once, and
again only after more were made.
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
"""Longest time a search waits for the vector of its query."""

PAUSE_S = 60.0
"""Time after a failure during which the model is not called."""

CHECK_S = 5.0
"""Time between two checks for new vectors."""

KEPT_QUERIES = 512
"""Number of queries whose vectors are remembered."""

_CHUNK_ROWS = 16_384  # vectors turned into single precision at a time

Embedder = Callable[[Sequence[str]], tuple[str, list[list[float]]]]
"""Texts -> the name of the model, and a vector for each text."""


class Semantic:
    """Ranks works by the similarity of their embedding to that of a text.

    Args:
        database: Where vectors are stored.
        embed: Embeds texts with the model in the settings.
        patience_s: Longest wait for the vector of a query.
    """

    def __init__(self, database: Database, embed: Embedder, patience_s: float = PATIENCE_S) -> None:
        self._database, self._embed, self._patience_s = database, embed, patience_s
        self._lock = threading.Lock()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="query-vector")
        self._queries: OrderedDict[str, Future[tuple[str, list[list[float]]]]] = OrderedDict()
        self._paused_until = self._checked_at = 0.0
        self._stamp: tuple[int, str] = (0, "")
        self._model: str | None = None
        self._numbers: NDArray[np.int64] = np.empty(0, dtype=np.int64)
        self._rows: NDArray[np.float16] = np.empty((0, 0), dtype=np.float16)

    def close(self) -> None:
        """Stop calling the model."""
        self._executor.shutdown(wait=False, cancel_futures=True)

    def nearest(self, text: str, limit: int) -> list[tuple[int, float]]:
        """Return (row number, cosine) of the nearest works, best first.

        The list is empty if there are no vectors, or if the model fails or is late.
        """
        self._refresh()
        if self._model is None or not len(self._numbers):
            return []
        vector = self._vector(text)
        if vector is None or len(vector) != self._rows.shape[1]:
            return []
        scores = np.concatenate(
            [
                self._rows[start : start + _CHUNK_ROWS].astype(np.float32) @ vector
                for start in range(0, len(self._rows), _CHUNK_ROWS)
            ]
        )
        best = np.argsort(-scores, kind="stable")[:limit]
        return [
            (int(self._numbers[position]), float(scores[position]))
            for position in best
            if scores[position] >= MIN_COSINE
        ]

    def _vector(self, text: str) -> NDArray[np.float32] | None:
        """Return the unit vector of a query.

        None if it is late, if the model fails, or if the works have vectors of another model.
        """
        if time.monotonic() < self._paused_until:
            return None
        with self._lock:
            future = self._queries.get(text)
            if future is None:
                future = self._executor.submit(self._embed, [text])
                self._queries[text] = future
                while len(self._queries) > KEPT_QUERIES:
                    self._queries.popitem(last=False)
        try:
            model, rows = future.result(self._patience_s)
        except TimeoutError:
            return None
        except HubError:
            self._paused_until = time.monotonic() + PAUSE_S
            with self._lock:
                self._queries.pop(text, None)
            return None
        vector = np.asarray(rows[0], dtype=np.float32)
        length = float(np.linalg.norm(vector))
        return vector / length if model == self._model and length > 0 else None

    def _refresh(self) -> None:
        """Read the vectors again if more were made."""
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
