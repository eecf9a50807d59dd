"""When the next gather begins, and the journals of the catalogue by field."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from academichub import preferences
from academichub.facts import catalogue
from academichub.library import follows
from academichub.web.formatting import format_datetime_in
from academichub.web.rendering import Visit
from academichub.works.fields import FIELDS, field_name


def next_run(visit: Visit) -> str:
    """Return in words when the next daily gather begins."""
    _ = visit.gettext
    if not visit.hub.settings.schedule.enabled:
        return _("The daily gather is switched off in the settings file (schedule.enabled).")
    daily = preferences.daily_time(visit.hub)
    now = datetime.now(ZoneInfo(daily.timezone))
    hour, minute = map(int, daily.time.split(":"))
    next_start = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    next_start += timedelta(days=1) if next_start <= now else timedelta()
    return _(
        "Next daily gather: %(moment)s, while academichub run is running.",
        moment=format_datetime_in(next_start, visit.lang),
    )


def journal_groups(visit: Visit, followed: set[str]) -> list[dict[str, Any]]:
    """Return the journals of the catalogue by field, with whether each is among those followed."""
    groups = []
    for field_id in FIELDS:
        journals = [
            {
                "name": journal.name,
                "issn": journal.key_issn,
                "id": journal.key_issn,
                "followed": follows.journal_url(journal) in followed,
            }
            for journal in catalogue.journals_of(field_id)
        ]
        if journals:
            groups.append({"name": field_name(field_id, visit.lang), "journals": journals})
    return groups
