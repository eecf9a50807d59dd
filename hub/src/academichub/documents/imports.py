"""An import: `academichub import FILE --json`, and examples that were named but not resolved."""

from __future__ import annotations

from pydantic import Field

from academichub.documents.document import Document
from academichub.documents.messages import MessageDetail


class SkippedEntry(Document):
    """An entry of a file that was not read, or not read as it stands."""

    where: str
    """Line, citation key or title."""
    why: str
    """The reason as a sentence."""
    details: list[MessageDetail]
    """The reason as data."""


class UnresolvedExample(Document):
    """A work that was named as an example and is none, because it could not be resolved."""

    text: str
    """What was written, or the title of the file's entry."""
    waits: bool
    """Whether the next gather tries again."""
    why: str
    """The reason as a sentence."""
    details: list[MessageDetail]
    """The reason as data."""


class ImportReport(Document):
    """What an import came to; `read` = `added` + `merged` + entries of `skipped`."""

    read: int
    """Entries in the file."""
    added: int
    """Works (or feeds) that are new."""
    merged: int
    """Entries of works (or feeds) that were there before."""
    skipped: list[SkippedEntry]
    """Entries that were not read."""
    warnings: list[SkippedEntry] = Field(default_factory=list)
    """Entries that were read, but not as they stand. Absent where there are none."""
    examples: int = 0
    """With `--examples`: entries that are examples of the radar now because of this file,
    known before or not."""
    unresolved: list[UnresolvedExample] = Field(default_factory=list)
    """With `--examples`: entries that are not. Absent where there are none."""
