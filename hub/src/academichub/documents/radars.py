"""The radar: `academichub radar ... --json`, the file of `radar export`, and `/api/radar`."""

from __future__ import annotations

from typing import Literal

from academichub.documents.document import Document
from academichub.documents.messages import MessageDetail

SignalKind = Literal[
    "query",
    "author",
    "category",
    "venue",
    "example",
    "like",
    "dislike",
    "hide",
    "mute_word",
    "mute_author",
    "mute_category",
    "mute_source",
    "pin_word",
    "saved",
    "opened",
]


class Signal(Document):
    """A signal of the radar."""

    kind: SignalKind
    """What was said: `query`, `author`, `category`, `venue`, `example`, `like`, `dislike`, `hide`,
    `mute_word`, `mute_author`, `mute_category`, `mute_source` or `pin_word`; `saved` and `opened`
    are learned from what the reader saves and opens."""
    value: str
    """Words, a name, a category, a source, or the key of a work."""
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
    """Words, a name, a category, a source, or the key of a work."""
    weight: float = 1.0
    """How much it counts, above 0 and at most 5."""


class RadarFile(Document):
    """The radar as a file: `radar export` writes, `radar import` and `PUT /api/radar` read it."""

    format: Literal["academichub-radar"]
    """Always `academichub-radar`."""
    version: Literal[1]
    """Version of the format."""
    signals: dict[SignalKind, list[str | WeightedValue]]
    """Values by kind; one whose weight is 1 is a plain text."""


class RadarSummary(Document):
    """A radar in the list of an account's radars."""

    name: str
    """Name that `--radar` and `?radar=` take."""
    signals: int
    """Number of its signals."""


class RadarList(Document):
    """The radars of an account."""

    radars: list[RadarSummary]
    """In the order they were created; the first one answers where no name is given."""
