"""The JSON of embeddings."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from nextlat.serving.errors import BadRequestError
from nextlat.serving.request_body import RequestFields
from nextlat.serving.settings import ServeSettings

Encoding = Literal["float", "base64"]
Id = Annotated[int, Field(ge=0, le=2**31)]


class EmbeddingsRequest(RequestFields):
    """The body of `POST /v1/embeddings`."""

    input: str | list[str] | list[Id] | list[list[Id]]
    encoding_format: Encoding | None = None
    dimensions: Annotated[int, Field(ge=1)] | None = None

    def inputs(self, settings: ServeSettings) -> list[str | list[int]]:
        """Return the inputs one by one, text or token ids.

        Raises:
            BadRequestError: there are none, one is empty, or there are too many.
        """
        told: Any = self.input
        if isinstance(told, str) or (told and isinstance(told[0], int)):
            told = [told]
        if not told or not all(len(one) for one in told):
            raise BadRequestError(
                "input is empty; give text, a list of texts, or token ids", "input"
            )
        if len(told) > settings.max_embedding_inputs:
            raise BadRequestError(
                f"input has {len(told)} texts, at most {settings.max_embedding_inputs} are taken; send fewer",
                "input",
            )
        return list(told)


def embeddings_list(
    model: str, vectors: Sequence[Sequence[float]], num_tokens: int, encoding: Encoding
) -> dict[str, Any]:
    """Return the answer; base64 is of little-endian float32, as OpenAI's clients read it."""
    data = [
        {"object": "embedding", "index": i, "embedding": _coded(v, encoding)}
        for i, v in enumerate(vectors)
    ]
    usage = {"prompt_tokens": num_tokens, "total_tokens": num_tokens}
    return {"object": "list", "data": data, "model": model, "usage": usage}


def _coded(vector: Sequence[float], encoding: Encoding) -> str | list[float]:
    if encoding == "float":
        return list(vector)
    return base64.b64encode(np.asarray(vector, dtype="<f4").tobytes()).decode("ascii")
