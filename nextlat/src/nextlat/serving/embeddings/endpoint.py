"""`POST /v1/embeddings`: embeds texts or token ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from nextlat.serving.embeddings.request import EmbeddingsRequest
from nextlat.serving.embeddings.response import EmbeddingList, embedding_list
from nextlat.serving.embeddings.worker import Vectors
from nextlat.serving.errors import BadRequestError, UnavailableError
from nextlat.serving.openapi import GENERATION_ERRORS, error_responses, json_body
from nextlat.serving.request_body import TokenInput, read_fields
from nextlat.serving.responses import json_response, unless_left
from nextlat.serving.state import state_of

if TYPE_CHECKING:
    from nextlat.serving.embeddings.encoder import SentenceEncoder

router = APIRouter()

BODY_TYPES = (EmbeddingsRequest,)


@router.post(
    "/v1/embeddings",
    operation_id="create_embeddings",
    response_model=EmbeddingList,
    responses=error_responses(*GENERATION_ERRORS),
    openapi_extra=json_body(EmbeddingsRequest),
)
async def create_embeddings(request: Request) -> Response:
    """Embed texts."""
    state = state_of(request)
    fields = await read_fields(request, EmbeddingsRequest, state.settings)
    worker = state.embedding_model(fields.model)
    inputs = fields.inputs(state.settings)
    vectors: Vectors = []
    num_tokens = 0

    async def embed() -> None:
        nonlocal vectors, num_tokens
        vectors, num_tokens = await worker.run(
            lambda encoder, goes_on: _embed(encoder, inputs, fields.dimensions, goes_on)
        )

    await unless_left(request.receive, embed())
    state.metrics.embedded(num_tokens)
    encoding = fields.encoding_format or "float"
    return json_response(embedding_list(worker.id, vectors, num_tokens, encoding))


def _ids(encoder: SentenceEncoder, text_or_ids: TokenInput) -> list[int]:
    """Return the ids an input stands for, special tokens included."""
    if isinstance(text_or_ids, str):
        return encoder.ids_of_text(text_or_ids)
    if max(text_or_ids) >= encoder.vocab_size:
        raise BadRequestError(
            f"input: token id {max(text_or_ids)} is outside the vocabulary of {encoder.vocab_size}",
            "input",
        )
    return encoder.ids_of_tokens(text_or_ids)


def _embed(
    encoder: SentenceEncoder,
    inputs: Sequence[TokenInput],
    dimensions: int | None,
    goes_on: Callable[[], bool],
) -> tuple[Vectors, int]:
    """Return the vectors and how many tokens were read."""
    if dimensions not in (None, encoder.width):
        raise BadRequestError(
            f"dimensions {dimensions}: this model makes {encoder.width}; leave it out", "dimensions"
        )
    rows = [_ids(encoder, text_or_ids) for text_or_ids in inputs]
    vectors = encoder.embed(rows, goes_on)
    # The encoder stops early only where the client has left or the server shuts down.
    if len(vectors) < len(rows):
        raise UnavailableError("the server is shutting down; try again later")
    return vectors, sum(map(len, rows))
