"""What an import of a file came to, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportView:
    """What an import came to, for the page.

    Attributes:
        added: How many works, feeds or signals are new.
        skipped: Where each entry that was left out stands, and why.
        examples: How many entries are examples now, new or not; None where the file has no works.
    """

    name: str
    read: int
    added: int
    skipped: list[tuple[str, str]]
    examples: int | None = None
