"""`/api/search`: the library by words and fields, as `academichub search --json` prints it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from academichub.web.forms import Here

router = APIRouter(tags=["search"])


@router.get("/search")
def search(
    visit: Here,
    q: Annotated[str, Query(min_length=1, max_length=4000)],
    limit: Annotated[int, Query(ge=1, le=100)] = 10,
    offset: Annotated[int, Query(ge=0, le=900)] = 0,
) -> dict[str, Any]:
    """Return what matches, best first."""
    from academichub.search import service

    found = service.search(
        visit.hub.reading, q, limit=limit, offset=offset, semantic=visit.hub.semantic
    )
    hits = [
        {
            "rank": hit.rank,
            "key": hit.work.key,
            "identifiers": dict(hit.work.public_identifiers),
            "title": hit.work.title,
            "score": hit.score,
            "snippet": hit.snippet,
        }
        for hit in found.hits
    ]
    return {"query": found.query, "total": found.total, "hits": hits, "notes": list(found.notes)}
