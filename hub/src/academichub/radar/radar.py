"""The radar as stored data: signals are added, removed, undone, exported and imported.

Works are named by key. There is one radar, `main`, in this version; the tables allow several.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from academichub import documents
from academichub.errors import NotFoundError, UsageError
from academichub.messages import Message
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
from academichub.store import schema
from academichub.store.database import Database

MAIN = "main"
MAX_CHANGES = 200
"""Changes that can be undone; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was changed: in words, the signals that came and those that went."""

    words: str
    added: tuple[Signal, ...] = ()
    removed: tuple[Signal, ...] = ()

    def document(self) -> documents.RadarChange:
        """Return the change as a document."""
        added, removed = (
            [documents.Signal.model_validate(signal) for signal in signals]
            for signals in (self.added, self.removed)
        )
        return documents.RadarChange(change=self.words, added=added, removed=removed)


class Radar:
    """The stored radar of a database; every change is one transaction and can be undone."""

    def __init__(self, database: Database, name: str = MAIN) -> None:
        self._database = database
        self._name = name

    def number(self) -> int:
        """Return the row number of the radar, making it on first use."""
        table = schema.radars
        query = select(table.c.id).where(table.c.name == self._name)
        with self._database.read() as connection:
            number = connection.scalar(query)
        if number is None:
            with self._database.write() as connection:
                number = self._number(connection)
        return int(number)

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
        return self._apply(f"add {signal.kind} {signal.value}", [signal])

    def add_all(self, kind: str, values: Iterable[str]) -> Change:
        """Add many signals of a kind as one change, e.g. the works of an imported library.

        Raises:
            UsageError: As `add`; nothing is added then.
        """
        kind_name = known_kind(kind)
        signals = [Signal(kind_name, checked_value(kind_name, value)) for value in values]
        return self._apply(f"add {len(signals)} of kind {kind_name}", signals)

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
        return self._apply(f"remove {kind_name} {normal}", [], [signal])

    def undo(self) -> Change | None:
        """Take back the last change and return what was done; None where there is no change."""
        table = schema.radar_changes
        with self._database.write() as connection:
            number = self._number(connection)
            query = (
                select(table).where(table.c.radar_id == number).order_by(table.c.id.desc()).limit(1)
            )
            last = connection.execute(query).one_or_none()
            if last is None:
                return None
            back = [Signal(*values) for values in last.change["restore"]]
            gone = [Signal(*values) for values in last.change["drop"]]
            self._drop(connection, number, gone)
            self._put(connection, number, back)
            connection.execute(delete(table).where(table.c.id == last.id))
        return Change(f"undo: {last.change['words']}", tuple(back), tuple(gone))

    def last_change(self) -> str | None:
        """Return in words what `undo` would take back, or None."""
        table, radars = schema.radar_changes, schema.radars
        query = (
            select(table.c.change)
            .join(radars, radars.c.id == table.c.radar_id)
            .where(radars.c.name == self._name)
            .order_by(table.c.id.desc())
            .limit(1)
        )
        with self._database.read() as connection:
            change = connection.scalar(query)
        return None if change is None else str(change["words"])

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
        return self._apply(f"import {len(signals)} signals", signals, gone)

    def _apply(self, words: str, add: Sequence[Signal], remove: Sequence[Signal] = ()) -> Change:
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
            self._drop(connection, number, gone)
            self._put(connection, number, coming)
            self._require_room(connection)
            if gone or coming:
                self._remember(connection, number, words, gone, coming, now)
        return Change(words, tuple(coming), tuple(gone))

    def _number(self, connection: Connection) -> int:
        table = schema.radars
        number = connection.scalar(select(table.c.id).where(table.c.name == self._name))
        if number is None:
            values = {
                "name": self._name,
                "created_at": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            number = connection.execute(
                insert(table).values(**values).returning(table.c.id)
            ).scalar_one()
        return int(number)

    def _read(self, connection: Connection, kinds: Sequence[Kind] = ()) -> list[Signal]:
        table, radars = schema.radar_signals, schema.radars
        query = (
            select(table)
            .join(radars, radars.c.id == table.c.radar_id)
            .where(radars.c.name == self._name)
        )
        if kinds:
            query = query.where(table.c.kind.in_(kinds))
        rows = connection.execute(query.order_by(table.c.id))
        return [Signal(row.kind, row.value, row.weight, row.added_at) for row in rows]

    @staticmethod
    def _drop(connection: Connection, number: int, signals: Iterable[Signal]) -> None:
        table = schema.radar_signals
        for signal in signals:
            where = (
                table.c.radar_id == number,
                table.c.kind == signal.kind,
                table.c.value == signal.value,
            )
            connection.execute(delete(table).where(*where))

    @staticmethod
    def _put(connection: Connection, number: int, signals: Sequence[Signal]) -> None:
        rows = [
            {
                "radar_id": number,
                "kind": signal.kind,
                "value": signal.value,
                "weight": signal.weight,
                "added_at": signal.added_at,
            }
            for signal in signals
        ]
        if rows:
            connection.execute(insert(schema.radar_signals), rows)

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

    @staticmethod
    def _remember(
        connection: Connection,
        number: int,
        words: str,
        gone: list[Signal],
        coming: list[Signal],
        now: str,
    ) -> None:
        table = schema.radar_changes
        change = {
            "words": words,
            "restore": [_row(signal) for signal in gone],
            "drop": [_row(signal) for signal in coming],
        }
        connection.execute(insert(table).values(radar_id=number, made_at=now, change=change))
        latest = (
            select(table.c.id)
            .where(table.c.radar_id == number)
            .order_by(table.c.id.desc())
            .limit(MAX_CHANGES)
        )
        connection.execute(
            delete(table).where(
                table.c.radar_id == number, table.c.id.not_in(latest.scalar_subquery())
            )
        )


def _row(signal: Signal) -> list[str | float]:
    """Return a signal as the history of changes stores it."""
    return [signal.kind, signal.value, signal.weight, signal.added_at]
