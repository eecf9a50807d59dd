"""The signals a reader gives the radar: their kinds, limits and normal forms. Pure, no IO."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, get_args

from academichub import documents
from academichub.errors import InputError, UsageError
from academichub.index.query_syntax import parse
from academichub.messages import Message
from academichub.works.author_names import full_name
from academichub.works.identifiers import fold, parse_identifier

Kind = documents.SignalKind

KINDS: tuple[Kind, ...] = get_args(Kind)
LEARNED_KINDS: tuple[Kind, ...] = ("saved", "opened")
"""Kinds that are learned from what the reader does; a preference switches them off."""

WORK_KINDS: frozenset[Kind] = frozenset(("example", "like", "dislike", "hide", *LEARNED_KINDS))
"""Kinds whose value is the key of a work."""

MAX_SIGNALS: Mapping[Kind, int] = {
    "query": 100,
    "author": 500,
    "category": 200,
    "venue": 200,
    "example": 5_000,
    "like": 5_000,
    "dislike": 5_000,
    "hide": 20_000,
    "mute_word": 500,
    "mute_author": 500,
    "mute_category": 200,
    "mute_source": 200,
    "pin_word": 500,
    "saved": 2_000,
    "opened": 1_000,
}
"""Most signals of a kind in one radar; of those learned, the oldest give way."""

MAX_CHARS: Mapping[Kind, int] = {
    "query": 500,
    "author": 200,
    "category": 80,
    "venue": 300,
    "mute_word": 100,
    "mute_author": 200,
    "mute_category": 80,
    "mute_source": 300,
    "pin_word": 100,
}
MAX_KEY_CHARS = 2_000
MAX_WEIGHT = 5.0

EXCLUDES: Mapping[Kind, tuple[Kind, ...]] = {
    "like": ("dislike", "hide"),
    "example": ("dislike",),
    "dislike": ("like", "example"),
    "hide": (),
    "author": ("mute_author",),
    "mute_author": ("author",),
    "category": ("mute_category",),
    "mute_category": ("category",),
    "pin_word": ("mute_word",),
    "mute_word": ("pin_word",),
}
"""What adding a signal removes of the same value: a work cannot be liked and disliked at once."""

FORMAT: Final = "academichub-radar"
FORMAT_VERSION: Final = 1

_NEEDS_A_LETTER = ("author", "venue", "mute_author", "mute_source", "mute_word", "pin_word")

_CATEGORY = re.compile(r"[a-z]+(-[a-z]+)?(\.[A-Za-z-]{2,})?")


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal the reader gave; `added_at` is UTC ISO text."""

    kind: Kind
    value: str
    weight: float = 1.0
    added_at: str = ""


def known_kind(kind: str) -> Kind:
    """Return a kind.

    Raises:
        UsageError: If the kind is unknown.
    """
    if kind not in KINDS:
        raise UsageError(Message.of("radar.unknown_kind", kind=kind, kinds=KINDS))
    return kind


def _name(kind: Kind) -> Message:
    return Message.of(f"kind.{kind}")


def checked_value(kind: Kind, value: str) -> str:
    """Return the normal form of a value: blanks folded, names in author-line order, works as keys.

    Raises:
        UsageError: If the value is empty, too long, or not of its kind.
    """
    value = " ".join(value.split())
    limit = MAX_CHARS.get(kind, MAX_KEY_CHARS)
    if not value or len(value) > limit or not value.isprintable():
        shown = f"{value[:40]!r}" + ("..." if len(value) > 40 else "")
        raise UsageError(
            Message.of(
                "radar.bad_value",
                kind=_name(kind),
                text=shown,
                limit=limit,
                characters=len(value),
            )
        )
    if kind in WORK_KINDS:
        identifier = parse_identifier(value)
        if identifier is None:
            raise UsageError(Message.of("radar.not_a_work", kind=_name(kind), text=value))
        return identifier.key
    if kind in ("category", "mute_category") and not _CATEGORY.fullmatch(value):
        raise UsageError(Message.of("radar.not_a_category", text=value))
    if kind == "query" and parse(value) is None:
        raise UsageError(Message.of("radar.empty_query", text=value))
    if kind in _NEEDS_A_LETTER and not fold(value):
        raise UsageError(Message.of("radar.no_letter", kind=_name(kind), text=value))
    return full_name(value) if kind in ("author", "mute_author") else value


def checked_weight(weight: float) -> float:
    """Return a weight.

    Raises:
        UsageError: If it is not above 0 and at most MAX_WEIGHT.
    """
    if not 0 < weight <= MAX_WEIGHT:
        raise UsageError(Message.of("radar.bad_weight", weight=weight, limit=MAX_WEIGHT))
    return float(weight)


def to_document(signals: Sequence[Signal]) -> documents.RadarFile:
    """Return signals as a file; `from_document` reads it back."""
    grouped: dict[Kind, list[str | documents.WeightedValue]] = {}
    for kind in KINDS:
        values: list[str | documents.WeightedValue] = [
            signal.value
            if signal.weight == 1.0
            else documents.WeightedValue(value=signal.value, weight=signal.weight)
            for signal in signals
            if signal.kind == kind
        ]
        if values:
            grouped[kind] = values
    return documents.RadarFile(format=FORMAT, version=FORMAT_VERSION, signals=grouped)


def from_document(document: Any) -> list[Signal]:
    """Return the signals of an exported document, checked.

    Raises:
        InputError: If it is not an exported radar; the message names the fault's position.
    """
    if (
        not isinstance(document, dict)
        or document.get("format") != FORMAT
        or document.get("version") != FORMAT_VERSION
    ):
        raise InputError(
            "not a radar: expected a JSON object with "
            f'"format": "{FORMAT}", "version": {FORMAT_VERSION}'
        )
    groups = document.get("signals")
    if not isinstance(groups, dict):
        raise InputError('not a radar: "signals" must be an object of lists by kind')
    signals: list[Signal] = []
    for name, values in groups.items():
        if not isinstance(values, list):
            raise InputError(f"signals.{name} must be a list")
        signals += [_from_entry(name, index, value) for index, value in enumerate(values)]
    return signals


def _from_entry(name: str, index: int, entry: Any) -> Signal:
    value, weight = (
        (entry.get("value"), entry.get("weight", 1.0)) if isinstance(entry, dict) else (entry, 1.0)
    )
    if (
        not isinstance(value, str)
        or isinstance(weight, bool)
        or not isinstance(weight, int | float)
    ):
        raise InputError(
            f'signals.{name}[{index}] must be a text, or {{"value": text, "weight": number}}'
        )
    try:
        kind = known_kind(name)
        return Signal(kind, checked_value(kind, value), checked_weight(weight))
    except UsageError as problem:
        raise InputError(f"signals.{name}[{index}]: {problem}") from problem
