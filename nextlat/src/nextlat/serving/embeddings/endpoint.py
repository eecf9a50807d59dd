"""`POST /v1/embeddings`: texts or token ids in, vectors out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from nextlat.serving.embeddings.protocol import EmbeddingsRequest, embeddings_list
from nextlat.serving.embeddings.worker import Vectors
from nextlat.serving.errors import BadRequestError, UnavailableError
from nextlat.serving.request_body import read_fields
from nextlat.serving.responses import json_answer, unless_left
from nextlat.serving.state import state_of

if TYPE_CHECKING:
    from nextlat.serving.embeddings.encoder import SentenceEncoder

router = APIRouter()


@router.post("/v1/embeddings")
async def embeddings(request: Request) -> Response:
    """Embed texts."""
    state = state_of(request)
    asked = await read_fields(request, EmbeddingsRequest, state.settings)
    worker = state.embedding_model(asked.model)
    inputs = asked.inputs(state.settings)
    found: list[tuple[Vectors, int]] = []

    async def embed() -> None:
        found.append(
            await worker.run(
                lambda encoder, goes_on: _embedded(encoder, inputs, asked.dimensions, goes_on)
            )
        )

    await unless_left(request.receive, embed())
    vectors, num_tokens = found[0]
    state.metrics.embedded(num_tokens)
    return json_answer(
        embeddings_list(worker.id, vectors, num_tokens, asked.encoding_format or "float")
    )


def _embedded(
    encoder: SentenceEncoder,
    inputs: list[str | list[int]],
    dimensions: int | None,
    goes_on: Callable[[], bool],
) -> tuple[Vectors, int]:
    """Return the vectors and how many tokens were read."""
    if dimensions not in (None, encoder.width):
        raise BadRequestError(
            f"dimensions {dimensions}: this model makes {encoder.width}; leave it out", "dimensions"
        )
    rows = []
    for one in inputs:
        if isinstance(one, str):
            rows.append(encoder.ids_of_text(one))
            continue
        if max(one) >= encoder.vocab_size:
            raise BadRequestError(
                f"input: token id {max(one)} is outside the vocabulary of {encoder.vocab_size}",
                "input",
            )
        rows.append(encoder.ids_of_tokens(one))
    vectors = encoder.embed(rows, goes_on)
    if len(vectors) < len(rows):
        raise UnavailableError("the server is shutting down; try again later")
    return vectors, sum(map(len, rows))
