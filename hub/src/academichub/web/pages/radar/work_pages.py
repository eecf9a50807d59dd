"""The works of one kind of signal, 50 a page, by the library file they came with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.radar.signals import Signal
from academichub.store.examples_store import collection_rows
from academichub.web.addresses import Address, work_path
from academichub.web.rendering import Visit

PAGE = 50
"""Works shown at once."""


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of the radar that an address asks for.

    Attributes:
        kind: The kind of signal whose page and collection are meant.
        page: Number of the page, from 1.
        collection: Name of the library file whose works alone are shown; empty for all.
    """

    kind: str = ""
    page: int = 1
    collection: str = ""


@dataclass(frozen=True, slots=True)
class SignalView:
    """A signal as the page shows it: its value, what is shown for it, and the address of a work."""

    value: str
    shown: str
    title: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class CollectionLink:
    """A library file, how many of the works came with it, and the address that shows them alone."""

    name: str
    count: int
    address: Address
    is_current: bool


@dataclass(frozen=True, slots=True)
class WorkPage:
    """A page of works.

    Attributes:
        items: The works of the page, the latest added first.
        matching: How many there are on all pages.
        page, pages: Number of this page, and of the last one.
        previous, following: Addresses of the pages before and after.
        collections: The library files the works came with; none where there is no file.
    """

    items: tuple[SignalView, ...]
    matching: int
    page: int = 1
    pages: int = 1
    previous: Address | None = None
    following: Address | None = None
    collections: tuple[CollectionLink, ...] = ()


def work_page(
    visit: Visit, radar: Radar, kind: str, signals: Sequence[Signal], shown: Shown, base: Address
) -> WorkPage:
    """Return a page of the works of one kind.

    Args:
        visit: The visit.
        radar: The radar.
        kind: The kind of signal.
        signals: All signals of the kind.
        shown: What the address asks for; another kind's page leaves this one at its first.
        base: The address of the page without these parameters.
    """
    asked_for = shown if shown.kind == kind else Shown(kind)
    address = base.put("kind", kind)
    files = _files(visit.hub, radar) if kind == "example" and signals else {}
    keys = {signal.value for signal in signals}
    collections = tuple(
        CollectionLink(
            name, len(members & keys), address.put("collection", name), name == asked_for.collection
        )
        for name, members in files.items()
        if members & keys
    )
    if asked_for.collection:
        members = files.get(asked_for.collection, set())
        signals = [signal for signal in signals if signal.value in members]
        address = address.put("collection", asked_for.collection)
    newest_first = list(reversed(signals))
    pages = max(1, -(-len(newest_first) // PAGE))
    page = min(asked_for.page, pages)
    part = newest_first[(page - 1) * PAGE : page * PAGE]
    return WorkPage(
        items=_views(visit, part),
        matching=len(newest_first),
        page=page,
        pages=pages,
        previous=address.put("page", page - 1) if page > 1 else None,
        following=address.put("page", page + 1) if page < pages else None,
        collections=collections,
    )


def _files(hub: Hub, radar: Radar) -> dict[str, set[str]]:
    """Return name of a library file -> keys of the works that came with it."""
    files: dict[str, set[str]] = {}
    with hub.database.read() as connection:
        for key, name in collection_rows(connection, radar.number()):
            files.setdefault(name, set()).add(key)
    return files


def _views(visit: Visit, signals: Sequence[Signal]) -> tuple[SignalView, ...]:
    keys = [signal.value for signal in signals]
    titles = {key: work.readable_title for key, work in visit.hub.library.by_keys(keys).items()}
    missing = [key for key in keys if key not in titles]
    if missing:
        on_shelf = visit.hub.shelf.by_keys(missing)
        titles |= {key: work.readable_title for key, work in on_shelf.items()}
    return tuple(
        SignalView(
            key, titles.get(key, key), title=True, address=str(visit.with_radar(work_path(key)))
        )
        for key in keys
    )
