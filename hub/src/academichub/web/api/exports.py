"""`/api/export/works`: every work of the library as a file, streamed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from academichub.delivery.exports import WRITERS
from academichub.web.forms import Here

router = APIRouter(tags=["export"])

_FILES = {
    "jsonl": ("application/jsonl", "works.jsonl"),
    "bibtex": ("application/x-bibtex", "works.bib"),
    "ris": ("application/x-research-info-systems", "works.ris"),
    "csl-json": ("application/vnd.citationstyles.csl+json", "works.json"),
}


@router.get("/export/works", response_class=StreamingResponse)
def export_works(
    visit: Here, format: Annotated[Literal["jsonl", "bibtex", "ris", "csl-json"], Query()] = "jsonl"  # noqa: A002
) -> StreamingResponse:
    """Stream all works in a format, as `academichub export works` writes them."""
    kind, name = _FILES[format]
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(WRITERS[format](visit.hub.library.all_works()), media_type=kind, headers=headers)
