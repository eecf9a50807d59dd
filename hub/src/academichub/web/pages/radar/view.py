"""What the radar holds, group by group, as its page shows it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from academichub.facts import catalogue
from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.radar.signals import KINDS, WORK_KINDS, Signal
from academichub.web import marks
from academichub.web.addresses import Address
from academichub.web.pages.radar.work_pages import Shown, SignalView, work_page
from academichub.web.rendering import Visit

MAX_AUTHORS_OFFERED = 200
"""Authors of the reader's examples offered where no script completes names."""


def radar_groups(visit: Visit, radar: Radar, part: Shown) -> list[dict[str, Any]]:
    """Return what a radar holds by kind of signal, and last the account's reading list."""
    base = visit.here.drop("kind").drop("page").drop("collection")
    base = base if base.path == "/radar" else Address("/radar").put("radar", radar.name)
    signals = radar.signals(*KINDS)
    saved = [Signal("like", key) for key in marks.saved(visit.hub, visit.account)]
    groups = []
    for kind, name, text, label in _kinds_of_signals(visit):
        chosen = saved if kind == "save" else [signal for signal in signals if signal.kind == kind]
        is_work = kind == "save" or kind in WORK_KINDS
        works = work_page(visit, radar, kind, chosen, part, base) if is_work else None
        items = (
            works.items if works else [SignalView(signal.value, signal.value) for signal in chosen]
        )
        groups.append(
            {
                "kind": kind,
                "name": name,
                "help": text,
                "label": label,
                "total": len(chosen),
                "works": works,
                "all_address": f"{base.put('kind', kind)}#group-{kind}",
                "items": items,
                "suggestions": _suggestions(visit, kind, radar),
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
            _("Add works: DOIs, arXiv identifiers or titles, one a line"),
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
            _("Works with these words rise, half as much as by a query."),
            _("Pin a word"),
        ),
        ("saved", _("Learned from what you save"), _("Each counts as a weak like."), ""),
        ("opened", _("Learned from what you open"), _("Each counts as a weaker like."), ""),
        ("save", _("Reading list"), _("Saved works, of all your radars."), ""),
    ]


def _suggestions(visit: Visit, kind: str, radar: Radar) -> list[tuple[str, str]]:
    """Return values to choose from with their descriptions."""
    if kind in ("category", "mute_category"):
        return [
            (category.id, category.name(visit.lang)) for category in catalogue.categories().values()
        ]
    if kind in ("venue", "mute_source"):
        return [(journal.name, journal.abbrev) for journal in catalogue.journals()]
    if kind in ("author", "mute_author"):
        return [(name, "") for name in _authors_of_examples(visit.hub, radar)]
    return []


def _authors_of_examples(hub: Hub, radar: Radar) -> list[str]:
    """Return the authors of the latest examples, those of most of them first."""
    keys = [signal.value for signal in radar.signals("example", "like")][-MAX_AUTHORS_OFFERED:]
    counts = Counter(
        author.name for work in hub.works_named(keys).values() for author in work.authors
    )
    return [name for name, _ in counts.most_common(MAX_AUTHORS_OFFERED)]
