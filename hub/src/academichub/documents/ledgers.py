"""The ledger: the rows of `academichub ledger --json` and `/api/ledger`."""

from __future__ import annotations

from typing import Literal

from academichub.documents.document import Document


class LedgerRow(Document):
    """What a source was asked for and what came."""

    source: str
    """Module name of the source."""
    window: str
    """What was asked for, e.g. a category and a span of days."""
    asked: int
    """Requests sent."""
    expected: int | None
    """Entries the source promised; null where it promised no number."""
    received: int
    """Entries that came."""
    merged: int
    """Entries that are in the library."""
    failed: int
    """Entries that could not be read."""
    status: Literal["ok", "partial", "failed", "holiday", "stale"]
    """`ok`, `partial`, `failed`, `holiday` or `stale`.

    `partial`: something is missing; `holiday`: nothing was due; `stale`: the source repeated an
    earlier day.
    """
    message: str
    """What happened, as sentences."""
    failure: str | None
    """Kind of failure as a word; null where nothing failed."""
    day: str | None
    """The server's day; null where it told none."""
    started_at: str
    """When the first request was sent (UTC)."""
    finished_at: str | None
    """When the row was closed (UTC); null while it is open."""


class LedgerPage(Document):
    """Rows of the ledger."""

    entries: list[LedgerRow]
    """Oldest first."""
