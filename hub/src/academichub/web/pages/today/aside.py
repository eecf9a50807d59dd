"""Beside the list: calendar of days, works carried over, the radar's words, the latest brief."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from academichub.briefs.brief_store import latest_brief
from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.radar.today import Card
from academichub.text.moments import day_before
from academichub.web.addresses import Address
from academichub.web.reading_view import marks_with_read
from academichub.web.rendering import Visit
from academichub.works.work import Work

DAYS_SHOWN = 14
"""Two rows of a week in the calendar."""

DAYS_COUNTED = 400
CARRIED_SHOWN = 5
"""Carried works in view; the others are behind a click."""

THEMES_SHOWN = 4


@dataclass(frozen=True, slots=True)
class DayView:
    """A day of the calendar: its ISO date, how many works it has, its address."""

    day: str
    count: int
    address: Address


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days around the one shown, and the nearest days with works before and after it."""

    days: tuple[DayView, ...] = ()
    earlier: Address | None = None
    later: Address | None = None
    newer: int = 0
    """Works announced on the days after the newest one of the last visit."""


@dataclass(frozen=True, slots=True)
class CarriedView:
    """A work carried over: its key, readable title, day of announcement, whether it is read."""

    key: str
    title: str
    day: str
    read: bool


@dataclass(frozen=True, slots=True)
class BriefTeaser:
    """The latest brief as Today announces it: its page, day and first themes."""

    address: str
    day: str
    themes: tuple[str, ...]


def calendar_of(hub: Hub, day: str, newest: str, base: Address, seen_until: str) -> Calendar:
    """Return the calendar around a day, so that empty days between are seen too.

    Args:
        hub: The open hub.
        day: The day shown.
        newest: The newest day in the library.
        base: The address to which a day is added.
        seen_until: The newest day at the last visit; empty where there was none.
    """
    newest = max(newest, day)
    end = min(newest, day_before(day, -3))
    counts = dict(hub.daily.days(newest, DAYS_COUNTED))
    # At the ends of the calendar several of these are one day, shown once.
    shown = dict.fromkeys(day_before(end, back) for back in reversed(range(DAYS_SHOWN)))
    before = max((other for other in counts if other < day), default=None)
    after = min((other for other in counts if other > day), default=None)
    return Calendar(
        tuple(DayView(other, counts.get(other, 0), base.put("date", other)) for other in shown),
        earlier=base.put("date", before) if before else None,
        later=base.put("date", after) if after else None,
        newer=sum(count for other, count in counts.items() if other > seen_until)
        if seen_until
        else 0,
    )


def carried_views(visit: Visit, cards: tuple[Card, ...]) -> list[CarriedView]:
    """Return the works carried over as the page lists them."""
    marked = marks_with_read(visit, [card.key for card in cards])
    return [
        CarriedView(card.key, card.work.readable_title, _day_of(card), card.key in marked)
        for card in cards
    ]


def brief_teaser(hub: Hub, radars: Sequence[Radar]) -> BriefTeaser | None:
    """Return the latest brief of radars, or None where none was written."""
    brief = latest_brief(hub, radars=radars)
    if brief is None:
        return None
    themes = tuple(section.theme for section in brief.sections[:THEMES_SHOWN])
    return BriefTeaser(f"/brief/{brief.id}", brief.date, themes)


def _day_of(card: Card) -> str:
    work: Work = card.work
    return card.announced.date if card.announced else work.published
