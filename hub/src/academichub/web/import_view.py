"""What an import of a file came to, as pages show it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImportView:
    """What an import came to, for the page."""

    name: str
    read: int
    added: int
    skipped: list[tuple[str, str]]
