"""What an address of Today asks for: days, filters, batch, the whole order, sort, layout."""

from __future__ import annotations

import datetime as clock
from dataclasses import dataclass
from typing import Annotated, Literal, get_args
from urllib.parse import parse_qs, urlsplit

from fastapi import Query

from academichub.errors import UsageError
from academichub.messages import Message
from academichub.radar.radars import ALL
from academichub.radar.window import MAX_DAYS, TodayRequest
from academichub.web.addresses import Address
from academichub.web.rendering import YEAR_S, Visit

MAX_FILTERS = 12
MAX_PAGE = 1000
LAYOUT_COOKIE = "academichub_layout"

Names = Annotated[list[str] | None, Query(max_length=MAX_FILTERS)]
DayText = Annotated[str, Query(max_length=10)]
Days = Annotated[int, Query(ge=0, le=MAX_DAYS)]
Batch = Annotated[int, Query(ge=0, le=10_000)]
Seed = Annotated[int | None, Query(ge=0, le=2**31)]
PageNumber = Annotated[int, Query(ge=1, le=MAX_PAGE)]
LayoutText = Annotated[str, Query(max_length=10)]

View = Literal["best", "all"]
Sort = Literal["rank", "newest", "title"]
Show = Literal["all", "unread", "new"]
Layout = Literal["cards", "list"]
SORTS: tuple[Sort, ...] = get_args(Sort)
SHOWS: tuple[Show, ...] = get_args(Show)


@dataclass(frozen=True, slots=True)
class Choices:
    """A request for a page of Today.

    Attributes:
        request: Days, filters and batch.
        whole: Whether the whole order of the days is shown, page by page, in place of a batch.
        sort: The order of the whole order's works.
        show: Which of them: all, those not read, or those that came since the last visit.
        page: Number of the page of the whole order, from 1.
        radar: Name of the radar; empty for the first, `all` for all of them.
    """

    request: TodayRequest
    whole: bool = False
    sort: Sort = "rank"
    show: Show = "all"
    page: int = 1
    radar: str = ""

    @property
    def address(self) -> Address:
        """The address of these choices, without batch and page."""
        request = self.request
        pairs = [("radar", self.radar)] if self.radar else []
        pairs += [("author", value) for value in request.authors]
        pairs += [("source", value) for value in request.sources]
        pairs += [("category", value) for value in request.categories]
        pairs += [("date", request.date)] if request.date else []
        pairs += [("days", str(request.days))] if request.days else []
        pairs += [("view", "all")] if self.whole else []
        pairs += [("sort", self.sort)] if self.whole and self.sort != "rank" else []
        pairs += [("show", self.show)] if self.whole and self.show != "all" else []
        pairs += (
            [("seed", str(request.seed))] if request.seed is not None and not self.whole else []
        )
        return Address("/", tuple(pairs))

    @property
    def is_plain(self) -> bool:
        """Whether nothing but the newest day's first batch is asked for."""
        return not self.whole and self.request == TodayRequest()


def page_choices(
    author: list[str] | None = None,
    source: list[str] | None = None,
    category: list[str] | None = None,
    date: str = "",
    since: str = "",
    days: int = 0,
    batch: int = 0,
    seed: int | None = None,
    view: View = "best",
    sort: Sort = "rank",
    show: Show = "all",
    page: int = 1,
    radar: str = "",
) -> Choices:
    """Return what an address asks for.

    `since` and `date` are the first and last day of a span; `days` counts back from the last.

    Raises:
        UsageError: If a day cannot be read, or the span ends before it begins or is too long.
    """
    last = checked_day(date)
    request = TodayRequest(
        date=last,
        days=_span(since, last) or days or None,
        authors=_clean(author),
        sources=_clean(source),
        categories=_clean(category),
        batch=batch,
        seed=None if radar.casefold() == ALL else seed,  # the combined view has no draws
    )
    whole = view == "all" or sort != "rank" or show != "all"
    return Choices(request, whole, sort, show, page, radar)


def choices_at(address: str) -> Choices:
    """Return what an address of Today, sent back by a form, asks for: days, filters and `show`.

    Raises:
        UsageError: As `page_choices`; also if a parameter is of no use.
    """
    given = parse_qs(urlsplit(address).query)

    def last(name: str) -> str:
        return given.get(name, [""])[-1][:20]

    days, show = last("days"), last("show") or "all"
    if (days and not days.isdecimal()) or show not in SHOWS:
        raise UsageError(Message.of("request.not_an_address", text=address[:80]))
    return page_choices(
        author=given.get("author", [])[:MAX_FILTERS],
        source=given.get("source", [])[:MAX_FILTERS],
        category=given.get("category", [])[:MAX_FILTERS],
        date=last("date"),
        days=int(days or 0),
        show=show,
        radar=given.get("radar", [""])[-1][:200],
    )


def chosen_layout(visit: Visit, layout: str, whole: bool) -> str:
    """Return `cards` or `list`: what the address says, which is remembered, else what was chosen.

    Where nothing was chosen the whole order is a list and a batch is cards.
    """
    if layout in get_args(Layout):
        visit.cookies[LAYOUT_COOKIE] = (layout, YEAR_S)
        return layout
    remembered = visit.request.cookies.get(LAYOUT_COOKIE, "")
    if remembered in get_args(Layout):
        return remembered
    return "list" if whole else "cards"


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


def _span(since: str, last: str | None) -> int | None:
    """Return how many days a span has; None where it has no beginning or no end."""
    first = checked_day(since)
    if first is None or last is None:
        return None
    days = (clock.date.fromisoformat(last) - clock.date.fromisoformat(first)).days + 1
    if days < 1:
        raise UsageError(Message.of("request.span_backwards", first=first, last=last))
    return days


def _clean(values: list[str] | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip()[:200] for value in values or () if value.strip()))
