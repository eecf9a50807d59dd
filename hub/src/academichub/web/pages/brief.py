"""`/brief` and `/brief/<id>`: the cited brief with its check results, its exports, and writing a new one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import Response

from academichub.errors import HubError, NotFoundError
from academichub.messages import Message
from academichub.web import job_view, services, writer_view
from academichub.web.addresses import safe_return
from academichub.web.brief_view import brief_view
from academichub.web.forms import Checked, Here
from academichub.web.local_model_view import engine_line
from academichub.web.rendering import Visit, redirect, render

router = APIRouter()

MAX_DAYS = 31


@router.get("/brief")
def latest_page(visit: Here) -> Response:
    """Show the latest brief in the page's language; it is written where it is not there yet."""
    try:
        document = services.brief_in(visit.hub, services.brief_language(visit))
    except HubError as problem:
        return _page(visit, None, visit.text(problem.message))
    return _page(visit, document)


@router.post("/brief", dependencies=[Checked])
def write_page(
    visit: Here,
    days: Annotated[int, Form(ge=1, le=MAX_DAYS)] = 1,
    brief_lang: Annotated[str, Form(max_length=8)] = "en",
) -> Response:
    """Write a new brief over the last days."""
    try:
        document = services.write_brief(
            visit.hub, days, "zh" if brief_lang.startswith("zh") else "en"
        )
    except HubError as problem:
        return _page(visit, services.latest_brief(visit.hub), visit.text(problem.message), 409)
    return redirect(visit, f"/brief/{document['id']}", visit.gettext("Written and checked."))


@router.post("/brief/model", dependencies=[Checked])
def let_model_write(visit: Here, brief: Annotated[str, Form(max_length=60)]) -> Response:
    """Let the model write a brief, whatever its record says, and show what it writes."""
    document = services.brief(visit.hub, brief)
    begun = writer_view.start(visit.hub, str(document["id"]), again=True)
    message = (
        visit.gettext("The model has begun.")
        if begun
        else visit.gettext("No language model is set.")
    )
    return redirect(visit, f"/brief/{document['id']}", message)


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
    """Give a brief as Markdown (`md`), self-contained HTML (`html`), JSON (`json`) or its works as BibTeX (`bib`)."""
    kinds = {
        "md": "text/markdown; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "json": "application/json",
        "bib": "application/x-bibtex; charset=utf-8",
    }
    if ending not in kinds:
        raise NotFoundError(Message.of("library.brief_format", format=ending[:10]))
    content = services.brief_file(visit.hub, number, ending)
    headers = {"Content-Disposition": f'attachment; filename="brief-{number[:60]}.{ending}"'}
    return Response(content, media_type=kinds[ending], headers=headers)


@router.get("/brief/{number}")
def past_page(visit: Here, number: str) -> Response:
    """Show one brief."""
    return _page(visit, services.brief(visit.hub, number))


def _page(
    visit: Visit, document: services.Document | None, problem: str = "", status: int = 200
) -> Response:
    return render(
        visit,
        "brief.html",
        status,
        brief=brief_view(visit, document) if document else None,
        model=writer_view.model_state(visit, document) if document else None,
        engine_line=engine_line(visit),
        past=services.past_briefs(visit.hub),
        problem=problem,
        days=1,
        brief_lang=services.brief_language(visit),
    )
