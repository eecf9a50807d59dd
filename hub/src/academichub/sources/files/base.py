"""The one shape of a file format: bytes or lines in, records out, with a report of what was skipped and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from academichub.papers import Record

MAX_FILE_BYTES = 128 << 20
"""Largest file of a format that is read whole."""

MAX_UNPACKED_BYTES = 4 << 30
"""Most bytes a packed file of lines may unpack to."""

MAX_ENTRIES = 200_000
"""Most entries of one file that is read whole."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An entry that was not taken: where it stands, and why."""

    where: str
    why: str


@dataclass(slots=True)
class ParsedFile:
    """What a file holds: `read` entries, of which `records` were taken and `skipped` were not."""

    records: list[Record] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def read(self) -> int:
        """Entries found in the file."""
        return len(self.records) + len(self.skipped)
