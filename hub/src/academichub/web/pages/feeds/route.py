"""`/feeds/radar.atom` and `/feeds/radar.json`: the day's works in the radar's order."""

from __future__ import annotations

import hashlib
from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response

from academichub.delivery.feeds import (
    MEDIA,
    FeedEntry,
    FeedHead,
    write_atom,
    write_json_feed,
    write_rss,
)
from academichub.radar.today import today
from academichub.radar.window import TodayRequest
from academichub.web.forms import Here
from academichub.web.rendering import Visit

router = APIRouter()

ENTRIES = 50
"""Works in a feed: those the radar puts first."""


@router.get("/feeds/radar.atom")
def radar_atom(request: Request, visit: Here) -> Response:
    """Give the radar as an Atom feed (RFC 4287)."""
    return _feed(request, visit, "atom")


@router.get("/feeds/radar.rss")
def radar_rss(request: Request, visit: Here) -> Response:
    """Give the radar as an RSS 2.0 feed."""
    return _feed(request, visit, "rss")


@router.get("/feeds/radar.json")
def radar_json(request: Request, visit: Here) -> Response:
    """Give the radar as a JSON Feed 1.1."""
    return _feed(request, visit, "json")


def _feed(request: Request, visit: Visit, form: Literal["atom", "rss", "json"]) -> Response:
    page = today(visit.hub, TodayRequest(size=ENTRIES))
    base = str(request.base_url).rstrip("/")
    head = FeedHead(
        title=visit.gettext("AcademicHub radar"),
        self_url=f"{base}/feeds/radar.{form}",
        home_url=f"{base}/",
        updated=page.date or "",
        language=visit.lang,
    )
    entries = [
        FeedEntry(
            card.work,
            card.announced.date if card.announced else "",
            card.label,
            tuple(visit.text(reason) for reason in card.why),
        )
        for card in page.cards
    ]
    written = {"atom": write_atom, "rss": write_rss, "json": write_json_feed}[form](head, entries)
    content = written.encode() if isinstance(written, str) else written
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"Content-Type": MEDIA[form], "ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(written, headers=headers)
