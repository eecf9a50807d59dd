"""`/feeds/radar.atom`, `/feeds/NAME.json` and the like: the day's works in a radar's order."""

from __future__ import annotations

import hashlib
from urllib.parse import quote

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
from academichub.errors import NotFoundError
from academichub.messages import Message
from academichub.radar.combined import today_of
from academichub.radar.window import TodayRequest
from academichub.web.addresses import Address
from academichub.web.forms import Here
from academichub.web.rendering import Visit

router = APIRouter()

FIRST = "radar"
"""In an address, the account's first radar, whatever its name."""

ENTRIES = 50
"""Works in a feed: those the radar puts first."""


@router.get("/feeds/radar.atom")
def radar_atom(request: Request, visit: Here) -> Response:
    """Give the first radar as an Atom feed (RFC 4287)."""
    return _feed(request, visit, FIRST, "atom")


@router.get("/feeds/radar.rss")
def radar_rss(request: Request, visit: Here) -> Response:
    """Give the first radar as an RSS 2.0 feed."""
    return _feed(request, visit, FIRST, "rss")


@router.get("/feeds/radar.json")
def radar_json(request: Request, visit: Here) -> Response:
    """Give the first radar as a JSON Feed 1.1."""
    return _feed(request, visit, FIRST, "json")


@router.get("/feeds/{name}.{form}")
def named_feed(request: Request, visit: Here, name: str, form: str) -> Response:
    """Give the radar of a name, or `all` of them, as a feed: `atom`, `rss` or `json`."""
    if form not in MEDIA:
        raise NotFoundError(Message.of("library.feed_format", format=form[:10]))
    return _feed(request, visit, name, form)


def _feed(request: Request, visit: Visit, name: str, form: str) -> Response:
    is_first = name == FIRST
    radar = None if is_first else name[:200]
    page = today_of(visit.hub, TodayRequest(size=ENTRIES), radar, visit.account)
    title = visit.gettext("AcademicHub radar")
    base = str(request.base_url).rstrip("/")
    head = FeedHead(
        title=title if is_first else f"{title}: {name}",
        self_url=f"{base}/feeds/{quote(name)}.{form}",
        home_url=f"{base}{Address('/') if is_first else Address('/').put('radar', name)}",
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
