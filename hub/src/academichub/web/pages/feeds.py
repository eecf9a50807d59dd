"""`/feeds/radar.atom` and `/feeds/radar.json`: the day's works in the radar's order, for feed readers."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import Response

from academichub.web.forms import Here
from academichub.web.rendering import Visit

router = APIRouter()


@router.get("/feeds/radar.atom")
def radar_atom(request: Request, visit: Here) -> Response:
    """Give the radar as an Atom feed (RFC 4287)."""
    return _feed(request, visit, "atom", "application/atom+xml; charset=utf-8")


@router.get("/feeds/radar.json")
def radar_json(request: Request, visit: Here) -> Response:
    """Give the radar as a JSON Feed 1.1."""
    return _feed(request, visit, "json", "application/feed+json; charset=utf-8")
