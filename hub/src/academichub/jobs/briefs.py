"""Briefs that pages and the web API ask for: extracts at once, then a model's writing in a job."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from academichub.briefs import brief_store
from academichub.briefs.brief import Brief
from academichub.hub import Hub
from academichub.jobs.worker import start_writing
from academichub.radar.radar import Radar


def write_brief(hub: Hub, days: int, lang: str, radar: Radar | None = None) -> Brief:
    """Write, check and store a brief of extracts over the last days, for a radar (or the first).

    A model in use rewrites it in the background.

    Raises:
        NotFoundError: If the account has no radar of the name.
        UsageError: If days or language cannot be used.
        HubError: If the library holds no work that can be quoted.
    """
    brief = brief_store.write_brief(hub, days, lang, radar=radar)
    start_writing(hub, brief.id)
    return brief


def latest_or_new_brief(hub: Hub, lang: str, radars: Sequence[Radar] = ()) -> Brief:
    """Return the latest brief of radars (or of the first radar) in a language.

    Where the latest day has none in that language, one is written over the same days for the first
    of the radars.

    Raises:
        HubError: If none can be written.
    """
    in_language = brief_store.latest_brief(hub, lang, radars)
    latest = brief_store.latest_brief(hub, None, radars)
    if in_language is not None and latest is not None and in_language.date == latest.date:
        return in_language
    days = _days_covered(latest) if latest is not None else 1
    return write_brief(hub, days, lang, next(iter(radars), None))


def _days_covered(brief: Brief) -> int:
    first, last = date.fromisoformat(brief.first or brief.date), date.fromisoformat(brief.date)
    return (last - first).days + 1
