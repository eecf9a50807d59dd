"""`GET /v1/models` and `/v1/models/{id}`: the text model first, then the embedding model."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from nextlat.serving.models.protocol import embedding_card, text_card
from nextlat.serving.responses import json_answer
from nextlat.serving.state import ServerState, state_of

router = APIRouter()


@router.get("/v1/models")
async def models(request: Request) -> Response:
    """List the models."""
    return json_answer({"object": "list", "data": _cards(state_of(request))})


@router.get("/v1/models/{id:path}")
async def model(request: Request) -> Response:
    """Tell of one model."""
    state, name = state_of(request), str(request.path_params["id"])
    for card in _cards(state):
        if card["id"] == name:
            return json_answer(card)
    raise state.no_model(name)


def _cards(state: ServerState) -> list[dict[str, Any]]:
    cards = [text_card(state.text, state.settings)]
    if state.embeddings is not None:
        cards.append(embedding_card(state.embeddings))
    return cards
