"""Days on which arXiv announces nothing, as facts: they explain an empty day and never skip a request.

Source: "arXiv Availability and Holidays 2026", https://info.arxiv.org/help/availability.html (announcements are made at
20:00 US Eastern Sunday to Thursday, so that feeds of Saturday and Sunday are empty). Ad hoc deferrals happen besides.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from academichub.messages import Message

HOLIDAYS: dict[str, str] = {
    "2026-01-01": "new_year",
    "2026-01-19": "mlk_day",
    "2026-06-19": "juneteenth",
    "2026-07-03": "independence_day_observed",
    "2026-09-07": "labor_day",
    "2026-11-26": "thanksgiving",
    "2026-12-25": "christmas",
    "2026-12-29": "winter_break",
    "2026-12-31": "winter_break",
}
"""Day (US Eastern) -> the holiday; the catalogue has its name as `holiday.NAME`."""

DayKind = Literal["weekend", "holiday", "ordinary"]


def day_kind(day: str) -> DayKind:
    """Return what kind of day an ISO day is at arXiv."""
    if day in HOLIDAYS:
        return "holiday"
    return "weekend" if date.fromisoformat(day).weekday() >= 5 else "ordinary"


def explain_empty(day: str) -> Message:
    """Return why arXiv announced nothing on a day."""
    kind = day_kind(day)
    if kind == "holiday":
        return Message.of("day.holiday", name=Message.of(f"holiday.{HOLIDAYS[day]}"))
    return Message.of(f"day.{kind}")
