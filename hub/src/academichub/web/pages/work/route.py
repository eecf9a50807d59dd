"""`/work/<key>`: one work with its versions, announcements and what every source said of it."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from academichub.library.works import StoredRecord
from academichub.web import labels
from academichub.web.addresses import work_path
from academichub.web.card_view import card_of
from academichub.web.forms import Here
from academichub.web.pages.work.view import bibtex_of, similar_works, work_facts
from academichub.web.radar_choice import RadarQuery
from academichub.web.reading_view import marks_with_read, note_opened
from academichub.web.rendering import render
from academichub.web.work_lookup import require_work

router = APIRouter()

MAX_RECORDS = 50
"""Raw records shown on a page; the API gives all."""


@router.get("/work/{key:path}/bibtex")
def work_bibtex(visit: Here, key: str) -> Response:
    """Give a work as a BibTeX file."""
    work, _ = require_work(visit.hub, key)
    headers = {"Content-Disposition": 'attachment; filename="work.bib"'}
    return Response(
        bibtex_of(work), media_type="application/x-bibtex; charset=utf-8", headers=headers
    )


@router.get("/work/{key:path}")
def work_page(visit: Here, key: str, radar: RadarQuery = "") -> Response:
    """Show a work, which is read then; any of its identifiers leads to the address of its key."""
    work, library = require_work(visit.hub, key)
    if work.key != key:
        return RedirectResponse(str(visit.with_radar(work_path(work.key))), 302)
    note_opened(visit, work.key, radar)
    history: list[StoredRecord] = library.history(work.key)
    return render(
        visit,
        "work/page.html",
        work=work,
        card=card_of(work, marks=marks_with_read(visit, [work.key]).get(work.key, ())),
        kinds=labels.kinds(visit),
        source_name=partial(labels.source_name, visit),
        history=history[-MAX_RECORDS:],
        facts=work_facts(visit, work),
        bibtex=bibtex_of(work),
        similar=similar_works(library, work),
    )
