"""`/api/works/<key>`: one work with its history; any identifier leads to it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from academichub.delivery.exports import export_line
from academichub.web.forms import Here
from academichub.web.pages.work import require_work

router = APIRouter(tags=["works"])


@router.get("/works/{key:path}")
def work(visit: Here, key: str) -> dict[str, Any]:
    """Return a work as a line of `academichub export works`, and the raw records it rests on."""
    found, library = require_work(visit.hub, key)
    records = [
        {
            "source": one.source,
            "source_key": one.source_key,
            "received_at": one.received_at,
            "hash": one.hash,
        }
        for one in library.history(found.key)
    ]
    return {**export_line(found), "note": found.note or None, "url": found.url, "records": records}
