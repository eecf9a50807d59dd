"""The JSON of the server's own state."""

from __future__ import annotations

from typing import Any

from nextlat.serving.state import ServerState


def health_report(state: ServerState) -> tuple[int, dict[str, Any]]:
    """Return a status and what is ready: 200 while the engine serves, 503 when it does not."""
    problem = state.engine.problem
    models = {state.text.id: "ready" if problem is None else "unavailable"}
    if state.embeddings is not None:
        models[state.embeddings.id] = state.embeddings.status
    if problem is not None:
        return 503, {"status": "unavailable", "reason": str(problem), "models": models}
    return 200, {"status": "ok", "models": models}
