"""The whole order of a page's days: sorted, narrowed to unread or new works, and cut into pages."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from academichub.briefs.extract import ranked_sentences
from academichub.messages import Message
from academichub.radar.combined import CombinedOrder, order_of
from academichub.radar.reading import Visits, new_since
from academichub.radar.today import Card, DayOrder
from academichub.text.sentences import split_sentences
from academichub.web.pages.today.choices import Choices, Sort
from academichub.web.reading_view import account_of, reading_marks
from academichub.web.rendering import Visit

PAGE_SIZE = 50
"""Works on a page of the whole order."""


@dataclass(frozen=True, slots=True)
class OrderPage:
    """A page of the whole order.

    Attributes:
        first: The first day of the span.
        last: Its last day.
        total: Works that match, before `show` narrows them.
        shown: Works that are left, on all pages together.
        cards: Those of this page, numbered in the order shown.
        pages: How many pages there are, at least 1.
        notes: What the reader should know of the order.
    """

    first: str
    last: str
    total: int
    shown: int
    cards: tuple[Card, ...]
    pages: int
    notes: tuple[Message, ...]


def order_page(visit: Visit, choices: Choices) -> OrderPage | None:
    """Return a page of the whole order; None where nothing has been gathered."""
    order = order_of(visit.hub, choices.request, choices.radar or None, visit.account)
    if order is None:
        return None
    places = sorted_places(order, choices.sort)
    left = narrowed_places(visit, order, places, choices)
    start = (choices.page - 1) * PAGE_SIZE
    cards = tuple(
        order.card(position, start + number)
        for number, position in enumerate(left[start : start + PAGE_SIZE], 1)
    )
    return OrderPage(
        first=order.window.first,
        last=order.window.last,
        total=len(places),
        shown=len(left),
        cards=cards,
        pages=max(1, -(-len(left) // PAGE_SIZE)),
        notes=order.notes,
    )


def keys_shown(visit: Visit, choices: Choices) -> list[str]:
    """Return the keys of all works of the days and filters of a page, in the radar's order."""
    order = order_of(visit.hub, choices.request, choices.radar or None, visit.account)
    if order is None:
        return []
    places = narrowed_places(visit, order, sorted_places(order, "rank"), choices)
    return [order.candidates[position].work.key for position in places]


def sorted_places(order: DayOrder | CombinedOrder, sort: Sort) -> list[int]:
    """Return an order's places sorted by rank, latest day first, or title; ties stay by rank."""
    candidates = order.candidates
    places = list(range(len(candidates)))
    if sort == "title":
        places.sort(key=lambda position: candidates[position].work.readable_title.casefold())
    elif sort == "newest":
        places.sort(key=lambda position: _day_of(order, position), reverse=True)
    return places


def narrowed_places(
    visit: Visit, order: DayOrder | CombinedOrder, places: list[int], choices: Choices
) -> list[int]:
    """Return the places `show` leaves: all, those not read, or those new since the last visit."""
    candidates = order.candidates
    if choices.show == "unread":
        read = reading_marks(visit).read_among(candidate.work.key for candidate in candidates)
        return [position for position in places if candidates[position].work.key not in read]
    if choices.show == "new":
        before = Visits(visit.hub.database, account_of(visit)).before()
        new = new_since(visit.hub.database, candidates, before) if before else set()
        return [position for position in places if candidates[position].work.key in new]
    return places


@lru_cache(maxsize=2000)
def gist_of(title: str, text: str) -> str:
    """Return the sentence of an abstract that says best what the work is about, or nothing."""
    sentences = ranked_sentences(text, title, ()) or split_sentences(text)
    return sentences[0] if sentences else ""


def _day_of(order: DayOrder | CombinedOrder, position: int) -> str:
    candidate = order.candidates[position]
    return candidate.announced.date if candidate.announced else candidate.work.updated
