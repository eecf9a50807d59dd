"""Dates of feeds and Crossref as ISO text that is only as complete as the source. No IO."""

from __future__ import annotations

import re
from calendar import month_name
from collections.abc import Iterable
from datetime import date

from academichub.text.moments import FIRST_YEAR, LAST_YEAR, moment

_MONTHS = {
    month_name[number].lower()[:length]: number
    for number in range(1, 13)
    for length in (3, 4, len(month_name[number]))
}
_ISO = re.compile(r"(\d{4})(?:[-/.](\d{1,2})(?:[-/.](\d{1,2}))?)?(?:[T ].*)?")
_CHINESE = re.compile(r"(\d{4})\s*年(?:\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*日)?)?.*")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}Z?)?")
_WORDS = re.compile(
    r"(?:\w+,\s+)?(?:(\d{1,2})(?:st|nd|rd|th)?[\s-]+)?([A-Za-z]{3,9})\.?[\s-]+(\d{4})\b.*"
)
_AMERICAN = re.compile(
    r"(?:\w+,\s+)?([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b.*"
)


def iso_date(text: str) -> str:
    """Return a date as `YYYY-MM-DD`, `YYYY-MM` or `YYYY`; empty where the text is not a date.

    Time zones stay the source's own. Read are RFC 822, RFC 3339 (also without leading zeros),
    `2026年11月3日`, `20261103`, `3 November 2026` and `Nov. 2026`.
    """
    text = " ".join(text.split())[:60]
    if instant := moment(text):
        return from_parts((instant.year, instant.month, instant.day)) if len(text) > 7 else ""
    for pattern in (_ISO, _CHINESE, _COMPACT):
        if match := pattern.fullmatch(text):
            return from_parts(match.groups())
    if match := _WORDS.fullmatch(text):
        day, month, year = match.groups()
    elif match := _AMERICAN.fullmatch(text):
        month, day, year = match.groups()
    else:
        return ""
    return from_parts((year, _MONTHS[month.lower()], day)) if month.lower() in _MONTHS else ""


def from_parts(parts: Iterable[object]) -> str:
    """Return year, month and day as ISO text up to the first that is missing; empty without a year.

    An impossible day or month is left out rather than guessed: `2026, 2, 30` is `2026-02`.
    """
    numbers: list[int] = []
    for part in list(parts)[:3]:
        try:
            numbers.append(int(str(part)))
        except ValueError:
            break
    if not numbers or not FIRST_YEAR <= numbers[0] <= LAST_YEAR:
        return ""
    if len(numbers) == 1 or not 1 <= numbers[1] <= 12:
        return f"{numbers[0]:04d}"
    if len(numbers) == 3:
        try:
            return date(*numbers).isoformat()
        except (ValueError, OverflowError):  # the latter for a day of twenty digits
            pass
    return f"{numbers[0]:04d}-{numbers[1]:02d}"
