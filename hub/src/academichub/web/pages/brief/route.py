"""`/brief` and `/brief/<id>`: the cited brief with its check results and exports; writing one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from academichub.briefs import brief_store
from academichub.briefs.brief import Brief, readable_brief
from academichub.briefs.render import render_bibtex, render_html, render_markdown
from academichub.errors import HubError, NotFoundError
from academichub.jobs.briefs import latest_or_new_brief, write_brief
from academichub.jobs.worker import start_writing
from academichub.messages import Message
from academichub.preferences import language
from academichub.web import job_view
from academichub.web.addresses import safe_return
from academichub.web.forms import Checked, Here
from academichub.web.local_model_view import engine_line
from academichub.web.pages.brief.view import brief_view
from academichub.web.pages.brief.writer_view import model_state
from academichub.web.rendering import Visit, redirect, render

router = APIRouter()

MAX_DAYS = 31

FILES: Mapping[str, tuple[str, Callable[[Brief], str]]] = {
    "md": ("text/markdown; charset=utf-8", render_markdown),
    "html": ("text/html; charset=utf-8", render_html),
    "json": ("application/json", lambda brief: brief.document().json_text(indent=1)),
    "bib": ("application/x-bibtex; charset=utf-8", render_bibtex),
}
"""Ending of a brief's file -> media type, and what writes it; `bib` holds the cited works."""


def brief_language(visit: Visit) -> str:
    """Return the language a new brief is written in: that of the pages."""
    return "zh" if (visit.lang or language(visit.hub)).startswith("zh") else "en"


@router.get("/brief")
def latest_page(visit: Here) -> Response:
    """Show the latest brief in the page's language; it is written where it is not there yet."""
    try:
        brief = latest_or_new_brief(visit.hub, brief_language(visit))
    except HubError as problem:
        return _page(visit, None, visit.text(problem.message))
    return _page(visit, brief)


@router.post("/brief", dependencies=[Checked])
def write_page(
    visit: Here,
    days: Annotated[int, Form(ge=1, le=MAX_DAYS)] = 1,
    brief_lang: Annotated[str, Form(max_length=8)] = "en",
) -> Response:
    """Write a new brief over the last days."""
    try:
        brief = write_brief(visit.hub, days, "zh" if brief_lang.startswith("zh") else "en")
    except HubError as problem:
        latest = brief_store.latest_brief(visit.hub)
        return _page(visit, latest, visit.text(problem.message), 409)
    return redirect(visit, f"/brief/{brief.id}", visit.gettext("Written and checked."))


@router.post("/brief/model", dependencies=[Checked])
def let_model_write(visit: Here, brief: Annotated[str, Form(max_length=60)]) -> Response:
    """Let the model write a brief, whatever its record says, and show what it writes."""
    brief_id = brief_store.get_brief(visit.hub, brief).id
    begun = start_writing(visit.hub, brief_id, again=True)
    message = (
        visit.gettext("The model has begun.")
        if begun
        else visit.gettext("No language model is set.")
    )
    return redirect(visit, f"/brief/{brief_id}", message)


@router.post("/brief/cancel", dependencies=[Checked])
def cancel_writing(
    visit: Here, job: Annotated[int, Form()], back: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    """Stop the model that writes now; the extracts stay."""
    stopped = job_view.cancel(visit.hub, job)
    message = (
        visit.gettext("The model stops; the extracts stay.")
        if stopped
        else visit.gettext("It had ended already.")
    )
    return redirect(visit, safe_return(back, "/brief"), message)


@router.get("/brief/{number}.{ending}")
def brief_file(visit: Here, number: str, ending: str) -> Response:
    """Return a brief as Markdown (`md`), HTML (`html`), JSON (`json`) or BibTeX (`bib`)."""
    if ending not in FILES:
        raise NotFoundError(Message.of("library.brief_format", format=ending[:10]))
    media_type, render_file = FILES[ending]
    content = render_file(brief_store.get_brief(visit.hub, number))
    headers = {"Content-Disposition": f'attachment; filename="brief-{number[:60]}.{ending}"'}
    return Response(content, media_type=media_type, headers=headers)


@router.get("/brief/{number}")
def past_page(visit: Here, number: str) -> Response:
    """Show one brief."""
    return _page(visit, brief_store.get_brief(visit.hub, number))


def _page(visit: Visit, brief: Brief | None, problem: str = "", status: int = 200) -> Response:
    document = readable_brief(brief).document() if brief is not None else None
    return render(
        visit,
        "brief/page.html",
        status,
        brief=brief_view(visit, document) if document else None,
        model=model_state(visit, document) if document else None,
        engine_line=engine_line(visit),
        past=brief_store.list_briefs(visit.hub),
        problem=problem,
        days=1,
        brief_lang=brief_language(visit),
    )
