"""`/api/works/<key>`: one work with its history; `/api/export/works`: every work, streamed."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from academichub import documents
from academichub.delivery.exports import MEDIA, WRITERS, work_document
from academichub.web.api.documented import DocumentRoute, JsonLines, Responses, errors
from academichub.web.forms import Here
from academichub.web.work_lookup import require_work

router = APIRouter(prefix="/api", tags=["works"], route_class=DocumentRoute)

ExportFormat = Literal["jsonl", "bibtex", "ris", "csl-json"]

_EXPORTED: Responses = {
    200: {
        "model": documents.Work,
        "description": "Every work. In JSON lines (`application/x-ndjson`) each line is a `Work`.",
        "content": {
            MEDIA[form][0]: {"schema": {"type": "string"}} for form in ("bibtex", "ris", "csl-json")
        },
    }
}


@router.get("/works/{key:path}", responses=errors(404))
def get_work(visit: Here, key: str) -> documents.WorkWithRecords:
    """Return a work, found by its key or any identifier, and the records it rests on."""
    work, library = require_work(visit.hub, key)
    exported = dict(work_document(work).json_object())
    records = [
        documents.ReceivedRecord.model_validate(record) for record in library.history(work.key)
    ]
    return documents.WorkWithRecords.model_validate(
        {**exported, "note": work.note or None, "url": work.url, "records": records}
    )


@router.get("/export/works", response_class=JsonLines, responses={**_EXPORTED, **errors(400)})
def export_works(
    visit: Here, format: Annotated[ExportFormat, Query()] = "jsonl"
) -> StreamingResponse:
    """Stream every work of the library in a format, as `academichub export works` writes it."""
    media_type, ending = MEDIA[format]
    headers = {"Content-Disposition": f'attachment; filename="works{ending}"'}
    return StreamingResponse(
        WRITERS[format](visit.hub.library.all_works()), media_type=media_type, headers=headers
    )
