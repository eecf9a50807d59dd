"""`/api/today`: a day's works in the radar's order, as `academichub today --json` prints them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from academichub import documents
from academichub.radar.combined import today_of
from academichub.radar.window import TodayRequest
from academichub.web.api.documented import DocumentRoute, errors
from academichub.web.forms import Here
from academichub.web.radar_choice import RadarQuery

router = APIRouter(prefix="/api", tags=["today"], route_class=DocumentRoute)

Names = Annotated[list[str] | None, Query(max_length=50)]


@router.get("/today", responses=errors(400, 404))
def get_today(
    visit: Here,
    date: Annotated[str | None, Query(max_length=10)] = None,
    days: Annotated[int | None, Query(ge=1, le=366)] = None,
    author: Names = None,
    source: Names = None,
    category: Names = None,
    batch: Annotated[int, Query(ge=0, le=10_000)] = 0,
    seed: Annotated[int | None, Query(ge=0)] = None,
    size: Annotated[int, Query(ge=1, le=200)] = 20,
    radar: RadarQuery = "",
) -> documents.Today:
    """Return a batch of a day's works; the latest day where none is named.

    `radar` names the radar whose order they have; `all` joins those of all radars.
    """
    request = TodayRequest(
        date=date,
        days=days,
        authors=tuple(author or ()),
        sources=tuple(source or ()),
        categories=tuple(category or ()),
        batch=batch,
        seed=seed,
        size=size,
    )
    return today_of(visit.hub, request, radar or None, visit.account).document(visit.lang)
