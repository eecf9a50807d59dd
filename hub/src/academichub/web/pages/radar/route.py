"""`/radar`: everything that decides the order of Today, to read and edit; the cards' buttons."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, File, Form, Query, UploadFile
from fastapi.responses import Response

from academichub.errors import UsageError
from academichub.formats import parse_library
from academichub.gathering.examples import NamedEntry, add_entries, add_references
from academichub.gathering.lookups import Lookups
from academichub.preferences import learns_from_behaviour
from academichub.radar.entered import entered_value
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars
from academichub.radar.signals import from_document
from academichub.web import marks
from academichub.web.addresses import Address, safe_return
from academichub.web.forms import Checked, Here, read_upload
from academichub.web.import_view import ImportView
from academichub.web.named_works import examples_message, unresolved_views
from academichub.web.pages.radar.view import radar_groups
from academichub.web.pages.radar.work_pages import Shown
from academichub.web.radar_choice import SEPARATOR, RadarForm, RadarQuery, chosen_radar, radar_links
from academichub.web.radar_words import RadarWords
from academichub.web.rendering import Visit, redirect, render
from academichub.works.references import read_references

router = APIRouter()

Back = Annotated[str, Form(max_length=2000)]

MAX_VALUE_CHARACTERS = 200_000
"""Longest value of a form: a list of works, one a line."""

SHOWN_FIRST = Shown()


@router.get("/radar")
def radar_page(
    visit: Here,
    radar: RadarQuery = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    page: Annotated[int, Query(ge=1, le=1000)] = 1,
    collection: Annotated[str, Query(max_length=300)] = "",
) -> Response:
    """Show a radar, the first one where none is named, and a page of the works of one kind."""
    return _page(visit, radar=radar, part=Shown(kind, page, collection))


@router.post("/radar/signal", dependencies=[Checked])
def mark_work(
    visit: Here,
    kind: Annotated[str, Form(max_length=20)],
    key: Annotated[str, Form(max_length=2000)],
    back: Back = "/",
    radar: RadarForm = "",
) -> Response:
    """Set or take away a mark of a work in a radar, or in the radars a combined card came from."""
    named = _marked_in(visit, radar)
    changed = marks.radars_changed(kind, key, named) if kind in marks.MARKS else named
    is_set = marks.toggle(visit.hub, kind, key, named)
    # The last change of a radar that this one left alone is another, and must stay.
    undone_in = radar if len(named) == 1 else SEPARATOR.join(other.name for other in changed)
    undo = {"action": "/radar/undo", "back": safe_return(back), "radar": undone_in}
    if kind == "save":
        undo |= {"saved": key}
    return redirect(visit, safe_return(back), _marked(visit, kind, is_set), undo)


@router.post("/radar/add", dependencies=[Checked])
def add_signal(
    visit: Here,
    kind: Annotated[str, Form(max_length=20)],
    value: Annotated[str, Form(max_length=MAX_VALUE_CHARACTERS)],
    back: Back = "/radar",
    radar: RadarForm = "",
) -> Response:
    """Add a signal: a query, an author, a category, a venue, works, or a word to mute or pin."""
    chosen, target = chosen_radar(visit, radar), safe_return(back, "/radar")
    undo = {"action": "/radar/undo", "back": target, "radar": radar}
    try:
        if kind == "example":
            with Lookups(visit.hub) as lookups:
                added = add_references(visit.hub, chosen, read_references(value), lookups)
            message = examples_message(visit, added)
            return redirect(visit, target, message, undo if added.change.added else None)
        chosen.add(kind, entered_value(kind, value))
    except UsageError as problem:
        return _page(visit, None, radar, problem=visit.text(problem.message))
    return redirect(visit, target, visit.gettext("Added: %(value)s", value=value[:200]), undo)


@router.post("/radar/remove", dependencies=[Checked])
def remove_signal(
    visit: Here,
    kind: Annotated[str, Form(max_length=20)],
    value: Annotated[str, Form(max_length=2000)],
    back: Back = "/radar",
    radar: RadarForm = "",
) -> Response:
    """Remove what was added."""
    target = safe_return(back, "/radar")
    undo = {"action": "/radar/undo", "back": target, "radar": radar}
    chosen = chosen_radar(visit, radar)
    if kind == "save":
        if value in marks.saved(visit.hub, visit.account):
            marks.toggle(visit.hub, "save", value, [chosen])
        undo |= {"saved": value}
    else:
        chosen.remove(kind, value)
    return redirect(visit, target, visit.gettext("Removed."), undo)


@router.post("/radar/undo", dependencies=[Checked])
def undo(
    visit: Here,
    back: Back = "/radar",
    saved: Annotated[str, Form(max_length=2000)] = "",
    radar: RadarForm = "",
) -> Response:
    """Take back the last change of a radar, or the last change of the reading list."""
    _ = visit.gettext
    target = safe_return(back, "/radar")
    if saved:
        marks.toggle(visit.hub, "save", saved, [chosen_radar(visit, radar)])
        return redirect(visit, target, _("Taken back."))
    changes = [marked.undo() for marked in _marked_in(visit, radar)]
    return redirect(
        visit, target, _("Taken back.") if any(changes) else _("There is nothing to take back.")
    )


@router.post("/radar/clear", dependencies=[Checked])
def clear_learned(visit: Here, radar: RadarForm = "", back: Back = "/radar") -> Response:
    """Remove what a radar has learned from saved and opened works."""
    change = chosen_radar(visit, radar).clear_learned()
    target = safe_return(back, "/radar")
    undo = {"action": "/radar/undo", "back": target, "radar": radar} if change.removed else None
    return redirect(visit, target, visit.gettext("Removed."), undo)


@router.post("/radar/create", dependencies=[Checked])
def create_radar(
    visit: Here,
    name: Annotated[str, Form(max_length=200)],
    file: Annotated[UploadFile | None, File()] = None,
) -> Response:
    """Create a radar, empty or with the signals of an exported one."""
    signals: Any = None
    if file is not None and file.filename:
        signals = _exported_radar(read_upload(file)[1])
        from_document(signals)  # a wrong file creates no radar
    name = Radars(visit.hub.database, visit.account).create(name)
    if signals is not None:
        Radar(visit.hub.database, name, visit.account).import_(signals)
    message = visit.gettext("Created: %(name)s", name=name)
    return redirect(visit, str(Address("/radar").put("radar", name)), message)


@router.post("/radar/rename", dependencies=[Checked])
def rename_radar(
    visit: Here, name: Annotated[str, Form(max_length=200)], radar: RadarForm = ""
) -> Response:
    """Give a radar another name."""
    radars = Radars(visit.hub.database, visit.account)
    new = radars.rename(chosen_radar(visit, radar).name, name)
    message = visit.gettext("Renamed: %(name)s", name=new)
    return redirect(visit, str(Address("/radar").put("radar", new)), message)


@router.post("/radar/delete", dependencies=[Checked])
def delete_radar(
    visit: Here, radar: RadarForm = "", sure: Annotated[bool, Form()] = False
) -> Response:
    """Delete a radar with its signals and briefs, where the reader says to be sure."""
    name = chosen_radar(visit, radar).name
    if not sure:
        message = visit.gettext("Nothing was deleted: tick that you are sure.")
        return redirect(visit, str(Address("/radar").put("radar", name)), message)
    Radars(visit.hub.database, visit.account).delete(name)
    return redirect(visit, "/radar", visit.gettext("Deleted: %(name)s", name=name))


@router.post("/radar/import", dependencies=[Checked])
def import_examples(
    visit: Here, file: Annotated[UploadFile, File()], radar: RadarForm = ""
) -> Response:
    """Import the works of a library file as examples, or the signals of an exported radar."""
    name, content = read_upload(file)
    chosen = chosen_radar(visit, radar)
    signals = _exported_radar(content)
    if signals is not None:
        change = chosen.import_(signals)
        report = ImportView(name, len(change.added), len(change.added), [])
        return _page(visit, report, radar)
    parsed = parse_library(content, name)
    visit.hub.library.add(parsed.records)
    entries = [NamedEntry.of(record) for record in parsed.records]
    with Lookups(visit.hub) as lookups:
        added = add_entries(visit.hub, chosen, entries, lookups, name)
    skipped = [(visit.text(entry.position), visit.text(entry.reason)) for entry in parsed.skipped]
    skipped += [(entry.text, visit.text(entry.reason)) for entry in added.unresolved]
    report = ImportView(name, len(parsed.records), len(added.change.added), skipped, added.examples)
    return _page(visit, report, radar)


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


def _marked_in(visit: Visit, radar: str) -> list[Radar]:
    """Return the radars in which a form's mark is set: those it names, but one for `all`."""
    return [chosen_radar(visit, name) for name in radar.split(SEPARATOR)]


def _page(
    visit: Visit,
    report: ImportView | None = None,
    radar: str = "",
    *,
    part: Shown = SHOWN_FIRST,
    problem: str = "",
) -> Response:
    """Answer with the radar's page; with status 400 where a value was refused."""
    chosen = chosen_radar(visit, radar)
    up, down = visit.hub.part(RadarWords).get(radar=chosen)
    return render(
        visit,
        "radar/page.html",
        400 if problem else 200,
        problem=problem,
        unresolved=unresolved_views(visit, chosen),
        radar=chosen.name,
        radars=radar_links(visit, "/radar", combined=False),
        learns=learns_from_behaviour(visit.hub, visit.account),
        groups=radar_groups(visit, chosen, part),
        words={"up": up, "down": down},
        report=report,
    )
