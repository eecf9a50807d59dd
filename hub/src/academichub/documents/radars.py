"""The radar: `academichub radar ... --json`, the file of `radar export`, and `/api/radar`."""

from __future__ import annotations

from typing import Literal

from academichub.documents.document import Document
from academichub.documents.messages import MessageDetail

SignalKind = Literal["query", "author", "category", "venue", "example", "like", "dislike", "hide"]


class Signal(Document):
    """A signal of the radar."""

    kind: SignalKind
    """`query`, `author`, `category`, `venue`, `example`, `like`, `dislike` or `hide`."""
    value: str
    """Words, a name, a category, or the key of a work."""
    weight: float
    """How much it counts, above 0 and at most 5."""
    added_at: str = ""
    """When it was added (UTC). The web API leaves it out."""


class RadarSignals(Document):
    """Every signal of the radar."""

    signals: list[Signal]
    """In the order they were added."""


class RadarChange(Document):
    """A change of the radar; one undo takes it back."""

    change: str
    """The change in English."""
    added: list[Signal]
    """Signals that are new or have a new weight."""
    removed: list[Signal]
    """Signals that are gone."""
    details: list[MessageDetail]
    """`change` as data."""


class WeightedValue(Document):
    """A value of a signal with its weight."""

    value: str
    """Words, a name, a category, or the key of a work."""
    weight: float = 1.0
    """How much it counts, above 0 and at most 5."""


class RadarFile(Document):
    """The radar as a file: `radar export` writes it, `radar import` and `PUT /api/radar` read it."""

    format: Literal["academichub-radar"]
    """Always `academichub-radar`."""
    version: Literal[1]
    """Version of the format."""
    signals: dict[SignalKind, list[str | WeightedValue]]
    """Values by kind; one whose weight is 1 is a plain text."""
