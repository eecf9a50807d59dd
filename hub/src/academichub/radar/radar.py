"""A radar as stored data: signals are added, removed, undone, exported and imported.

Works are named by key. Which radars an account has is in radars.py.
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
from academichub.radar.radars import MAIN, find_radar, learns, owner_of
from academichub.radar.signals import (
    EXCLUDES,
    KINDS,
    LEARNED_KINDS,
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
from academichub.store.radars_store import add_radar
from academichub.store.rows import Connection
from academichub.store.signals_store import (
    add_change_row,
    add_signal_rows,
    latest_change_row,
    remove_change_row,
    remove_signal_rows,
    signal_rows,
)

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
    """A stored radar; every change is one transaction and can be undone.

    Args:
        database: Where it is stored.
        name: Name of the radar within its account; the account's first radar where None.
        account: Name of the account; where None the account that was made first, or the hub
            itself while it has no accounts.

    The name is looked up at each use: an unknown one raises NotFoundError there.
    """

    def __init__(
        self, database: Database, name: str | None = None, account: str | None = None
    ) -> None:
        self._database = database
        self._name = name
        self._account = account

    @property
    def name(self) -> str:
        """The name as it is stored; `main` for a first radar that has not been written yet.

        Raises:
            NotFoundError: If the account has no radar of the name; the message names the nearest.
        """
        with self._database.read() as connection:
            row = find_radar(connection, self._account, self._name)
        return MAIN if row is None else row.name

    @property
    def account(self) -> str:
        """Name of its account; empty for the hub itself while it has no accounts."""
        with self._database.read() as connection:
            return owner_of(connection, self._account)

    def stored_number(self) -> int | None:
        """Return the row number of the radar; None where nothing has been written to it.

        Raises:
            NotFoundError: As `name`.
        """
        with self._database.read() as connection:
            row = find_radar(connection, self._account, self._name)
        return None if row is None else row.number

    def number(self) -> int:
        """Return the row number of the radar, making it on first use."""
        stored = self.stored_number()
        if stored is not None:
            return stored
        with self._database.write() as connection:
            return self._number(connection)

    def signals(self, *kinds: Kind) -> list[Signal]:
        """Return the signals (of some kinds, or all that count) in the order they were added.

        Signals learned from what the reader does count unless the account has switched that off.
        """
        with self._database.read() as connection:
            if not kinds and not learns(connection, self._account):
                kinds = tuple(kind for kind in KINDS if kind not in LEARNED_KINDS)
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

    def learn(self, kind: Kind, value: str) -> None:
        """Add a signal learned from what the reader does, unless that is switched off.

        It is not a change that `undo` takes back. The oldest of the kind give way to the latest.

        Raises:
            UsageError: If the value is not the key of a work.
        """
        signal = Signal(kind, checked_value(kind, value))
        with self._database.write() as connection:
            if not learns(connection, self._account):
                return
            number = self._number(connection)
            learned = self._read(connection, [kind])
            if any(other.value == signal.value for other in learned):
                return
            _drop(connection, number, learned[: max(0, len(learned) + 1 - MAX_SIGNALS[kind])])
            now = datetime.now(UTC).isoformat(timespec="seconds")
            _put(connection, number, [replace(signal, added_at=now)])

    def forget(self, kind: Kind, value: str) -> None:
        """Remove a learned signal; nothing happens where the radar does not have it."""
        with self._database.write() as connection:
            row = find_radar(connection, self._account, self._name)
            if row is not None:
                _drop(connection, row.number, [Signal(kind, checked_value(kind, value))])

    def clear_learned(self) -> Change:
        """Remove every learned signal as one change."""
        learned = self.signals(*LEARNED_KINDS)
        return self._apply(Message.of("radar_change.clear", count=len(learned)), [], learned)

    def undo(self) -> Change | None:
        """Take back the last change and return what was done; None where there is no change."""
        with self._database.write() as connection:
            number = self._number(connection)
            last = latest_change_row(connection, number)
            if last is None:
                return None
            back = [Signal(*values) for values in last.change["restore"]]
            gone = [Signal(*values) for values in last.change["drop"]]
            _drop(connection, number, [*gone, *back])  # it may have been learned again since
            _put(connection, number, back)
            remove_change_row(connection, last.id)
        undone = Message.of("radar_change.undo", change=_stored_message(last.change))
        return Change(undone, tuple(back), tuple(gone))

    def last_change(self) -> str | None:
        """Return in English what `undo` would take back, or None."""
        with self._database.read() as connection:
            row = find_radar(connection, self._account, self._name)
            last = None if row is None else latest_change_row(connection, row.number)
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
        row = find_radar(connection, self._account, self._name)
        if row is not None:
            return row.number
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return add_radar(connection, owner_of(connection, self._account), MAIN, now)

    def _read(self, connection: Connection, kinds: Sequence[Kind] = ()) -> list[Signal]:
        row = find_radar(connection, self._account, self._name)
        rows = [] if row is None else signal_rows(connection, row.number, kinds)
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
