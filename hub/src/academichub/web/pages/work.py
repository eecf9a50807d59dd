"""`/work/<key>`: one work with its versions, announcements and what every source said of it."""

from __future__ import annotations

import re
from functools import partial

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from academichub.errors import NotFoundError, UsageError
from academichub.formats import bibtex_writer
from academichub.hub import Hub
from academichub.library.works import Library, StoredRecord
from academichub.messages import Message
from academichub.search.service import search
from academichub.web import labels, marks
from academichub.web.addresses import work_path
from academichub.web.card_view import card_of, safe_link
from academichub.web.forms import Here
from academichub.web.rendering import Visit, render
from academichub.works.fields import field_name, field_of_category
from academichub.works.work import Work

router = APIRouter()

MAX_SIMILAR = 5
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
def work_page(visit: Here, key: str) -> Response:
    """Show a work; any of its identifiers leads to the address of its key."""
    work, library = require_work(visit.hub, key)
    if work.key != key:
        return RedirectResponse(work_path(work.key), 302)
    history: list[StoredRecord] = library.history(work.key)
    return render(
        visit,
        "work.html",
        work=work,
        card=card_of(work, marks=marks.marks_of(visit.hub, [work.key]).get(work.key, ())),
        kinds=labels.kinds(visit),
        source_name=partial(labels.source_name, visit),
        history=history[-MAX_RECORDS:],
        facts=_facts(visit, work),
        bibtex=bibtex_of(work),
        similar=_similar(library, work),
    )


def _similar(library: Library, work: Work) -> list[Work]:
    """Return works that share the most telling words of the title, best first."""
    words = re.sub(r"[^\w\s-]", " ", work.title)  # plain words: nothing in a title is query syntax
    try:
        search_result = search(
            library, words, limit=MAX_SIMILAR + 1, highlights=False, any_words=True
        )
    except UsageError:
        return []
    return [hit.work for hit in search_result.hits if hit.work.key != work.key][:MAX_SIMILAR]


def require_work(hub: Hub, name: str) -> tuple[Work, Library]:
    """Return a work by key or any identifier, with its library; the starter shelf is searched last.

    Raises:
        NotFoundError: If there is none.
    """
    for library in (hub.library, hub.shelf):
        work = library.get(name)
        if work is not None:
            return work, library
    raise NotFoundError(Message.of("library.no_work", name=name[:200]))


def bibtex_of(work: Work) -> str:
    """Return the BibTeX entry of a work."""
    return "".join(bibtex_writer.write([work]))


def _facts(visit: Visit, work: Work) -> list[tuple[str, str]]:
    _ = visit.gettext
    field_id = work.field or next((field_of_category(category) for category in work.categories), "")
    facts = [
        (_("Identifier"), work.key),
        *(
            (scheme, value)
            for scheme, value in work.public_identifiers.items()
            if f"{scheme}:{value}" != work.key
        ),
        (_("Field"), field_name(field_id, visit.lang)),
        (_("Categories"), visit.gettext(", ").join(work.categories)),
        (_("Venue"), work.venue),
        (_("Journal reference"), work.journal_ref),
        (_("Published"), work.published),
        (_("Comment"), work.comment),
        (_("Licence"), work.license),
        (
            _("Sources"),
            visit.gettext(", ").join(labels.source_name(visit, source) for source in work.sources),
        ),
        (_("Address"), safe_link(work.url)),
    ]
    return [(name, value) for name, value in facts if value]
