"""What the radar holds, group by group, as its page shows it."""

from __future__ import annotations

from typing import Any

from academichub.facts import catalogue
from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.radar.signals import KINDS, WORK_KINDS, Signal
from academichub.web import marks
from academichub.web.addresses import work_path
from academichub.web.rendering import Visit

MAX_SHOWN = 300
"""Works of one kind shown; the export gives all."""


def radar_groups(visit: Visit, radar: Radar) -> list[dict[str, Any]]:
    """Return what a radar holds by kind of signal, and last the account's reading list."""
    signals = radar.signals(*KINDS)
    saved = [Signal("like", key) for key in marks.saved(visit.hub, visit.account)]
    groups = []
    for kind, name, text, label in _kinds_of_signals(visit):
        chosen = saved if kind == "save" else [signal for signal in signals if signal.kind == kind]
        groups.append(
            {
                "kind": kind,
                "name": name,
                "help": text,
                "label": label,
                "items": _items(visit, chosen, is_work=kind == "save" or kind in WORK_KINDS),
                "suggestions": _suggestions(visit, kind),
            }
        )
    return groups


def _kinds_of_signals(visit: Visit) -> list[tuple[str, str, str, str]]:
    """Return kind, name, explanation, and the label of the field that adds a signal."""
    _ = visit.gettext
    return [
        ("query", _("Queries"), _("Search words; works that match come up."), _("Add a query")),
        ("author", _("Authors"), _("Works by these people come up first."), _("Add an author")),
        (
            "category",
            _("Categories"),
            _("arXiv categories you care for most."),
            _("Add a category"),
        ),
        (
            "venue",
            _("Journals and venues"),
            _("Works from these places come up."),
            _("Add a journal or venue"),
        ),
        (
            "example",
            _("Example works"),
            _("Works that show what you do."),
            _("Add a work by DOI, arXiv identifier or address"),
        ),
        ("like", _("Liked"), _("Works you liked on a page."), ""),
        ("dislike", _("Disliked"), _("Works you disliked; what is like them sinks."), ""),
        ("hide", _("Hidden"), _("Works that never come up again."), ""),
        (
            "mute_word",
            _("Muted words"),
            _("Works with these words are not shown."),
            _("Mute a word"),
        ),
        (
            "mute_author",
            _("Muted authors"),
            _("Works by these people are not shown."),
            _("Mute an author"),
        ),
        (
            "mute_category",
            _("Muted categories"),
            _("Works in these categories are not shown."),
            _("Mute a category"),
        ),
        (
            "mute_source",
            _("Muted sources"),
            _("Works from these sources and journals are not shown."),
            _("Mute a source or journal"),
        ),
        (
            "pin_word",
            _("Pinned words"),
            _("Works with these words rise more than by a query."),
            _("Pin a word"),
        ),
        ("saved", _("Learned from what you save"), _("Each counts as a weak like."), ""),
        ("opened", _("Learned from what you open"), _("Each counts as a weaker like."), ""),
        ("save", _("Reading list"), _("Saved works, of all your radars."), ""),
    ]


def _suggestions(visit: Visit, kind: str) -> list[tuple[str, str]]:
    """Return values to choose from with their descriptions."""
    if kind in ("category", "mute_category"):
        return [
            (category.id, category.name(visit.lang)) for category in catalogue.categories().values()
        ]
    if kind in ("venue", "mute_source"):
        return [(journal.name, journal.abbrev) for journal in catalogue.journals()]
    return []


def _items(visit: Visit, signals: list[Signal], *, is_work: bool) -> list[dict[str, Any]]:
    shown = signals[-MAX_SHOWN:]
    if not is_work:
        return [
            {"value": signal.value, "shown": signal.value, "title": False, "address": ""}
            for signal in shown
        ]
    works = _titles(visit.hub, [signal.value for signal in shown])
    return [
        {
            "value": signal.value,
            "shown": works.get(signal.value, signal.value),
            "title": True,
            "address": visit.with_radar(work_path(signal.value)),
        }
        for signal in shown
    ]


def _titles(hub: Hub, keys: list[str]) -> dict[str, str]:
    """Return title by key for the works that the library or the starter shelf holds."""
    titles = {key: work.readable_title for key, work in hub.library.by_keys(keys).items()}
    missing = [key for key in keys if key not in titles]
    if missing:
        titles |= {key: work.readable_title for key, work in hub.shelf.by_keys(missing).items()}
    return titles
