"""`/api/ledger`: what was asked, expected and received."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from academichub.library.ledger import Ledger
from academichub.web.forms import Here

router = APIRouter(tags=["ledger"])


@router.get("/ledger")
def ledger(visit: Here, date: Annotated[str | None, Query(max_length=10)] = None) -> dict[str, Any]:
    """Return the entries of a server's day, or the latest of all days, as `academichub ledger --json` does."""
    return {"entries": [entry.contract() for entry in Ledger(visit.hub.database).entries(date)]}
