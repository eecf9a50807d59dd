"""`/api/engine`: how the local language model is; let it be tried once more."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from academichub.errors import NotFoundError
from academichub.local_model.state import ask_again
from academichub.messages import Message
from academichub.web.forms import Here
from academichub.web.local_model_view import engine_view

router = APIRouter(tags=["engine"])


@router.get("/engine")
def engine_state(visit: Here) -> dict[str, Any]:
    """Return the state of the local engine: absent, installing, starting, ready, restarting, stopped or failed.

    `off` where another model is set (`llm.base_url`) or it is switched off. `line` is the last line of its installation
    or loading; `reason` and `remedy` say what is wrong and what to do.
    """
    view = engine_view(visit)
    return {"state": "off", "running": False} if view is None else view.as_json()


@router.post("/engine/retry", status_code=202)
def try_again(visit: Here) -> dict[str, bool]:
    """Let the hub that runs the engine install and start it once more."""
    if not ask_again(visit.hub.settings.home):
        raise NotFoundError(Message.of("library.no_local_model"))
    return {"asked": True}
