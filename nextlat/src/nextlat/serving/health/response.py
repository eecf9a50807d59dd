"""The JSON of the server's own state."""

from __future__ import annotations

from typing import Literal, NotRequired

from typing_extensions import TypedDict

from nextlat.serving.openapi import described
from nextlat.serving.state import ServerState


@described
class HealthReport(TypedDict):
    """Whether the server generates, and which models are ready."""

    status: Literal["ok", "unavailable"]
    reason: NotRequired[str]
    """Why the server does not generate; where `status` is `unavailable` only."""
    models: dict[str, str]
    """From model to `ready`, `loading`, `unavailable`, or `failed: ` and the reason."""


@described
class Version(TypedDict):
    """The version of the package."""

    version: str


def health_report(state: ServerState) -> tuple[int, HealthReport]:
    """Return a status and what is ready: 200 while the server generates, 503 when it does not."""
    problem = state.scheduler.problem
    models = {state.text.id: "ready" if problem is None else "unavailable"}
    if state.embeddings is not None:
        models[state.embeddings.id] = state.embeddings.status
    if problem is not None:
        return 503, {"status": "unavailable", "reason": str(problem), "models": models}
    return 200, {"status": "ok", "models": models}
