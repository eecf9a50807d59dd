"""The parts of a gather: one for each gatherer that the sources name, in the registry's order.

They are arXiv, the journals (feeds, then Crossref), and every source that is read page by page.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial

from academichub.errors import SettingsError
from academichub.facts.catalogue import default_categories
from academichub.gathering.arxiv import gather_arxiv
from academichub.gathering.asker import Asker
from academichub.gathering.journals import asked_feeds, gather_journals
from academichub.gathering.pages import gather_pages
from academichub.hub import Hub
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.sources import SOURCES
from academichub.sources.arxiv import ArxivOptions, announcements, oai, query_api
from academichub.sources.arxiv.categories import check_category

PREFERENCE = "arxiv_categories"
"""Preference that holds the categories chosen on the pages."""

Say = Callable[[str], None]
"""Called with a remark for the user."""


@dataclass(frozen=True, slots=True)
class GatherRequest:
    """What a gather is to do, for those who plan its parts.

    Attributes:
        hub: The open hub.
        named: The sources the user named; empty where all enabled ones are gathered.
        say: Called with remarks for the user.
    """

    hub: Hub
    named: frozenset[str]
    say: Say


@dataclass(frozen=True, slots=True)
class GatherPart:
    """A part of a gather.

    Attributes:
        steps: How many steps it has, as far as is known before it begins.
        run: Carries it out.
    """

    steps: int
    run: Callable[[Asker], None]


def chosen_categories(hub: Hub, say: Say | None = None) -> tuple[str, ...]:
    """Return the arXiv categories to gather: of the settings, else of the pages, else the defaults.

    Raises:
        SettingsError: If arXiv has no such category; the message names the nearest.
    """
    chosen: Sequence[str] = (
        hub.settings.sources.options(ArxivOptions).categories
        or hub.preferences.get(PREFERENCE)
        or ()
    )
    if not chosen:
        chosen = default_categories()
        if say is not None:
            say(message_text(Message.of("gather.no_categories", categories=chosen)))
    return tuple(dict.fromkeys(check_category(name) for name in chosen))


def plan_parts(request: GatherRequest, names: Sequence[str]) -> list[GatherPart]:
    """Return the parts of a gather, one for each gatherer of the sources."""
    names_by_gatherer: dict[str, list[str]] = {}
    for name in names:
        names_by_gatherer.setdefault(SOURCES[name].gatherer, []).append(name)
    parts = []
    for gatherer, gathered in names_by_gatherer.items():
        if gatherer not in GATHERERS:
            raise SettingsError(
                Message.of(
                    "gather.no_gatherer",
                    sources=list(gathered),
                    gatherer=gatherer,
                    gatherers=list(GATHERERS),
                )
            )
        parts += GATHERERS[gatherer](request, gathered)
    return parts


def _arxiv_parts(request: GatherRequest, names: Collection[str]) -> list[GatherPart]:
    categories = chosen_categories(request.hub, request.say)
    by_category = sum(name in names for name in (announcements.MODULE, oai.MODULE))
    run = partial(
        gather_arxiv,
        categories=categories,
        modules=names,
        backfill=query_api.MODULE in request.named,
    )
    return [GatherPart(by_category * len(categories) + (query_api.MODULE in names), run)]


def _journal_parts(request: GatherRequest, names: Collection[str]) -> list[GatherPart]:
    followed = asked_feeds(request.hub.database, names)
    for name in sorted(request.named.intersection(names) - {journal.via for journal in followed}):
        title = SOURCES[name].title
        request.say(message_text(Message.of("gather.nothing_followed", source=title)))
    return [GatherPart(len(followed), partial(gather_journals, modules=names))]


def _page_parts(request: GatherRequest, names: Collection[str]) -> list[GatherPart]:
    parts = []
    for name in names:
        source = SOURCES[name]
        if source.reader is None:
            raise SettingsError(Message.of("gather.no_reader", source=name))
        parts.append(GatherPart(1, partial(gather_pages, source=source, reader=source.reader)))
    return parts


GATHERERS: dict[str, Callable[[GatherRequest, Collection[str]], list[GatherPart]]] = {
    "arxiv": _arxiv_parts,
    "journals": _journal_parts,
    "pages": _page_parts,
}
"""`Source.gatherer` -> the function that plans the part of a gather for these sources."""
