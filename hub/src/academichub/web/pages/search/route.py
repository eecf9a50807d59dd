"""`/search?q=`: the library by words and fields, with highlighted snippets, facets and pages."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from academichub.errors import UsageError
from academichub.web.forms import Here
from academichub.web.pages.search.view import LAST_PAGE, result_view, syntax_rows
from academichub.web.rendering import render

router = APIRouter()

MAX_QUERY = 400


@router.get("/search")
def search_page(
    visit: Here,
    q: Annotated[str, Query(max_length=MAX_QUERY)] = "",
    page: Annotated[int, Query(ge=1, le=LAST_PAGE)] = 1,
) -> Response:
    """Show what matches, twenty a page."""
    query = " ".join(q.split())
    result, problem = None, ""
    if query:
        try:
            result = result_view(visit, query, page)
        except UsageError as wrong:
            problem = str(wrong)
    status = 400 if problem else 200
    return render(
        visit,
        "search/page.html",
        status,
        query=query,
        result=result,
        problem=problem,
        count=visit.hub.reading.count(),
        syntax=syntax_rows(visit),
    )
