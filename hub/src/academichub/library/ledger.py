"""The ledger: what each gather asked, expected and received, so that a silent loss is visible.

It also says why a day is empty. It knows the database and the calendar; knows no source protocol. A
row is written when an ask begins and filled in when it ends, so that a gather that was killed shows
as "not finished". Days are the servers' days, never the machine's clock.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from academichub import documents
from academichub.errors import UsageError
from academichub.facts.arxiv_calendar import day_kind, explain_empty
from academichub.i18n.message_text import messages_text
from academichub.messages import Message, messages_from_json, messages_json
from academichub.sources import SOURCES, in_group
from academichub.sources.arxiv import ARXIV
from academichub.store.database import Database
from academichub.store.ledger_store import (
    LedgerRow,
    add_ledger_row,
    change_ledger_row,
    latest_ledger_day,
    ledger_rows,
    state_value,
    write_state_values,
)
from academichub.text.characters import storable

Status = Literal["ok", "partial", "failed", "holiday", "stale"]

NOT_FINISHED = Message.of("ledger.not_finished")
MAX_ENTRIES = 1000
"""Most rows one look into the ledger returns."""

MAX_MESSAGE_CHARS = 1000
"""Longest English text of one row's messages; a last one says how many more there were."""

_ROOM_FOR_REST = 40


@dataclass
class Entry:
    """One row while it is being filled: one source, one window, one gather.

    Attributes:
        window: What was asked for, e.g. `cs.AI 2026-06-24`.
        day: The server's day; empty until a server answers.
        asked: Requests made.
        expected: Items that should have come; None where nothing says how many.
        received: Items that came and could be read.
        merged: Items merged into the library.
        failed: Items that could not be read or were not there.
        failure: Word of errors.FAILURES, empty where nothing failed.
        messages: What happened, in order.
        has_our_fault: Whether our own code failed on anything of it; not stored.
    """

    source: str
    window: str
    day: str = ""
    asked: int = 0
    expected: int | None = None
    received: int = 0
    merged: int = 0
    failed: int = 0
    status: Status = "ok"
    failure: str = ""
    messages: list[Message] = field(default_factory=list)
    number: int = 0
    is_closed: bool = False
    has_our_fault: bool = False

    def fail(self, failure: str, why: Message, *, status: Status = "failed") -> None:
        """Record a failure: its word of errors.FAILURES, and what happened."""
        self.status, self.failure = status, failure
        self.has_our_fault = self.has_our_fault or failure == "our_fault"
        self.note(Message.of("ledger.failure", failure=Message.of(f"failure.{failure}"), why=why))

    def note(self, message: Message) -> None:
        """Add a message, once."""
        if message not in self.messages:
            self.messages.append(message)

    def bounded_messages(self) -> list[Message]:
        """Return the messages to store: those that fit MAX_MESSAGE_CHARS, the first in any case."""
        if len(messages_text(self.messages)) <= MAX_MESSAGE_CHARS:
            return self.messages
        shown = self.messages[:1]
        for message in self.messages[1:]:
            if len(messages_text([*shown, message])) > MAX_MESSAGE_CHARS - _ROOM_FOR_REST:
                break
            shown.append(message)
        return [*shown, Message.of("ledger.and_more", count=len(self.messages) - len(shown))]


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A stored row."""

    source: str
    window: str
    day: str
    asked: int
    expected: int | None
    received: int
    merged: int
    failed: int
    status: Status
    failure: str
    messages: tuple[Message, ...]
    started_at: str
    finished_at: str

    @property
    def message(self) -> str:
        """The messages in English."""
        return messages_text(self.messages)

    def document(self) -> documents.LedgerRow:
        """Return the row as a document."""
        return documents.LedgerRow(
            source=self.source,
            window=self.window,
            asked=self.asked,
            expected=self.expected,
            received=self.received,
            merged=self.merged,
            failed=self.failed,
            status=self.status,
            message=self.message,
            details=documents.message_details(self.messages),
            failure=self.failure or None,
            day=self.day or None,
            started_at=self.started_at,
            finished_at=self.finished_at or None,
        )


@dataclass(frozen=True, slots=True)
class EmptyReason:
    """Why a day is empty: a code for programs, a message for readers, the sources concerned."""

    code: Literal[
        "not_gathered",
        "weekend",
        "holiday",
        "nothing_announced",
        "source_failed",
        "stale",
        "unfinished",
    ]
    message: Message
    sources: tuple[str, ...] = ()


class Ledger:
    """The ledger of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, source: str, window: str, day: str = "") -> Entry:
        """Begin a row; until it is closed it says that the ask was not finished."""
        entry = Entry(source, window, day)
        with self._database.write() as connection:
            values = {
                **_values(entry),
                "status": "failed",
                "messages": messages_json([NOT_FINISHED]),
                "finished_at": "",
            }
            entry.number = add_ledger_row(connection, {**values, "started_at": _now()})
        return entry

    def close(self, entry: Entry) -> None:
        """Write what an ask came to."""
        entry.is_closed = True
        with self._database.write() as connection:
            change_ledger_row(connection, entry.number, {**_values(entry), "finished_at": _now()})

    def entries(self, day: str | None = None, *, limit: int = MAX_ENTRIES) -> list[LedgerEntry]:
        """Return rows in the order they were begun.

        The rows are those of a server's day, or the latest of all days.

        With a day, rows without one come too (a gather that failed or was killed before a server
        answered), until the same source has a later row with a day: they may belong to it.

        Raises:
            UsageError: If the day is not an ISO day.
        """
        checked = None if day is None else check_day(day)
        with self._database.read() as connection:
            rows = ledger_rows(connection, checked, min(limit, MAX_ENTRIES))
        return [_entry(row) for row in rows]

    def latest_by_window(self, day: str | None = None) -> list[LedgerEntry]:
        """Return, of each source and window, only the last row: what stands after reruns."""
        last: dict[tuple[str, str], LedgerEntry] = {}
        for entry in self.entries(day):
            last.pop((entry.source, entry.window), None)
            last[entry.source, entry.window] = entry
        return list(last.values())

    def latest_day(self) -> str | None:
        """Return the latest day any arXiv server has reported; None before the first answer."""
        with self._database.read() as connection:
            return latest_ledger_day(connection, in_group(ARXIV))

    def why_empty(
        self, day: str, enabled: Collection[str] = tuple(SOURCES)
    ) -> tuple[EmptyReason, ...]:
        """Return why nothing came on a day, as far as the ledger and the calendar know.

        First what arXiv's calendar says, then the other sources that had nothing, then failures.
        Empty where all went well and something was announced: then the reader's own filters are the
        reason.

        Args:
            day: An ISO day.
            enabled: The sources to explain. Where arXiv's are among them, the day counts as
                gathered only if one of these was asked.

        Raises:
            UsageError: If the day is not an ISO day.
        """
        latest = self.latest_by_window(check_day(day))
        entries = _outcomes((entry for entry in latest if entry.source in enabled), day)
        of_arxiv = [entry for entry in entries if entry.source in in_group(ARXIV)]
        others = [entry for entry in entries if entry.source not in in_group(ARXIV)]
        decisive = of_arxiv if set(enabled) & {*in_group(ARXIV)} else others
        if not any(entry.day == day or entry.failure for entry in decisive):
            return (*_not_gathered(day), *_failure_reasons(others))
        reasons = []
        silent = _silent(of_arxiv, day)
        if silent and not any(
            entry.source == "arxiv_announce" and entry.received and entry.day == day
            for entry in of_arxiv
        ):
            reasons.append(_calendar_reason(day, silent))
        reasons += [_nothing_announced(source) for source in _silent(others, day)]
        return (*reasons, *_failure_reasons(entries))


def check_day(day: str) -> str:
    """Return an ISO day.

    Raises:
        UsageError: If the text is not one.
    """
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise UsageError(Message.of("request.not_a_day", text=day[:40])) from None


def source_state(database: Database, source: str, name: str, default: Any = None) -> Any:
    """Return what a source remembered under a name."""
    with database.read() as connection:
        return state_value(connection, source, name, default)


def remember(database: Database, source: str, values: Mapping[str, Any]) -> None:
    """Let a source remember values by name, all or none."""
    with database.write() as connection:
        write_state_values(connection, source, values)


def _outcomes(entries: Iterable[LedgerEntry], day: str) -> list[LedgerEntry]:
    """Return the last entry of each source's list; a window may end with the day or lack it.

    A request that failed is filed under the name of the list alone, a later one that went well
    under the name and the day.
    """
    last: dict[tuple[str, str], LedgerEntry] = {}
    for entry in entries:
        key = entry.source, entry.window.removesuffix(f" {day}")
        last.pop(key, None)
        last[key] = entry
    return list(last.values())


def _silent(entries: Sequence[LedgerEntry], day: str) -> list[str]:
    """Return the sources that said they had nothing on a day, by name."""
    return sorted(
        {entry.source for entry in entries if entry.status == "holiday" and entry.day == day}
    )


def _nothing_announced(source: str) -> EmptyReason:
    """Return the reason of a source without a calendar of its own that had nothing."""
    message = Message.of("empty.source_silent", source=Message.of(f"source.{source}"))
    return EmptyReason("nothing_announced", message, (source,))


def _not_gathered(day: str) -> tuple[EmptyReason, ...]:
    reasons = [EmptyReason("not_gathered", Message.of("empty.not_gathered_day", day=day))]
    if day_kind(day) != "ordinary":
        reasons.insert(0, _calendar_reason(day, []))
    return tuple(reasons)


def _calendar_reason(day: str, sources: Iterable[str]) -> EmptyReason:
    kind = day_kind(day)
    code: Literal["weekend", "holiday", "nothing_announced"] = (
        "nothing_announced" if kind == "ordinary" else kind
    )
    return EmptyReason(code, explain_empty(day), tuple(sources))


def _failure_reasons(entries: Iterable[LedgerEntry]) -> list[EmptyReason]:
    """Return one reason for each kind of trouble, with the windows and sources concerned."""
    grouped: dict[tuple[str, str], list[LedgerEntry]] = {}
    for entry in entries:
        if entry.status == "stale" and entry.source == "arxiv_announce":
            grouped.setdefault(("stale", ""), []).append(entry)
        elif entry.status == "failed":
            code = "source_failed" if entry.failure else "unfinished"
            grouped.setdefault((code, entry.failure), []).append(entry)
    return [_trouble(code, failure, rows) for (code, failure), rows in grouped.items()]


def _trouble(code: str, failure: str, rows: list[LedgerEntry]) -> EmptyReason:
    sources = tuple(sorted({row.source for row in rows}))
    names = [Message.of(f"source.{source}") for source in sources]
    if code == "stale":
        windows = list(dict.fromkeys(row.window for row in rows[:3]))
        if len(rows) > 3:
            windows.append("...")
        return EmptyReason("stale", Message.of("empty.stale", windows=windows), sources)
    if code == "source_failed":
        why = Message.of(f"failure_explained.{failure}")
        message = Message.of("empty.source_failed", sources=names, why=why)
        return EmptyReason("source_failed", message, sources)
    return EmptyReason("unfinished", Message.of("empty.unfinished", sources=names), sources)


def _values(entry: Entry) -> dict[str, Any]:
    return {
        "source": entry.source,
        "window": storable(entry.window),
        "day": entry.day,
        "asked": entry.asked,
        "expected": entry.expected,
        "received": entry.received,
        "merged": entry.merged,
        "failed": entry.failed,
        "status": entry.status,
        "failure": entry.failure,
        "messages": messages_json(entry.bounded_messages()),
    }


def _entry(row: LedgerRow) -> LedgerEntry:
    columns = {name: row._mapping[name] for name in LedgerEntry.__slots__}
    return LedgerEntry(**{**columns, "messages": messages_from_json(columns["messages"])})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
