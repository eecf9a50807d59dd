"""The choices made on the pages, below the settings: arXiv categories, language, daily time.

The language is each account's own; categories and time are the hub's, which gathers for all.

A key given in the environment or the settings file always wins and is shown as locked; a choice
fills the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from academichub.errors import UsageError
from academichub.facts import catalogue
from academichub.hub import Hub
from academichub.messages import Message
from academichub.sources.arxiv import ArxivOptions
from academichub.store.preferences_store import LEARNING

CATEGORIES = "arxiv_categories"
LANGUAGE = "language"
TIME = "schedule_time"
ZONE = "schedule_timezone"
FIELDS_CHOSEN = "fields"
FIELDS_LOOKED_AT = "fields_looked_at"
"""Names of preferences."""

MAX_CATEGORIES = 60
LANGUAGES = ("en", "zh-CN")


def categories(hub: Hub) -> tuple[str, ...]:
    """Return the arXiv categories to gather: the settings', else the chosen ones, else none."""
    fixed = hub.settings.sources.options(ArxivOptions).categories
    return fixed or tuple(hub.preferences.get(CATEGORIES) or ())


def fields_of_interest(hub: Hub) -> tuple[str, ...]:
    """Return the fields of science chosen, or those the reader looks at before choosing."""
    chosen = hub.preferences.get(FIELDS_CHOSEN)
    return tuple(hub.preferences.get(FIELDS_LOOKED_AT) or () if chosen is None else chosen)


def choose_categories(hub: Hub, chosen: Iterable[str]) -> tuple[str, ...]:
    """Choose the arXiv categories.

    Raises:
        UsageError: If one is unknown or there are too many.
    """
    names = tuple(dict.fromkeys(name.strip() for name in chosen if name.strip()))
    if len(names) > MAX_CATEGORIES:
        raise UsageError(
            Message.of("choice.too_many_categories", categories=len(names), limit=MAX_CATEGORIES)
        )
    for name in names:
        if not catalogue.is_category(name) and not catalogue.is_archive(name):
            raise UsageError(
                Message.of(
                    "choice.unknown_category", name=name[:60], near=catalogue.nearest_category(name)
                )
            )
    hub.preferences.set(CATEGORIES, list(names))
    return names


def choose_language(hub: Hub, lang: str, account: str | None = None) -> None:
    """Choose the language of an account's pages (Hub.account_of); empty for the browser's.

    Raises:
        UsageError: If the pages do not speak it.
    """
    if lang and lang not in LANGUAGES:
        raise UsageError(
            Message.of("choice.unknown_language", lang=lang[:20], languages=list(LANGUAGES))
        )
    owner = hub.account_of(account)
    if owner:
        hub.preferences_of(owner).set(LANGUAGE, lang)  # empty counts before the hub's choice
    else:
        hub.preferences.set(LANGUAGE, lang or None)


def chosen_language(hub: Hub, account: str | None = None) -> str:
    """Return the language an account chose, else the one chosen for the hub; empty if none was."""
    owner = hub.account_of(account)
    own = hub.preferences_of(owner).get(LANGUAGE) if owner else None
    return str((hub.preferences.get(LANGUAGE) if own is None else own) or "")


def language(hub: Hub, account: str | None = None) -> str:
    """Return the language fixed by the settings or chosen; empty if pages follow the browser."""
    return hub.settings.language or chosen_language(hub, account)


def learns_from_behaviour(hub: Hub, account: str | None = None) -> bool:
    """Return whether works that an account's reader saves and opens count as weak likes."""
    return hub.preferences_of(account).get(LEARNING) is not False


def choose_learning(hub: Hub, learns: bool, account: str | None = None) -> None:
    """Choose whether works that an account's reader saves and opens count as weak likes."""
    hub.preferences_of(account).set(LEARNING, learns)


@dataclass(frozen=True, slots=True)
class DailyTime:
    """When the daily gather starts: `HH:MM` in an IANA time zone."""

    time: str
    timezone: str


def daily_time(hub: Hub) -> DailyTime:
    """Return when the daily gather starts."""
    fixed, given = hub.settings.schedule, hub.settings.given
    time = None if "schedule.time" in given else hub.preferences.get(TIME)
    zone = None if "schedule.timezone" in given else hub.preferences.get(ZONE)
    return DailyTime(str(time or fixed.time), str(zone or fixed.timezone))


def choose_daily_time(hub: Hub, time: str, zone: str) -> None:
    """Choose when the daily gather starts; what the settings fix stays.

    Raises:
        UsageError: If the time or the zone cannot be read.
    """
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", time):
        raise UsageError(Message.of("choice.not_a_time", text=time[:20]))
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as problem:
        raise UsageError(Message.of("choice.not_a_zone", text=zone[:60])) from problem
    hub.preferences.set(TIME, time)
    hub.preferences.set(ZONE, zone)
