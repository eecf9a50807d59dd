"""Days, moments, numbers and pieces of text as a page of a language writes them."""

from __future__ import annotations

from datetime import date, datetime

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from markupsafe import Markup

from academichub.text.characters import storable


def emphasised(html: str) -> Markup:
    """Return a search snippet as markup with `<mark>` alone; the rest is dropped or escaped."""
    import nh3  # only the search page needs it

    cleaned = nh3.clean(storable(html), tags={"mark"}, attributes={})
    return Markup(cleaned)  # noqa: S704 - cleaned on the line before


def text_language(text: str) -> str:
    """Return the language tag of a text for `lang=`: `zh` if mostly Chinese, else `en`."""
    sample = text[:400]
    han = sum("\u4e00" <= ch <= "\u9fff" for ch in sample)
    return "zh" if han * 3 > len(sample.replace(" ", "")) else "en"


def format_day(text: str, lang: str, form: str = "long") -> str:
    """Return an ISO day in words; an incomplete date is returned unchanged.

    `form` is a CLDR length or pattern.
    """
    try:
        day = date.fromisoformat(text[:10])
    except (ValueError, TypeError):
        return text or ""
    return format_date(day, form, locale=_locale(lang))


def format_moment(text: str, lang: str) -> str:
    """Return an ISO moment in words, in UTC as stored; anything else stays as it is."""
    try:
        return format_datetime_in(datetime.fromisoformat(text), lang)
    except (ValueError, TypeError):
        return text or ""


def format_datetime_in(moment: datetime, lang: str) -> str:
    """Return a moment in words, in its own time zone, which is named."""
    words = format_datetime(moment, "medium", tzinfo=moment.tzinfo, locale=_locale(lang))
    return f"{words} {moment.tzname() or ''}".strip()


def format_number(value: float, lang: str) -> str:
    """Return a number as the language writes it, with at most three decimals."""
    return format_decimal(value, locale=_locale(lang))


def _locale(lang: str) -> str:
    return lang.replace("-", "_")
