"""Writing, storing and finding briefs: the part that reads the library and the database.

A brief is stored as its public document, with its evidence and check results, so that it can be
shown again as it was written, whatever the library has later. The same works give the same id:
a brief written twice is stored once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pydantic import ValidationError

from academichub import documents
from academichub.briefs.brief import Brief, Lang, brief_from_document
from academichub.briefs.compose import MAX_WORKS, compose
from academichub.briefs.evidence import Source, read_sources
from academichub.errors import HubError, NotFoundError, StorageError, UsageError
from academichub.hub import Hub
from academichub.messages import Message
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars
from academichub.radar.today import TodayPage, TodayRequest, latest_day, today
from academichub.search.embeddings import vectors_of
from academichub.store.briefs_store import (
    add_brief_row,
    brief_document,
    brief_rows,
    give_brief,
    radars_of_brief,
    shown_brief_rows,
)

POOL = 200
"""Works of the radar's order that are read for a brief."""

ENOUGH = 12
"""A window with fewer quotable works than this is widened to a week, then to a month."""

MAX_DAYS = 366
SHELF_DAYS = 366
WIDER = (7, 31)
MAX_LISTED = 60
"""Briefs in a list of the latest."""


@dataclass(frozen=True, slots=True)
class StoredBrief:
    """A brief as a list of briefs shows it; `model` is None if no model wrote it."""

    id: str
    day: str
    lang: str
    created_at: str
    model: str | None = None
    set_aside: bool = False

    def document(self) -> documents.BriefSummary:
        """Return the brief as a row of a list."""
        return documents.BriefSummary(
            id=self.id,
            date=self.day,
            lang=self.lang,
            created_at=self.created_at,
            model=self.model,
        )


def write_brief(
    hub: Hub,
    days: int = 1,
    lang: str = "en",
    *,
    date: str | None = None,
    limit: int = MAX_WORKS,
    radar: Radar | None = None,
) -> Brief:
    """Write a brief over the days up to the latest one (or `date`), store it, and return it.

    It is made of the works that a radar puts first (the first radar where None), and belongs to it.
    Where these days have too few works to group, the brief covers a week or a month, and a note
    says so; where they have none, it covers the last days that do.

    Raises:
        NotFoundError: If the account has no radar of the name.
        UsageError: If days, language or limit cannot be used.
        HubError: If the library has no work that can be quoted.
    """
    _check_request(days, lang, limit)
    code: Lang = "zh" if lang.startswith("zh") else "en"
    radar = radar or Radar(hub.database)
    page, sources, asked_empty = _window(hub, radar, days, code, date)
    if not sources or page.date is None:
        raise HubError(
            Message.of("several", messages=page.empty)
            if page.empty
            else Message.of("brief.nothing_to_quote")
        )
    brief = compose(
        sources,
        code,
        limit=limit,
        vectors=vectors_of(hub.database, [source.work.key for source in sources]),
    )
    if not brief.sections:
        raise HubError(Message.of("brief.nothing_passed"))
    brief = replace(brief, date=page.date, first=page.first or page.date, on_shelf=page.on_shelf)
    brief = replace(brief, notes=_notes(brief, days, asked_empty)).identified()
    keep_brief(hub, brief, [radar.number()])
    return brief


def _notes(brief: Brief, days: int, asked_empty: bool) -> tuple[Message, ...]:
    """Return how the days of a brief differ from those requested, and whether it has one field."""
    first, last = brief.first, brief.date
    notes = [Message.of("brief_note.shelf")] if brief.on_shelf else []
    if asked_empty and not brief.on_shelf:
        notes.append(Message.of("brief_note.earlier", first=first, last=last))
    elif not brief.on_shelf and _span(first, last) > days:
        notes.append(Message.of("brief_note.widened", asked=last, first=first, last=last))
    if len({work.field for work in brief.evidence}) == 1:
        notes.append(Message.of("brief_note.one_field"))
    return tuple(notes)


def _check_request(days: int, lang: str, limit: int) -> None:
    if not 1 <= days <= MAX_DAYS:
        raise UsageError(Message.of("request.days", days=days, limit=MAX_DAYS))
    if lang not in ("en", "zh", "zh-CN"):
        raise UsageError(Message.of("request.brief_language", lang=lang[:20]))
    if not 2 <= limit <= 60:
        raise UsageError(Message.of("request.brief_limit", limit=limit))


def _window(
    hub: Hub, radar: Radar, days: int, lang: Lang, date: str | None
) -> tuple[TodayPage, list[Source], bool]:
    """Return the narrowest window with enough works.

    Returns:
        The page of the window, its works, and whether the requested days had no works.
    """
    spans = [SHELF_DAYS] if hub.on_shelf else [days, *(span for span in WIDER if span > days)]
    asked_empty = False
    page, sources = _read(hub, radar, spans[0], date)
    asked_empty = not sources
    for span in spans[1:]:
        if len(sources) >= ENOUGH:
            break
        page, sources = _read(hub, radar, span, date)
    if not sources and date is None and not hub.on_shelf:
        last = hub.daily.last_day()
        if last is not None and last != latest_day(hub):
            page, sources = _read(hub, radar, WIDER[0], last)
    return page, sources, asked_empty


def _read(hub: Hub, radar: Radar, days: int, date: str | None) -> tuple[TodayPage, list[Source]]:
    page = today(hub, TodayRequest(date=date, days=days, size=POOL), radar)
    return page, read_sources([(card.work, card.label) for card in page.cards])


def _span(first: str, last: str) -> int:
    return (datetime.fromisoformat(last) - datetime.fromisoformat(first)).days + 1


def keep_brief(hub: Hub, brief: Brief, radars: Iterable[int] | None = None) -> None:
    """Store a brief for radars, by number; for the first radar where None.

    A brief stored under the same id stays as it is.
    """
    owning = [Radar(hub.database).number()] if radars is None else radars
    values = {
        "id": brief.id,
        "day": brief.date,
        "lang": brief.lang,
        "created_at": datetime.now(UTC).isoformat(timespec="microseconds"),
        "document": brief.document().json_object(),
    }
    with hub.database.write() as connection:
        add_brief_row(connection, values)
        give_brief(connection, brief.id, owning)


def keep_rewritten(hub: Hub, brief: Brief, extract_id: str) -> None:
    """Store a brief for the radars that have the brief it was written over."""
    with hub.database.read() as connection:
        radars = radars_of_brief(connection, extract_id)
    keep_brief(hub, brief, radars)


def get_brief(hub: Hub, brief_id: str) -> Brief:
    """Return a stored brief.

    Raises:
        NotFoundError: If no brief has that id.
        StorageError: If its document is damaged.
    """
    with hub.database.read() as connection:
        stored = brief_document(connection, brief_id)
    if stored is None:
        raise NotFoundError(Message.of("library.no_brief", name=brief_id[:60]))
    return _read_document(brief_id, stored)


def get_brief_of(hub: Hub, account: str | None, brief_id: str) -> Brief:
    """Return a stored brief of an account's radars; None stands for the account made first.

    Raises:
        NotFoundError: If none of its radars has a brief of that id.
        StorageError: If its document is damaged.
    """
    with hub.database.read() as connection:
        owning = set(radars_of_brief(connection, brief_id))
    names = Radars(hub.database, account).names()
    if not owning.intersection(_numbers(Radar(hub.database, name, account) for name in names)):
        raise NotFoundError(Message.of("library.no_brief", name=brief_id[:60]))
    return get_brief(hub, brief_id)


def _read_document(brief_id: str, stored: object) -> Brief:
    try:
        return brief_from_document(documents.Brief.model_validate(stored))
    except ValidationError as problem:
        raise StorageError(
            Message.of("library.brief_damaged", name=brief_id, why=str(problem.errors()[0]["msg"]))
        ) from problem


def latest_brief(hub: Hub, lang: str | None = None, radars: Sequence[Radar] = ()) -> Brief | None:
    """Return the latest brief over the library that readers see, or None.

    A model's brief comes before the extractive one it was written over, unless it was set aside
    (writer/track_record.py).

    Args:
        hub: The open hub.
        lang: Only briefs in this language; any if None.
        radars: Only briefs of these radars; of the first radar where there are none.
    """
    on_shelf = hub.on_shelf
    numbers = _numbers(radars or [Radar(hub.database)])
    with hub.database.read() as connection:
        for row in shown_brief_rows(connection, _stored_lang(lang), numbers):
            if bool(row.document.get("on_shelf")) == on_shelf:
                return _read_document(row.id, row.document)
    return None


def list_briefs(
    hub: Hub, lang: str | None = None, limit: int = MAX_LISTED, radars: Sequence[Radar] = ()
) -> Sequence[StoredBrief]:
    """Return the stored briefs, the latest day first, then the latest written.

    Arguments as in `latest_brief`.
    """
    numbers = _numbers(radars or [Radar(hub.database)])
    with hub.database.read() as connection:
        return [
            StoredBrief(row.id, row.day, row.lang, row.created_at, row.model, bool(row.set_aside))
            for row in brief_rows(connection, _stored_lang(lang), limit, numbers)
        ]


def _numbers(radars: Iterable[Radar]) -> list[int]:
    """Return the numbers of radars; those to which nothing was written have none, and no brief."""
    numbers = (radar.stored_number() for radar in radars)
    return [number for number in numbers if number is not None]


def _stored_lang(lang: str | None) -> Lang | None:
    """Return the language that briefs are stored under for a tag of the pages, such as zh-CN."""
    if lang is None:
        return None
    return "zh" if lang.startswith("zh") else "en"
