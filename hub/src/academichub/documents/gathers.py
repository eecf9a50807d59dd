"""A gather: `academichub gather --json`."""

from __future__ import annotations

from typing import Literal

from academichub.documents.document import Document


class SourceGather(Document):
    """What one source came to: the sum of its ledger rows."""

    source: str
    """Module name of the source."""
    status: Literal["ok", "partial", "failed", "holiday", "stale"]
    """The worst status of its rows."""
    asked: int
    """Requests sent."""
    received: int
    """Entries that came."""
    merged: int
    """Entries that are in the library."""
    failed: int
    """Entries that could not be read."""
    messages: list[str]
    """What happened, as sentences."""


class LibrarySize(Document):
    """Works in the library."""

    before: int
    """When the gather began."""
    after: int
    """When it ended."""


class Gather(Document):
    """What a gather came to."""

    day: str | None
    """The servers' day (YYYY-MM-DD); null where none answered."""
    failed: bool
    """Whether any source failed; the command then exits with 1."""
    works: LibrarySize
    """How the library grew."""
    sources: list[SourceGather]
    """One report a source, in the order they were asked."""
