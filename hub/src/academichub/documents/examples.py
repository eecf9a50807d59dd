"""Naming examples: `academichub radar add example TEXT --json`."""

from __future__ import annotations

from pydantic import Field

from academichub.documents.imports import UnresolvedExample
from academichub.documents.radars import RadarChange


class ExamplesChange(RadarChange):
    """A change of the radar by works that the reader named."""

    unresolved: list[UnresolvedExample] = Field(default_factory=list)
    """Works named that are not examples. Absent where there are none."""
