"""Days on which arXiv announces nothing, as facts: they explain an empty day and skip no request.

2026: as published in "arXiv Availability and Holidays 2026",
https://info.arxiv.org/help/availability.html (announcements are made at 20:00 US Eastern Sunday to
Thursday, so that feeds of Saturday and Sunday are empty). arXiv also defers announcements at short
notice; such days are not in the table.

2027: derived, because the list of 2027 was not available. The federal holidays that the list of
2026 has were carried over by the federal rule (5 U.S.C. 6103): a holiday on a Saturday is observed
on the Friday before, one on a Sunday on the Monday after. So New Year's Day of 2028, a Saturday, is
observed on the last day of 2027. arXiv chooses the other days of its winter break year by year; no
rule gives them, and they are missing, so that such a day is explained as an ordinary one. Replace
the days of 2027 by the published list.
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
    "2027-01-01": "new_year",
    "2027-01-18": "mlk_day",
    "2027-06-18": "juneteenth_observed",
    "2027-07-05": "independence_day_observed",
    "2027-09-06": "labor_day",
    "2027-11-25": "thanksgiving",
    "2027-12-24": "christmas_observed",
    "2027-12-31": "new_year_observed",
}
"""Day (US Eastern) -> the holiday; the catalogue has its name as `holiday.NAME`."""

CALENDAR_ENDS = date(2027, 12, 31)
"""The last day the table covers; after it every weekday counts as ordinary."""

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
