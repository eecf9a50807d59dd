"""`/radar`: everything that decides the order of Today, to read and edit; the cards' buttons."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response

from academichub.formats import parse_library
from academichub.radar.radar import Radar
from academichub.web import marks
from academichub.web.addresses import safe_return
from academichub.web.forms import Checked, Here, read_upload
from academichub.web.import_view import ImportView
from academichub.web.pages.radar.view import radar_groups
from academichub.web.radar_words import RadarWords
from academichub.web.rendering import Visit, redirect, render

router = APIRouter()

Back = Annotated[str, Form(max_length=2000)]


@router.get("/radar")
def radar_page(visit: Here) -> Response:
    """Show the radar."""
    return _page(visit)


@router.post("/radar/signal", dependencies=[Checked])
def mark_work(
    visit: Here,
    kind: Annotated[str, Form(max_length=20)],
    key: Annotated[str, Form(max_length=2000)],
    back: Back = "/",
) -> Response:
    """Set or take away a mark of a work."""
    is_set = marks.toggle(visit.hub, kind, key)
    undo = {"action": "/radar/undo", "back": safe_return(back)}
    if kind == "save":
        undo |= {"saved": key}
    return redirect(visit, safe_return(back), _marked(visit, kind, is_set), undo)


@router.post("/radar/add", dependencies=[Checked])
def add_signal(
    visit: Here,
    kind: Annotated[str, Form(max_length=20)],
    value: Annotated[str, Form(max_length=2000)],
    back: Back = "/radar",
) -> Response:
    """Add a query, an author, a category, a venue or a work."""
    Radar(visit.hub.database).add(kind, value)
    target = safe_return(back, "/radar")
    message = visit.gettext("Added: %(value)s", value=value[:200])
    return redirect(visit, target, message, {"action": "/radar/undo", "back": target})


@router.post("/radar/remove", dependencies=[Checked])
def remove_signal(
    visit: Here,
    kind: Annotated[str, Form(max_length=20)],
    value: Annotated[str, Form(max_length=2000)],
    back: Back = "/radar",
) -> Response:
    """Remove what was added."""
    target = safe_return(back, "/radar")
    undo = {"action": "/radar/undo", "back": target}
    if kind == "save":
        if value in marks.saved(visit.hub):
            marks.toggle(visit.hub, "save", value)
        undo |= {"saved": value}
    else:
        Radar(visit.hub.database).remove(kind, value)
    return redirect(visit, target, visit.gettext("Removed."), undo)


@router.post("/radar/undo", dependencies=[Checked])
def undo(
    visit: Here, back: Back = "/radar", saved: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Take back the last change of the radar, or the last change of the reading list."""
    _ = visit.gettext
    target = safe_return(back, "/radar")
    if saved:
        marks.toggle(visit.hub, "save", saved)
        return redirect(visit, target, _("Taken back."))
    change = Radar(visit.hub.database).undo()
    return redirect(
        visit, target, _("Taken back.") if change else _("There is nothing to take back.")
    )


@router.post("/radar/import", dependencies=[Checked])
def import_examples(visit: Here, file: Annotated[UploadFile, File()]) -> Response:
    """Import the works of a library file as examples, or the signals of an exported radar."""
    name, content = read_upload(file)
    signals = _exported_radar(content)
    if signals is not None:
        change = Radar(visit.hub.database).import_(signals)
        return _page(visit, ImportView(name, len(change.added), len(change.added), []))
    parsed = parse_library(content, name)
    keys = visit.hub.library.add(parsed.records).keys
    change = Radar(visit.hub.database).add_all("example", keys)
    skipped = [(visit.text(entry.position), visit.text(entry.reason)) for entry in parsed.skipped]
    return _page(visit, ImportView(name, len(parsed.records), len(change.added), skipped))


def _exported_radar(content: bytes) -> Any | None:
    if content.lstrip()[:1] != b"{":
        return None
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return (
        document
        if isinstance(document, dict) and document.get("format") == "academichub-radar"
        else None
    )


def _marked(visit: Visit, kind: str, is_set: bool) -> str:
    _ = visit.gettext
    if not is_set:
        return _("Taken back.")
    return {
        "like": _("Liked. More like this will come up."),
        "dislike": _("Disliked. Less like this will come up."),
        "save": _("Saved to your reading list on the radar page."),
        "hide": _("Hidden. It will not come up again."),
    }[kind]


def _page(visit: Visit, report: ImportView | None = None) -> Response:
    up, down = visit.hub.part(RadarWords).get()
    return render(
        visit,
        "radar/page.html",
        groups=radar_groups(visit),
        words={"up": up, "down": down},
        report=report,
    )
