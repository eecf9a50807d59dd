"""The time zones to choose from, and the language model in use, as the settings page shows them."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from academichub.web.rendering import Visit


@cache
def time_zones() -> tuple[str, ...]:
    """Return the names of all time zones in order."""
    return tuple(sorted(available_timezones()))  # reads a whole folder tree: once is enough


def model_rows(visit: Visit) -> list[tuple[str, str]]:
    """Return how the language model is set, each value with its name; a key is never shown."""
    _, llm = visit.gettext, visit.hub.llm
    if not llm.base_url:
        return [(_("State"), _("None set: briefs are made of the abstracts' own sentences."))]
    return [
        (_("Endpoint"), llm.base_url),
        (_("Model"), llm.model or _("the first the endpoint lists")),
        (_("Embedding model"), llm.embedding_model or _("none named")),
        (_("Key"), _("set, never shown") if llm.api_key else _("none")),
    ]
