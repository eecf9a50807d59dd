"""The JSON of embeddings."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Literal

import numpy as np
from typing_extensions import TypedDict

from nextlat.serving.embeddings.request import Encoding
from nextlat.serving.openapi import described


@described
class Embedding(TypedDict):
    """The embedding of an input."""

    object: Literal["embedding"]
    index: int
    """Number of the input."""
    embedding: list[float] | str
    """Numbers, or in base64 where `encoding_format` requests that."""


@described
class EmbeddingsUsage(TypedDict):
    """The number of tokens embedded."""

    prompt_tokens: int
    """Tokens of all inputs, after longer ones were cut."""
    total_tokens: int
    """The same."""


@described
class EmbeddingList(TypedDict):
    """The embeddings of all inputs, in order."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: EmbeddingsUsage


def embedding_list(
    model: str, vectors: Sequence[Sequence[float]], num_tokens: int, encoding: Encoding
) -> EmbeddingList:
    """Return the response; base64 is of little-endian float32, as OpenAI's clients read it."""
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": index, "embedding": _encode(vector, encoding)}
            for index, vector in enumerate(vectors)
        ],
        "model": model,
        "usage": {"prompt_tokens": num_tokens, "total_tokens": num_tokens},
    }


def _encode(vector: Sequence[float], encoding: Encoding) -> list[float] | str:
    if encoding == "float":
        return list(vector)
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode("ascii")
