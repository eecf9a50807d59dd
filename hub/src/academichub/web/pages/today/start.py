"""The answers of the first run: each changes the radar and leads back to Today, in a new order."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, File, Form, UploadFile
from fastapi.responses import Response

from academichub import preferences
from academichub.errors import HubError, InputError, UsageError
from academichub.formats import parse_library
from academichub.gathering.examples import (
    ExamplesAdded,
    NamedEntry,
    add_entries,
    add_references,
    forget_unresolved,
)
from academichub.gathering.lookups import Lookups
from academichub.gathering.persons import MAX_NAME, add_works_of_orcid, works_of_name
from academichub.radar.entered import entered_value
from academichub.web.addresses import safe_return
from academichub.web.forms import Checked, Here, read_upload
from academichub.web.named_works import examples_message
from academichub.web.pages.today.first_run import choose, radar_of
from academichub.web.radar_choice import RadarForm, chosen_radar
from academichub.web.rendering import redirect, render
from academichub.works.references import parse_orcid, read_references

router = APIRouter()

MAX_PASTED_CHARACTERS = 200_000
UNDO = {"action": "/radar/undo", "back": "/"}

Back = Annotated[str, Form(max_length=2000)]


@router.post("/start/phrases", dependencies=[Checked])
def add_phrases(
    visit: Here, phrase: Annotated[list[str] | None, Form(max_length=20)] = None, back: Back = "/"
) -> Response:
    """Add phrases as standing queries; half a query is refused, the others are added."""
    radar, refusals = radar_of(visit), []
    phrases = []
    for text in phrase or ():
        try:
            if text.strip():
                phrases.append(entered_value("query", text))
        except UsageError as problem:
            refusals.append(visit.text(problem.message))
    if not phrases and not refusals:
        refusals.append(visit.gettext("Nothing was typed."))
    if phrases:
        radar.add_all("query", phrases)
    added = visit.ngettext("%(num)s phrase added.", "%(num)s phrases added.", len(phrases))
    message = " ".join([*([added] if phrases else []), *refusals])
    return redirect(visit, safe_return(back), message, UNDO if phrases else None)


@router.post("/start/works", dependencies=[Checked])
def add_works(
    visit: Here,
    text: Annotated[str, Form(max_length=MAX_PASTED_CHARACTERS)] = "",
    work: Annotated[list[str] | None, Form()] = None,
    back: Back = "/",
) -> Response:
    """Add works as examples: lines of identifiers, addresses and titles, or the works ticked."""
    references = read_references("\n".join([text, *(work or ())]))
    with Lookups(visit.hub) as lookups:
        try:
            added = add_references(visit.hub, radar_of(visit), references, lookups)
        except UsageError as problem:
            return redirect(visit, safe_return(back), visit.text(problem.message))
    return redirect(visit, safe_return(back), examples_message(visit, added), _undo(added, back))


@router.post("/start/library", dependencies=[Checked])
def add_library(visit: Here, file: Annotated[UploadFile, File()], back: Back = "/") -> Response:
    """Add the works of a library file as examples."""
    try:
        name, content = read_upload(file)
        parsed = parse_library(content, name)
    except InputError as problem:
        return redirect(visit, safe_return(back), visit.text(problem.message))
    visit.hub.library.add(parsed.records)
    entries = [NamedEntry.of(record) for record in parsed.records]
    with Lookups(visit.hub) as lookups:
        added = add_entries(visit.hub, radar_of(visit), entries, lookups, name)
    message = examples_message(visit, added)
    if parsed.skipped:
        skipped = len(parsed.skipped)
        message += " " + visit.ngettext(
            "%(num)s entry could not be read.", "%(num)s entries could not be read.", skipped
        )
    return redirect(visit, safe_return(back), message, _undo(added, back))


@router.post("/start/person", dependencies=[Checked])
def add_person(
    visit: Here, person: Annotated[str, Form(max_length=MAX_NAME)] = "", back: Back = "/"
) -> Response:
    """Add the works of an ORCID iD as examples, or show those of a name for confirmation."""
    radar = radar_of(visit)
    with Lookups(visit.hub) as lookups:
        try:
            orcid = parse_orcid(person)
            if orcid is not None:
                added = add_works_of_orcid(visit.hub, radar, orcid, lookups)
                message = examples_message(visit, added)
                return redirect(visit, safe_return(back), message, _undo(added, back))
            works = works_of_name(visit.hub, person, lookups)
        except HubError as problem:
            return redirect(visit, safe_return(back), visit.text(problem.message))
    return render(visit, "today/person.html", works=works, back=safe_return(back))


@router.get("/start/person")
def person_without_a_name(visit: Here) -> Response:
    """Lead back to the questions: a page of works is the answer to a form, and has no address."""
    return redirect(visit, "/")


@router.post("/start/forget", dependencies=[Checked])
def forget(
    visit: Here,
    text: Annotated[str, Form(max_length=2000)],
    back: Back = "/",
    radar: RadarForm = "",
) -> Response:
    """Remove a work that is not resolved from the list of a radar."""
    forget_unresolved(visit.hub, chosen_radar(visit, radar), text)
    return redirect(visit, safe_return(back), visit.gettext("Removed."))


@router.post("/start/fields", dependencies=[Checked])
def look_at_fields(
    visit: Here,
    category: Annotated[list[str] | None, Form()] = None,
    field: Annotated[list[str] | None, Form()] = None,
    field_before: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Cut the shelf to fields before they are accepted, and remember the categories."""
    hub, fields = visit.hub, sorted(set(field or ()))[:40]
    choose(hub, radar_of(visit), category or (), fields, field_before)
    hub.preferences.set(preferences.FIELDS_LOOKED_AT, fields)
    return redirect(visit, "/", visit.gettext("These are works of the fields you chose."))


def _undo(added: ExamplesAdded, back: str) -> dict[str, str] | None:
    """Return the request that takes the change back; None where nothing was changed."""
    if not added.change.added:
        return None
    return {"action": "/radar/undo", "back": safe_return(back)}
