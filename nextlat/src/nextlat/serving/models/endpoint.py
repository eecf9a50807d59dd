"""`GET /v1/models` and `/v1/models/{id}`: the text model first, then the embedding model."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from nextlat.serving.errors import InternalError, NotFoundError, UnauthorizedError
from nextlat.serving.models.response import ModelCard, ModelList, embedding_card, text_card
from nextlat.serving.openapi import error_responses
from nextlat.serving.responses import json_response
from nextlat.serving.state import ServerState, state_of

router = APIRouter()

BODY_TYPES = ()


@router.get(
    "/v1/models",
    operation_id="list_models",
    response_model=ModelList,
    responses=error_responses(UnauthorizedError, InternalError),
)
async def list_models(request: Request) -> Response:
    """List the models."""
    models: ModelList = {"object": "list", "data": _cards(state_of(request))}
    return json_response(models)


@router.get(
    "/v1/models/{id:path}",
    operation_id="get_model",
    response_model=ModelCard,
    responses=error_responses(UnauthorizedError, NotFoundError, InternalError),
    openapi_extra={
        "parameters": [
            {
                "name": "id",
                "in": "path",
                "required": True,
                "description": "What requests call the model; slashes in it need no escape.",
                "schema": {"type": "string"},
            }
        ]
    },
)
async def get_model(request: Request) -> Response:
    """Describe a model."""
    state, name = state_of(request), str(request.path_params["id"])
    for card in _cards(state):
        if card["id"] == name:
            return json_response(card)
    raise state.no_model(name)


def _cards(state: ServerState) -> list[ModelCard]:
    cards = [text_card(state.text, state.settings)]
    if state.embeddings is not None:
        cards.append(embedding_card(state.embeddings))
    return cards
