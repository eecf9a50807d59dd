"""The JSON of the list of models."""

from __future__ import annotations

from typing import Any

from nextlat.serving.embeddings.worker import EmbeddingWorker
from nextlat.serving.settings import ServeSettings
from nextlat.serving.state import ServedText


def text_card(served: ServedText, settings: ServeSettings) -> dict[str, Any]:
    """Return what is told of the text model."""
    longest = min(served.model.max_length, settings.max_context_tokens)
    return _card(served.id, served.created, served.root, longest)


def embedding_card(worker: EmbeddingWorker) -> dict[str, Any]:
    """Return what is told of the embedding model."""
    return _card(worker.id, worker.created, worker.root, worker.max_length)


def _card(name: str, created: int, root: str, max_model_len: int | None) -> dict[str, Any]:
    return {
        "id": name,
        "object": "model",
        "created": created,
        "owned_by": "nextlat",
        "root": root,
        "parent": None,
        "max_model_len": max_model_len,
        "permission": [],
    }
