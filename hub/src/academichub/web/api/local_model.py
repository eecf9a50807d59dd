"""`/api/engine`: the state of the local language model; let it be started again."""

from __future__ import annotations

from fastapi import APIRouter

from academichub import documents
from academichub.errors import NotFoundError
from academichub.local_model.state import ask_again
from academichub.messages import Message
from academichub.web.api.documented import DocumentRoute, errors
from academichub.web.forms import Here
from academichub.web.local_model_view import engine_view

router = APIRouter(prefix="/api", tags=["engine"], route_class=DocumentRoute)


@router.get("/engine")
def get_engine(visit: Here) -> documents.LocalModel:
    """Return the state of the local language model.

    One of absent, installing, starting, ready, restarting, stopped and failed; off where another
    model is set (`llm.base_url`) or it is switched off (`engine.enabled`).
    """
    view = engine_view(visit)
    return documents.LocalModel(state="off", running=False) if view is None else view.document()


@router.post("/engine/retry", status_code=202, responses=errors(404))
def retry_engine(visit: Here) -> documents.RetryAsked:
    """Let the hub that runs the local language model install and start it again."""
    if not ask_again(visit.hub.settings.home):
        raise NotFoundError(Message.of("library.no_local_model"))
    return documents.RetryAsked(asked=True)
