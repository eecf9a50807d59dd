"""The JSON of the list of models."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from nextlat.serving.embeddings.worker import EmbeddingWorker
from nextlat.serving.openapi import described
from nextlat.serving.settings import ServeSettings
from nextlat.serving.state import ServedText


@described
class ModelCard(TypedDict):
    """A model that requests can name."""

    id: str
    """What requests call it."""
    object: Literal["model"]
    created: int
    """When it was loaded, seconds since 1970."""
    owned_by: Literal["nextlat"]
    root: str
    """Where it came from, without its path."""
    parent: None
    """Always null."""
    max_model_len: int | None
    """Longest prompt and answer together, in tokens; null while the model loads."""
    permission: Annotated[list[str], Field(max_length=0)]
    """Always empty."""


@described
class ModelList(TypedDict):
    """The models of this server: the text model, then the embedding model."""

    object: Literal["list"]
    data: list[ModelCard]


def text_card(served: ServedText, settings: ServeSettings) -> ModelCard:
    """Return the card of the text model."""
    longest = min(served.model.max_length, settings.max_context_tokens)
    return _card(served.id, served.created, served.root, longest)


def embedding_card(worker: EmbeddingWorker) -> ModelCard:
    """Return the card of the embedding model."""
    return _card(worker.id, worker.created, worker.root, worker.max_length)


def _card(name: str, created: int, root: str, max_model_len: int | None) -> ModelCard:
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
