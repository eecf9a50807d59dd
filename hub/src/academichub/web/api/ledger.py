"""`/api/ledger`: what each source was asked for and what came."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from academichub import documents
from academichub.library.ledger import Ledger
from academichub.web.api.documented import DocumentRoute, errors
from academichub.web.forms import Here

router = APIRouter(prefix="/api", tags=["ledger"], route_class=DocumentRoute)


@router.get("/ledger", responses=errors(400))
def get_ledger(
    visit: Here, date: Annotated[str | None, Query(max_length=10)] = None
) -> documents.LedgerPage:
    """Return the rows of a server's day, or the latest of all days."""
    rows = Ledger(visit.hub.database).entries(date)
    return documents.LedgerPage(entries=[row.document() for row in rows])
