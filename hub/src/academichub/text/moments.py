"""Dates and times as text from outside, read by functions that never raise. Pure text, no IO.

A time outside the years FIRST_YEAR to LAST_YEAR is taken for a mistake (`0001-01-01` where a
program had none, a year of twenty digits): there is no date then.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

FIRST_YEAR, LAST_YEAR = 1600, 2199

MAX_CHARS = 60
"""No date is longer; a longer text is not read."""

LONGEST_PAUSE_S = 86_400.0
"""Longest pause a Retry-After is taken to ask for."""


def moment(text: str) -> datetime | None:
    """Return an RFC 3339 or RFC 822 time as an aware datetime (UTC where it names no zone).

    None where the text is neither, or out of range.
    """
    text = text.strip()
    if not text or len(text) > MAX_CHARS:
        return None
    time = _parsed(text)
    if time is None or not FIRST_YEAR <= time.year <= LAST_YEAR:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _parsed(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except Exception:  # it raises OverflowError, TypeError and IndexError too
        return None


def day_before(day: str, days: int) -> str:
    """Return the ISO day some days before another (after it, if negative).

    The calendar has a first and a last day (0001-01-01, 9999-12-31); beyond them it is that day.

    Raises:
        ValueError: If the text is not an ISO day.
    """
    number = date.fromisoformat(day).toordinal() - days
    return date.fromordinal(min(max(number, 1), date.max.toordinal())).isoformat()


def retry_after(value: str | None, server_date: datetime | None = None) -> float | None:
    """Return the seconds a Retry-After header asks for (RFC 9110, 10.2.3), at most LONGEST_PAUSE_S.

    None where it says nothing that can be used.

    Args:
        value: Seconds, or the time from which to ask again.
        server_date: The server's clock, from which a time is counted; ours where it is unknown.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), LONGEST_PAUSE_S)  # a float takes any number of digits
    until = moment(text)
    if until is None:
        return None
    return min(
        max(0.0, (until - (server_date or datetime.now(UTC))).total_seconds()), LONGEST_PAUSE_S
    )
