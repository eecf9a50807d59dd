"""`/api/export/works`: every work of the library as a file, streamed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from academichub.delivery.exports import MEDIA, WRITERS
from academichub.web.forms import Here

router = APIRouter(tags=["export"])


@router.get("/export/works", response_class=StreamingResponse)
def export_works(
    visit: Here, format: Annotated[Literal["jsonl", "bibtex", "ris", "csl-json"], Query()] = "jsonl"
) -> StreamingResponse:
    """Stream all works in a format, as `academichub export works` writes them."""
    kind, ending = MEDIA[format]
    headers = {"Content-Disposition": f'attachment; filename="works{ending}"'}
    return StreamingResponse(
        WRITERS[format](visit.hub.library.all_works()), media_type=kind, headers=headers
    )
