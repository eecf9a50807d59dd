"""`/api/search`: works, as `academichub search --json` prints them; `/api/authors`: authors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from academichub import documents
from academichub.search import service
from academichub.store.authors_store import authors_like
from academichub.web.api.documented import DocumentRoute, errors
from academichub.web.forms import Here

router = APIRouter(prefix="/api", tags=["search"], route_class=DocumentRoute)


@router.get("/search", responses=errors(400))
def search_works(
    visit: Here,
    q: Annotated[str, Query(min_length=1, max_length=4000)],
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    offset: Annotated[int, Query(ge=0, le=900)] = 0,
) -> documents.SearchPageWithSnippets:
    """Return the works that match, best first."""
    result = service.search(
        visit.hub.reading, q, limit=limit, offset=offset, semantic=visit.hub.semantic
    )
    hits = [
        documents.HitWithSnippet(
            rank=hit.rank,
            key=hit.work.key,
            identifiers=dict(hit.work.public_identifiers),
            title=hit.work.title,
            score=hit.score,
            snippet=hit.snippet,
        )
        for hit in result.hits
    ]
    return documents.SearchPageWithSnippets(
        query=result.query, total=result.total, hits=hits, notes=list(result.notes)
    )


@router.get("/authors", responses=errors(400))
def complete_authors(
    visit: Here,
    q: Annotated[str, Query(min_length=1, max_length=200)],
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> documents.AuthorNames:
    """Return authors of the library by what a word of their name begins with."""
    with visit.hub.reading.database.read() as connection:
        names = authors_like(connection, q, limit)
    return documents.AuthorNames(
        authors=[documents.AuthorName(name=name, works=works) for name, works in names]
    )
