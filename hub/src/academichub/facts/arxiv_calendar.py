"""Days on which arXiv announces nothing, as facts: they explain an empty day and never skip a request.

Source: "arXiv Availability and Holidays 2026", https://info.arxiv.org/help/availability.html (announcements are made at
20:00 US Eastern Sunday to Thursday, so that feeds of Saturday and Sunday are empty). Ad hoc deferrals happen besides.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

HOLIDAYS: dict[str, tuple[str, str]] = {
    "2026-01-01": ("New Year's Day", "元旦"),
    "2026-01-19": ("Martin Luther King Jr. Day", "马丁·路德·金纪念日"),
    "2026-06-19": ("Juneteenth", "六月节"),
    "2026-07-03": ("Independence Day (observed)", "美国独立日（补假）"),
    "2026-09-07": ("Labor Day", "美国劳动节"),
    "2026-11-26": ("Thanksgiving", "感恩节"),
    "2026-12-25": ("Christmas", "圣诞节"),
    "2026-12-29": ("winter break", "冬季假期"),
    "2026-12-31": ("winter break", "冬季假期"),
}
"""Day (US Eastern) -> name in English and Chinese."""

DayKind = Literal["weekend", "holiday", "ordinary"]


def day_kind(day: str) -> DayKind:
    """Return what kind of day an ISO day is at arXiv."""
    if day in HOLIDAYS:
        return "holiday"
    return "weekend" if date.fromisoformat(day).weekday() >= 5 else "ordinary"


def explain_empty(day: str, lang: str = "en") -> str:
    """Return why arXiv announced nothing on a day, in English or Chinese (`zh...`)."""
    chinese = lang.startswith("zh")
    kind = day_kind(day)
    if kind == "holiday":
        english, name = HOLIDAYS[day]
        return (
            f"arXiv 当日因假期不发布（{name}）"
            if chinese
            else f"arXiv announces nothing on this holiday ({english})"
        )
    if kind == "weekend":
        return "arXiv 周末不发布" if chinese else "arXiv announces nothing at weekends"
    return (
        "arXiv 当日没有发布任何内容（日历中并非假期）"
        if chinese
        else "arXiv announced nothing (no holiday in the calendar)"
    )
