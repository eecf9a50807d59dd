"""`/api/radars` and `/api/radar`: the radars, one as a file, and its changes."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from academichub import documents
from academichub.errors import NotFoundError
from academichub.messages import Message
from academichub.radar.entered import entered_value
from academichub.radar.radar import Change
from academichub.radar.radars import Radars
from academichub.web.api.documented import DocumentRoute, errors
from academichub.web.forms import Here
from academichub.web.radar_choice import RadarQuery, chosen_radar

router = APIRouter(prefix="/api", tags=["radar"], route_class=DocumentRoute)

_RADAR_FILE = {"schema": {"$ref": "#/components/schemas/RadarFile"}}
_RADAR_BODY = {"requestBody": {"required": True, "content": {"application/json": _RADAR_FILE}}}


class SignalRequest(BaseModel):
    """A signal as a request gives it.

    `kind` is query, author, category, venue, example, like, dislike, hide, or a mute or pin.
    """

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=20)
    value: str = Field(max_length=2000)
    weight: float = 1.0


@router.get("/radars")
def list_radars(visit: Here) -> documents.RadarList:
    """Return the radars of the account, the first one first."""
    names = Radars(visit.hub.database, visit.account).names()
    radars = [
        documents.RadarSummary(name=name, signals=len(chosen_radar(visit, name).signals()))
        for name in names
    ]
    return documents.RadarList(radars=radars)


@router.get("/radar", responses=errors(404))
def get_radar(visit: Here, radar: RadarQuery = "") -> documents.RadarFile:
    """Return a radar as a file; `PUT` takes the same. The first radar where none is named."""
    return chosen_radar(visit, radar).export()


@router.put("/radar", responses=errors(400, 404), openapi_extra=_RADAR_BODY)
def replace_radar(
    visit: Here, document: Annotated[dict[str, Any], Body()], radar: RadarQuery = ""
) -> documents.RadarChange:
    """Replace the whole radar by that of a file."""
    return _without_times(chosen_radar(visit, radar).import_(document, replace_all=True))


@router.post("/radar/signals", status_code=201, responses=errors(400, 404))
def add_signal(visit: Here, signal: SignalRequest, radar: RadarQuery = "") -> documents.RadarChange:
    """Add a signal, or give it a new weight."""
    change = chosen_radar(visit, radar).add(
        signal.kind, entered_value(signal.kind, signal.value), signal.weight
    )
    return _without_times(change)


@router.delete("/radar/signals", responses=errors(400, 404))
def remove_signal(
    visit: Here, kind: str, value: str, radar: RadarQuery = ""
) -> documents.RadarChange:
    """Remove a signal."""
    return _without_times(chosen_radar(visit, radar).remove(kind, value))


@router.post("/radar/undo", responses=errors(404))
def undo_change(visit: Here, radar: RadarQuery = "") -> documents.RadarChange:
    """Take back the last change of a radar."""
    change = chosen_radar(visit, radar).undo()
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
