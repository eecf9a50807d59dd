"""`/api/radar`: the radar as a readable document, and its edits."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body
from pydantic import BaseModel, ConfigDict, Field

from academichub.errors import NotFoundError
from academichub.messages import Message
from academichub.radar.radar import Change, Radar
from academichub.web.forms import Here

router = APIRouter(tags=["radar"])


class SignalIn(BaseModel):
    """One signal: `kind` is query, author, category, venue, example, like, dislike or hide."""

    model_config = ConfigDict(extra="forbid")

    kind: str = Field(max_length=20)
    value: str = Field(max_length=2000)
    weight: float = 1.0


@router.get("/radar")
def read_radar(visit: Here) -> dict[str, Any]:
    """Return the radar; `PUT` takes the same document."""
    return Radar(visit.hub.database).export()


@router.put("/radar")
def replace_radar(visit: Here, document: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
    """Let a document take the place of the whole radar."""
    return _told(Radar(visit.hub.database).import_(document, replace_all=True))


@router.post("/radar/signals", status_code=201)
def add_signal(visit: Here, signal: SignalIn) -> dict[str, Any]:
    """Add a signal, or give it a new weight."""
    return _told(Radar(visit.hub.database).add(signal.kind, signal.value, signal.weight))


@router.delete("/radar/signals")
def remove_signal(visit: Here, kind: str, value: str) -> dict[str, Any]:
    """Remove a signal."""
    return _told(Radar(visit.hub.database).remove(kind, value))


@router.post("/radar/undo")
def undo(visit: Here) -> dict[str, Any]:
    """Take back the last change."""
    change = Radar(visit.hub.database).undo()
    if change is None:
        raise NotFoundError(Message.of("radar.no_undo"))
    return _told(change)


def _told(change: Change) -> dict[str, Any]:
    return {
        "change": change.words,
        "added": [
            {"kind": one.kind, "value": one.value, "weight": one.weight} for one in change.added
        ],
        "removed": [
            {"kind": one.kind, "value": one.value, "weight": one.weight} for one in change.removed
        ],
    }
