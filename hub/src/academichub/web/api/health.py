"""`/health`: whether the hub can read its database, and how much it holds."""

from __future__ import annotations

import time

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from academichub import __version__, documents
from academichub.errors import StorageError
from academichub.hub import Hub
from academichub.web.api.documented import Responses, errors

router = APIRouter(tags=["health"], route_class=APIRoute)

_ANSWERS: Responses = {
    421: {
        "description": "The hub does not answer to that host name.",
        "content": {"text/plain": {}},
    },
    **errors(500),
    503: {"model": documents.HealthFailure, "description": "The database cannot be read."},
}


@router.get("/health", response_model=documents.Health, responses=_ANSWERS)
def get_health(request: Request) -> documents.Health | JSONResponse:
    """Return whether the hub can read its database, and how much it holds."""
    hub: Hub = request.app.state.hub
    started = time.perf_counter()
    try:
        works = hub.library.count()
    except StorageError as problem:
        failure = documents.HealthFailure(
            status="failing",
            version=__version__,
            message=str(problem),
            details=documents.message_details([problem.message]),
        )
        return JSONResponse(failure.json_object(), 503)
    milliseconds = round((time.perf_counter() - started) * 1000, 1)
    return documents.Health(status="ok", version=__version__, works=works, database_ms=milliseconds)
