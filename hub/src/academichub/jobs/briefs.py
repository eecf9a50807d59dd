"""Briefs that pages and the web API ask for: extracts at once, then a model's writing in a job."""

from __future__ import annotations

from datetime import date

from academichub.briefs import brief_store
from academichub.briefs.brief import Brief
from academichub.hub import Hub
from academichub.jobs.worker import start_writing


def write_brief(hub: Hub, days: int, lang: str) -> Brief:
    """Write, check and store a brief of extracts over the last days.

    A model in use rewrites it in the background.

    Raises:
        UsageError: If days or language cannot be used.
        HubError: If the library holds no work that can be quoted.
    """
    brief = brief_store.write_brief(hub, days, lang)
    start_writing(hub, brief.id)
    return brief


def latest_or_new_brief(hub: Hub, lang: str) -> Brief:
    """Return the latest brief in a language.

    Where the latest day has none in that language, one is written over the same days.

    Raises:
        HubError: If none can be written.
    """
    in_language, latest = brief_store.latest_brief(hub, lang), brief_store.latest_brief(hub)
    if in_language is not None and latest is not None and in_language.date == latest.date:
        return in_language
    return write_brief(hub, _days_covered(latest) if latest is not None else 1, lang)


def _days_covered(brief: Brief) -> int:
    first, last = date.fromisoformat(brief.first or brief.date), date.fromisoformat(brief.date)
    return (last - first).days + 1
