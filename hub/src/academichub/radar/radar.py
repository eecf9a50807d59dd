"""The radar as stored data: signals are added, removed, undone, exported and imported.

Works are named by key. There is one radar, `main`, in this version; the tables allow several.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from academichub import documents
from academichub.errors import NotFoundError, UsageError
from academichub.i18n.message_text import message_text
from academichub.messages import Message, message_from_json, plain
from academichub.radar.signals import (
    EXCLUDES,
    MAX_SIGNALS,
    Kind,
    Signal,
    checked_value,
    checked_weight,
    from_document,
    known_kind,
    to_document,
)
from academichub.store.database import Database
from academichub.store.rows import Connection
from academichub.store.signals_store import (
    add_change_row,
    add_radar,
    add_signal_rows,
    latest_change_row,
    radar_number,
    remove_change_row,
    remove_signal_rows,
    signal_rows,
)

MAIN = "main"
MAX_CHANGES = 200
"""Changes that can be undone; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed: as a message, the signals that came and those that went."""

    message: Message
    added: tuple[Signal, ...] = ()
    removed: tuple[Signal, ...] = ()

    def document(self) -> documents.RadarChange:
        """Return the change as a document."""
        added, removed = (
            [documents.Signal.model_validate(signal) for signal in signals]
            for signals in (self.added, self.removed)
        )
        return documents.RadarChange(
            change=message_text(self.message),
            added=added,
            removed=removed,
            details=documents.message_details([self.message]),
        )


class Radar:
    """The stored radar of a database; every change is one transaction and can be undone."""

    def __init__(self, database: Database, name: str = MAIN) -> None:
        self._database = database
        self._name = name

    def number(self) -> int:
        """Return the row number of the radar, making it on first use."""
        with self._database.read() as connection:
            number = radar_number(connection, self._name)
        if number is None:
            with self._database.write() as connection:
                number = self._number(connection)
        return number

    def signals(self, *kinds: Kind) -> list[Signal]:
        """Return the signals (of some kinds, or all) in the order they were added."""
        with self._database.read() as connection:
            return self._read(connection, kinds)

    def fingerprint(self) -> str:
        """Return a text that differs when the signals differ."""
        signals = sorted((signal.kind, signal.value, signal.weight) for signal in self.signals())
        return hashlib.sha256(json.dumps(signals).encode()).hexdigest()[:16]

    def add(self, kind: str, value: str, weight: float = 1.0) -> Change:
        """Add a signal or give it a new weight; remove those it excludes (signals.EXCLUDES).

        Raises:
            UsageError: If kind, value or weight cannot be used, or the radar is full.
        """
        kind_name = known_kind(kind)
        signal = Signal(kind_name, checked_value(kind_name, value), checked_weight(weight))
        change = Message.of(
            "radar_change.add", kind=Message.of(f"kind.{kind_name}"), value=signal.value
        )
        return self._apply(change, [signal])

    def add_all(self, kind: str, values: Iterable[str]) -> Change:
        """Add many signals of a kind as one change, e.g. the works of an imported library.

        Raises:
            UsageError: As `add`; nothing is added then.
        """
        kind_name = known_kind(kind)
        signals = [Signal(kind_name, checked_value(kind_name, value)) for value in values]
        change = Message.of(
            "radar_change.add_all", count=len(signals), kind=Message.of(f"kind.{kind_name}")
        )
        return self._apply(change, signals)

    def remove(self, kind: str, value: str) -> Change:
        """Remove a signal.

        Raises:
            UsageError: If the kind is unknown or the value unusable.
            NotFoundError: If the signal is not in the radar.
        """
        kind_name = known_kind(kind)
        normal = checked_value(kind_name, value)
        signals = self.signals(kind_name)
        signal = next((signal for signal in signals if signal.value == normal), None)
        if signal is None:
            raise NotFoundError(
                Message.of("radar.not_there", kind=Message.of(f"kind.{kind_name}"), text=normal)
            )
        change = Message.of(
            "radar_change.remove", kind=Message.of(f"kind.{kind_name}"), value=normal
        )
        return self._apply(change, [], [signal])

    def undo(self) -> Change | None:
        """Take back the last change and return what was done; None where there is no change."""
        with self._database.write() as connection:
            number = self._number(connection)
            last = latest_change_row(connection, self._name)
            if last is None:
                return None
            back = [Signal(*values) for values in last.change["restore"]]
            gone = [Signal(*values) for values in last.change["drop"]]
            _drop(connection, number, gone)
            _put(connection, number, back)
            remove_change_row(connection, last.id)
        undone = Message.of("radar_change.undo", change=_stored_message(last.change))
        return Change(undone, tuple(back), tuple(gone))

    def last_change(self) -> str | None:
        """Return in English what `undo` would take back, or None."""
        with self._database.read() as connection:
            last = latest_change_row(connection, self._name)
        return None if last is None else message_text(_stored_message(last.change))

    def export(self) -> documents.RadarFile:
        """Return the radar as a file that `import_` reads."""
        return to_document(self.signals())

    def import_(self, document: Any, *, replace_all: bool = False) -> Change:
        """Add the signals of an exported document as one change.

        Args:
            document: The document.
            replace_all: Remove all present signals first.

        Raises:
            InputError: If it is not an exported radar; nothing is changed then.
            UsageError: If the radar would have too many signals of a kind.
        """
        signals = from_document(document)
        gone = self.signals() if replace_all else []
        return self._apply(Message.of("radar_change.import", count=len(signals)), signals, gone)

    def _apply(
        self, message: Message, add: Sequence[Signal], remove: Sequence[Signal] = ()
    ) -> Change:
        """Remove, then add, and remember how to undo it."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database.write() as connection:
            number = self._number(connection)
            stored = {(signal.kind, signal.value): signal for signal in self._read(connection)}
            put = {(signal.kind, signal.value): replace(signal, added_at=now) for signal in add}
            against = {(other, value) for kind, value in put for other in EXCLUDES.get(kind, ())}
            leaving = {(signal.kind, signal.value) for signal in remove} | against
            unchanged = {
                name
                for name, signal in put.items()
                if name in stored and stored[name].weight == signal.weight
            }
            coming = [signal for name, signal in put.items() if name not in unchanged]
            gone = [
                signal
                for name, signal in stored.items()
                if name not in unchanged and (name in leaving or name in put)
            ]
            _drop(connection, number, gone)
            _put(connection, number, coming)
            self._require_room(connection)
            if gone or coming:
                change = {
                    "message": message.as_json(),
                    "restore": [_row(signal) for signal in gone],
                    "drop": [_row(signal) for signal in coming],
                }
                add_change_row(connection, number, now, change, MAX_CHANGES)
        return Change(message, tuple(coming), tuple(gone))

    def _number(self, connection: Connection) -> int:
        number = radar_number(connection, self._name)
        if number is None:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            number = add_radar(connection, self._name, now)
        return number

    def _read(self, connection: Connection, kinds: Sequence[Kind] = ()) -> list[Signal]:
        rows = signal_rows(connection, self._name, kinds)
        return [Signal(row.kind, row.value, row.weight, row.added_at) for row in rows]

    def _require_room(self, connection: Connection) -> None:
        counted: dict[Kind, int] = {}
        for signal in self._read(connection):
            counted[signal.kind] = counted.get(signal.kind, 0) + 1
        for kind, number in counted.items():
            if number > MAX_SIGNALS[kind]:
                raise UsageError(
                    Message.of(
                        "radar.full", limit=MAX_SIGNALS[kind], kind=Message.of(f"kind.{kind}")
                    )
                )


def _stored_message(change: Mapping[str, Any]) -> Message:
    """Return the message of a stored change; one of an older version has English words instead."""
    if "message" in change:
        return message_from_json(change["message"])
    return plain(str(change["words"]))


def _drop(connection: Connection, number: int, signals: Iterable[Signal]) -> None:
    remove_signal_rows(connection, number, [(signal.kind, signal.value) for signal in signals])


def _put(connection: Connection, number: int, signals: Iterable[Signal]) -> None:
    add_signal_rows(connection, number, map(_row, signals))


def _row(signal: Signal) -> tuple[str, str, float, str]:
    """Return a signal as the store and the history of changes have it."""
    return signal.kind, signal.value, signal.weight, signal.added_at
