"""Words for states, announcement types and sources in the reader's language. No IO."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from academichub.library.ledger import LedgerEntry
from academichub.sources import SOURCES
from academichub.web.rendering import Visit

FILE_NAMES = {
    "bibtex": "BibTeX",
    "ris": "RIS",
    "csl_json": "CSL-JSON",
    "jsonl": "JSON lines",
    "shelf": "Starter shelf",
}
_ORDER = ("failed", "partial", "stale", "holiday", "ok")
"""Ledger states, the one to show first where a source has several."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """How a source is: the worst state of its latest asks, when, and what was said."""

    source: str
    name: str
    status: str
    status_text: str
    when: str
    message: str


def states(visit: Visit) -> dict[str, str]:
    """Return the ledger's states in words."""
    _ = visit.gettext
    return {
        "ok": _("all came"),
        "partial": _("part came"),
        "failed": _("failed"),
        "holiday": _("no announcement"),
        "stale": _("repeats an old batch"),
        "": _("not asked yet"),
    }


def kinds(visit: Visit) -> dict[str, str]:
    """Return the announcement types in words."""
    _ = visit.gettext
    return {
        "new": _("new"),
        "cross": _("cross-list"),
        "replace": _("replacement"),
        "replace-cross": _("replacement of a cross-list"),
    }


def source_name(visit: Visit, source: str) -> str:
    """Return a source module's name for readers."""
    _ = visit.gettext
    named = {"feed": _("Feeds"), "shelf": _("Starter shelf")}
    title = SOURCES[source].title if source in SOURCES else FILE_NAMES.get(source, source)
    return named.get(source) or title


def health(
    visit: Visit, entries: Iterable[LedgerEntry], enabled: Iterable[str]
) -> list[SourceHealth]:
    """Return the health of every enabled source from the latest entry of each of its windows."""
    latest: dict[str, list[LedgerEntry]] = {name: [] for name in enabled}
    for entry in entries:
        latest.setdefault(entry.source, []).append(entry)
    words = states(visit)
    found = []
    for source, rows in latest.items():
        newest_day = max((row.day for row in rows), default="")
        current = [row for row in rows if row.day == newest_day] or rows
        worst = min(current, key=lambda row: _ORDER.index(row.status), default=None)
        found.append(
            SourceHealth(
                source,
                source_name(visit, source),
                worst.status if worst else "",
                words.get(worst.status if worst else "", ""),
                max((row.finished_at or row.started_at for row in current), default=""),
                worst.message if worst else "",
            )
        )
    return found
