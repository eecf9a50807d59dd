"""`/api/radar`: the radar as a file, and its changes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from academichub import documents
from academichub.errors import NotFoundError
from academichub.messages import Message
from academichub.radar.radar import Change, Radar
from academichub.web.api.documented import DocumentRoute, errors
from academichub.web.forms import Here

router = APIRouter(prefix="/api", tags=["radar"], route_class=DocumentRoute)

_RADAR_FILE = {"schema": {"$ref": "#/components/schemas/RadarFile"}}
_RADAR_BODY = {"requestBody": {"required": True, "content": {"application/json": _RADAR_FILE}}}


class SignalRequest(BaseModel):
    """One signal: `kind` is query, author, category, venue, example, like, dislike or hide."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=20)
    value: str = Field(max_length=2000)
    weight: float = 1.0


@router.get("/radar")
def get_radar(visit: Here) -> documents.RadarFile:
    """Return the radar as a file; `PUT` takes the same."""
    return Radar(visit.hub.database).export()


@router.put("/radar", responses=errors(400), openapi_extra=_RADAR_BODY)
def replace_radar(
    visit: Here, document: Annotated[dict[str, Any], Body()]
) -> documents.RadarChange:
    """Replace the whole radar by that of a file."""
    return _without_times(Radar(visit.hub.database).import_(document, replace_all=True))


@router.post("/radar/signals", status_code=201, responses=errors(400))
def add_signal(visit: Here, signal: SignalRequest) -> documents.RadarChange:
    """Add a signal, or give it a new weight."""
    return _without_times(Radar(visit.hub.database).add(signal.kind, signal.value, signal.weight))


@router.delete("/radar/signals", responses=errors(400, 404))
def remove_signal(visit: Here, kind: str, value: str) -> documents.RadarChange:
    """Remove a signal."""
    return _without_times(Radar(visit.hub.database).remove(kind, value))


@router.post("/radar/undo", responses=errors(404))
def undo_change(visit: Here) -> documents.RadarChange:
    """Take back the last change."""
    change = Radar(visit.hub.database).undo()
    if change is None:
        raise NotFoundError(Message.of("radar.no_undo"))
    return _without_times(change)


def _without_times(change: Change) -> documents.RadarChange:
    """Return a change whose signals have no `added_at`."""
    added, removed = (
        [
            documents.Signal(kind=signal.kind, value=signal.value, weight=signal.weight)
            for signal in signals
        ]
        for signals in (change.added, change.removed)
    )
    return change.document().model_copy(update={"added": added, "removed": removed})
