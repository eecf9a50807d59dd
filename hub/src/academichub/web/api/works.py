"""`/api/works/<key>`: one work with its history; `/api/export/works`: every work, streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from academichub import documents
from academichub.formats import FORMATS, writers
from academichub.formats.jsonl_writer import work_document
from academichub.web.api.documented import DocumentRoute, JsonLines, Responses, errors
from academichub.web.forms import Here
from academichub.web.work_lookup import require_work

router = APIRouter(prefix="/api", tags=["works"], route_class=DocumentRoute)

if TYPE_CHECKING:
    ExportFormat = str
else:
    ExportFormat = Literal[tuple(writers())]  # the choices are those of the registry

_EXPORTED: Responses = {
    200: {
        "model": documents.Work,
        "description": "Every work. In JSON lines (`application/x-ndjson`) each line is a `Work`.",
        "content": {
            FORMATS[form].media_type: {"schema": {"type": "string"}}
            for form in writers()
            if form != "jsonl"
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
    form = FORMATS[format]
    headers = {"Content-Disposition": f'attachment; filename="works{form.endings[0]}"'}
    return StreamingResponse(
        writers()[format](visit.hub.library.all_works()),
        media_type=form.media_type,
        headers=headers,
    )
