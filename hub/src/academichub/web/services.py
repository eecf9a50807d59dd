"""What pages and API ask of the radar, the briefs and the importers. Heavy modules load on first use, not at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from academichub.errors import NotFoundError
from academichub.hub import Hub
from academichub.loading import load_models
from academichub.messages import Message
from academichub.preferences import language
from academichub.store import schema
from academichub.web import marks
from academichub.web.addresses import Address
from academichub.web.card_view import CardView, card_of
from academichub.web.rendering import Visit

if TYPE_CHECKING:
    from academichub.radar.today import TodayPage, TodayRequest

Document = Mapping[str, Any]
"""A brief as `academichub brief --json` prints it."""

WORDS_SHOWN = 16


@dataclass(frozen=True, slots=True)
class BriefTeaser:
    """The latest brief beside Today: its page, day and first themes."""

    address: str
    day: str
    themes: tuple[str, ...]


def day(hub: Hub, asked: TodayRequest) -> TodayPage:
    """Return a page of Today (radar/today.py)."""
    load_models()
    from academichub.radar.today import today

    return today(hub, asked)


def cards(visit: Visit, page: TodayPage, here: Address) -> list[CardView]:
    """Return the cards of a page of Today for its template."""
    found = marks.marks_of(visit.hub, [card.key for card in page.cards])
    return [
        card_of(
            card.work,
            rank=card.rank,
            announced=card.announced,
            why=[visit.text(reason) for reason in card.why],
            marks=found.get(card.key, ()),
            people_address=here,
        )
        for card in page.cards
    ]


def described(visit: Visit) -> tuple[list[str], list[str]]:
    """Return the words that pull works up and those that push them down, as the reader's own works write them."""
    load_models()
    from academichub.web.radar_view import described as words_of

    return words_of(visit.hub, WORDS_SHOWN)


def titles(hub: Hub, keys: list[str]) -> dict[str, str]:
    """Return title by key for the works the library or the starter shelf holds."""
    found = {key: work.title for key, work in hub.library.by_keys(keys).items()}
    missing = [key for key in keys if key not in found]
    if missing:
        found |= {key: work.title for key, work in hub.shelf.by_keys(missing).items()}
    return found


# ---- Briefs ----------------------------------------------------------------------------------------------------------


def brief_language(visit: Visit) -> str:
    """Return the language a new brief is written in: that of the pages."""
    return "zh" if (visit.lang or language(visit.hub)).startswith("zh") else "en"


def latest_brief(hub: Hub, lang: str | None = None) -> Document | None:
    """Return the brief of the latest day over the library readers are shown, in a language if given; or None."""
    table, written = schema.briefs, schema.written_briefs
    query = select(table.c.document).join_from(
        table, written, table.c.id == written.c.brief_id, isouter=True
    )
    query = query.where(written.c.set_aside.is_not(True)).order_by(*_LATEST).limit(MAX_LOOKED_AT)
    if lang is not None:
        query = query.where(table.c.lang == lang)
    with hub.database.read() as connection:
        documents: list[Document] = list(connection.scalars(query))
    on_shelf = hub.on_shelf
    return next((one for one in documents if bool(one.get("on_shelf")) == on_shelf), None)


def brief_in(hub: Hub, lang: str) -> Document:
    """Return the latest brief in a language; where the latest day has none in it, one is written over the same days.

    Raises:
        HubError: If none can be written.
    """
    found, newest = latest_brief(hub, lang), latest_brief(hub)
    if found is not None and newest is not None and found["date"] == newest["date"]:
        return found
    days = _span(newest) if newest is not None else 1
    return write_brief(hub, days, lang)


def _span(document: Document) -> int:
    first, last = document.get("first") or document["date"], document["date"]
    return (date.fromisoformat(last) - date.fromisoformat(first)).days + 1


def brief(hub: Hub, number: str) -> Document:
    """Return a brief.

    Raises:
        NotFoundError: If there is no such brief.
    """
    with hub.database.read() as connection:
        query = select(schema.briefs.c.document).where(schema.briefs.c.id == number)
        found: Document | None = connection.scalar(query)
    if found is None:
        raise NotFoundError(Message.of("library.no_brief", name=number[:60]))
    return found


_LATEST = (schema.briefs.c.day.desc(), schema.briefs.c.created_at.desc(), schema.briefs.c.id)
MAX_LOOKED_AT = 20


def write_brief(hub: Hub, days: int, lang: str) -> Document:
    """Write, check and store an extractive brief over the last days; a model, if set, writes in the background."""
    load_models()
    from academichub.briefs import brief_store
    from academichub.jobs.worker import start_writing

    written = brief_store.write_brief(hub, days, lang)
    start_writing(hub, written.id)
    return written.as_json()


@dataclass(frozen=True, slots=True)
class PastBrief:
    """A stored brief in a list."""

    id: str
    day: str
    lang: str
    created_at: str
    model: str | None


def past_briefs(hub: Hub, limit: int = 60) -> list[PastBrief]:
    """Return the stored briefs, latest first."""
    table, written = schema.briefs, schema.written_briefs
    columns = select(table.c.id, table.c.day, table.c.lang, table.c.created_at, written.c.model)
    columns = columns.join_from(table, written, table.c.id == written.c.brief_id, isouter=True)
    with hub.database.read() as connection:
        rows = connection.execute(columns.order_by(*_LATEST).limit(limit)).all()
    return [PastBrief(*row) for row in rows]


def brief_teaser(hub: Hub) -> BriefTeaser | None:
    """Return the latest brief for the page of Today, or None."""
    document = latest_brief(hub)
    if document is None:
        return None
    themes = tuple(str(one["theme"]) for one in document["sections"][:4])
    return BriefTeaser(f"/brief/{document['id']}", str(document["date"]), themes)


def brief_file(hub: Hub, number: str, ending: str) -> str:
    """Return a brief as `md`, `html`, `json`, or its works as `bib`.

    Raises:
        NotFoundError: If there is no such brief.
    """
    import json

    document = brief(hub, number)
    if ending == "json":
        return json.dumps(document, ensure_ascii=False, indent=1)
    load_models()
    from academichub.briefs.brief import brief_from_json
    from academichub.briefs.render import render_bibtex, render_html, render_markdown

    write = {"md": render_markdown, "html": render_html, "bib": render_bibtex}[ending]
    return write(brief_from_json(document))


# ---- Importing -------------------------------------------------------------------------------------------------------


def import_library(
    hub: Hub, name: str, content: bytes
) -> tuple[int, list[str], list[tuple[str, str]]]:
    """Read a BibTeX, RIS or CSL-JSON file into the library.

    Returns:
        How many entries were read, the keys of their works, and what was skipped as (where, why).

    Raises:
        InputError: If the file is none of these.
    """
    from academichub.errors import InputError
    from academichub.formats import FORMATS, guess_format

    form = guess_format(content, name)
    if form == "opml":
        raise InputError(Message.of("upload.is_opml", name=name))
    parsed = FORMATS[form].parse(content, name=name)
    added = hub.library.add(parsed.records)
    return len(parsed.records), list(added.keys), [(one.where, one.why) for one in parsed.skipped]
