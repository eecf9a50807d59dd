"""`/`: a day's works as numbered cards in the radar's order, with filters, days and batches."""

from __future__ import annotations

import datetime as clock
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from academichub.errors import UsageError
from academichub.messages import Message
from academichub.radar.window import TodayRequest
from academichub.web.forms import Here
from academichub.web.pages.today.view import today_view
from academichub.web.rendering import render

router = APIRouter()

MAX_FILTERS = 12
Names = Annotated[list[str] | None, Query(max_length=MAX_FILTERS)]


@router.get("/")
def today_page(
    visit: Here,
    author: Names = None,
    source: Names = None,
    category: Names = None,
    date: Annotated[str, Query(max_length=10)] = "",
    batch: Annotated[int, Query(ge=0, le=10_000)] = 0,
    seed: Annotated[int | None, Query(ge=0, le=2**31)] = None,
) -> Response:
    """Show a day; the latest one with works where none is named."""
    request = TodayRequest(
        date=checked_day(date),
        authors=_clean(author),
        sources=_clean(source),
        categories=_clean(category),
        batch=batch,
        seed=seed,
    )
    return render(visit, "today/page.html", page=today_view(visit, request))


def checked_day(text: str) -> str | None:
    """Return an ISO day, or None for an empty text.

    Raises:
        UsageError: If it is not a day.
    """
    if not text:
        return None
    try:
        return clock.date.fromisoformat(text).isoformat()
    except ValueError as problem:
        raise UsageError(Message.of("request.not_a_day", text=text)) from problem


def _clean(values: list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip()[:200] for value in values or () if value.strip()))
