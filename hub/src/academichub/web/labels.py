"""Words for states, announcement types and sources in the reader's language. No IO."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from academichub.i18n.message_text import is_known
from academichub.library.ledger import LedgerEntry
from academichub.messages import Message
from academichub.sources import SOURCES
from academichub.web.rendering import Visit

_ORDER = ("failed", "partial", "stale", "holiday", "ok")
"""Ledger states, the one to show first where a source has several."""


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """The worst state of a source's latest requests, when they ended, and what happened."""

    source: str
    name: str
    status: str
    status_text: str
    when: str
    message: str


def states(visit: Visit) -> dict[str, str]:
    """Return the ledger's states in words."""
    names = {state: visit.text(Message.of(f"state.{state}")) for state in _ORDER}
    return {**names, "": visit.gettext("not requested yet")}


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
    name = Message.of(f"source.{source}")
    if is_known(name.code):
        return visit.text(name)
    return SOURCES[source].title if source in SOURCES else source


def health(
    visit: Visit, entries: Iterable[LedgerEntry], enabled: Iterable[str]
) -> list[SourceHealth]:
    """Return the health of every enabled source from the latest entry of each of its windows."""
    latest: dict[str, list[LedgerEntry]] = {name: [] for name in enabled}
    for entry in entries:
        latest.setdefault(entry.source, []).append(entry)
    state_names = states(visit)
    healths = []
    for source, rows in latest.items():
        newest_day = max((row.day for row in rows), default="")
        current = [row for row in rows if row.day == newest_day] or rows
        worst = min(current, key=lambda row: _ORDER.index(row.status), default=None)
        healths.append(
            SourceHealth(
                source,
                source_name(visit, source),
                worst.status if worst else "",
                state_names.get(worst.status if worst else "", ""),
                max((row.finished_at or row.started_at for row in current), default=""),
                visit.text(*worst.messages) if worst else "",
            )
        )
    return healths
