"""The ledger: what each gather asked, expected and received, so that a silent loss is visible; and why a day is empty.

Knows the database and the calendar; knows no source protocol. A row is written when an ask begins and filled in when it
ends, so that a gather that was killed shows as "not finished". Days are the servers' days, never the machine's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from academichub import documents
from academichub.errors import FAILURES, UsageError
from academichub.facts.arxiv_calendar import day_kind, explain_empty
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

ARXIV_SOURCES = ("arxiv_announce", "arxiv_oai", "arxiv_query")
NOT_FINISHED = "not finished: the program was stopped before the end; the next gather asks again"
MAX_ENTRIES = 1000
"""Most rows one look into the ledger returns."""

MAX_MESSAGE_CHARS = 1000


@dataclass
class Entry:
    """One row while it is being filled: one source, one window, one gather.

    Attributes:
        window: What was asked for, e.g. `cs.AI 2026-06-24`.
        day: The server's day; empty while no server has told it.
        asked: Requests made.
        expected: Items that should have come; None where nothing says how many.
        received: Items that came and could be read.
        merged: Items merged into the library.
        failed: Items that could not be read or were not there.
        failure: Word of errors.FAILURES, empty where nothing failed.
        notes: Sentences for the reader, in order.
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
    notes: list[str] = field(default_factory=list)
    number: int = 0
    is_closed: bool = False
    has_our_fault: bool = False

    def fail(self, failure: str, message: str, *, status: Status = "failed") -> None:
        """Record a failure in words of the taxonomy."""
        self.status, self.failure = status, failure
        self.has_our_fault = self.has_our_fault or failure == "our_fault"
        self.note(f"{failure.replace('_', ' ')}: {message}" if message else FAILURES[failure])

    def note(self, sentence: str) -> None:
        """Add a sentence for the reader, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    @property
    def message(self) -> str:
        """All sentences, cut at MAX_MESSAGE_CHARS."""
        text = storable("; ".join(self.notes))
        return text if len(text) <= MAX_MESSAGE_CHARS else text[: MAX_MESSAGE_CHARS - 3] + "..."


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
    message: str
    started_at: str
    finished_at: str

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
            failure=self.failure or None,
            day=self.day or None,
            started_at=self.started_at,
            finished_at=self.finished_at or None,
        )


@dataclass(frozen=True, slots=True)
class EmptyReason:
    """Why nothing is there: a code for programs, words for readers, and the sources it concerns."""

    code: Literal[
        "not_gathered",
        "weekend",
        "holiday",
        "nothing_announced",
        "source_failed",
        "stale",
        "unfinished",
    ]
    words: str
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
                "message": NOT_FINISHED,
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
        """Return rows in the order they were begun: those of a server's day, or the latest of all days.

        With a day, rows whose day no server told (a gather that failed or was killed early) come too, until the same
        source has told a day again: they may belong to it.

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
        """Return the latest day any arXiv source's server has told; None before the first answer."""
        with self._database.read() as connection:
            return latest_ledger_day(connection, ARXIV_SOURCES)

    def why_empty(self, day: str, lang: str = "en") -> tuple[EmptyReason, ...]:
        """Return why arXiv announced nothing on a day, as far as the ledger and the calendar know.

        Empty where all went well and something was announced: then the reader's own filters are the reason.

        Raises:
            UsageError: If the day is not an ISO day.
        """
        chinese = lang.startswith("zh")
        entries = [
            one for one in self.latest_by_window(check_day(day)) if one.source in ARXIV_SOURCES
        ]
        if not any(one.day == day for one in entries) and not any(one.failure for one in entries):
            return _not_gathered(day, lang)
        reasons = _failure_reasons(entries, chinese)
        silent = [one for one in entries if one.status == "holiday" and one.day == day]
        spoke = [
            one
            for one in entries
            if one.source == "arxiv_announce" and one.received and one.day == day
        ]
        if silent and not spoke:
            reasons.insert(0, _calendar_reason(day, lang, sorted({one.source for one in silent})))
        return tuple(reasons)


def check_day(day: str) -> str:
    """Return an ISO day.

    Raises:
        UsageError: If the text is not one.
    """
    try:
        return date.fromisoformat(day).isoformat()
    except ValueError:
        raise UsageError(f"{day!r} is not a day; write YYYY-MM-DD, e.g. 2026-06-24") from None


def source_state(database: Database, source: str, name: str, default: Any = None) -> Any:
    """Return what a source remembered under a name."""
    with database.read() as connection:
        return state_value(connection, source, name, default)


def remember(database: Database, source: str, values: Mapping[str, Any]) -> None:
    """Let a source remember values by name, all or none."""
    with database.write() as connection:
        write_state_values(connection, source, values)


def _not_gathered(day: str, lang: str) -> tuple[EmptyReason, ...]:
    chinese = lang.startswith("zh")
    words = f"尚未采集 {day} 的内容" if chinese else f"{day} has not been gathered yet"
    found = [EmptyReason("not_gathered", words)]
    if day_kind(day) != "ordinary":
        found.insert(0, _calendar_reason(day, lang, []))
    return tuple(found)


def _calendar_reason(day: str, lang: str, sources: Iterable[str]) -> EmptyReason:
    kind = day_kind(day)
    code: Literal["weekend", "holiday", "nothing_announced"] = (
        "nothing_announced" if kind == "ordinary" else kind
    )
    return EmptyReason(code, explain_empty(day, lang), tuple(sources))


def _failure_reasons(entries: Iterable[LedgerEntry], chinese: bool) -> list[EmptyReason]:
    """Return one reason for each kind of trouble, with the windows and sources it struck."""
    grouped: dict[tuple[str, str], list[LedgerEntry]] = {}
    for one in entries:
        if one.status == "stale" and one.source == "arxiv_announce":
            grouped.setdefault(("stale", ""), []).append(one)
        elif one.status == "failed":
            grouped.setdefault(
                ("source_failed" if one.failure else "unfinished", one.failure), []
            ).append(one)
    reasons = []
    for (code, failure), struck in grouped.items():
        windows = ", ".join(dict.fromkeys(one.window for one in struck[:3])) + (
            ", ..." if len(struck) > 3 else ""
        )
        sources = tuple(sorted({one.source for one in struck}))
        if code == "stale":
            words = (
                f"该订阅源重复了前一批内容：{windows}"
                if chinese
                else f"the feed repeated an earlier batch: {windows}"
            )
            reasons.append(EmptyReason("stale", words, sources))
        elif code == "source_failed":
            told = _FAILURES_ZH[failure] if chinese else FAILURES[failure]
            words = f"{'、'.join(sources)}：{told}" if chinese else f"{', '.join(sources)}: {told}"
            reasons.append(EmptyReason("source_failed", words, sources))
        else:
            words = (
                "上次采集被中断，下次会重新采集"
                if chinese
                else f"{', '.join(sources)}: {NOT_FINISHED}"
            )
            reasons.append(EmptyReason("unfinished", words, sources))
    return reasons


_FAILURES_ZH = {
    "unreachable": "无法连接主机（无网络、主机名未知、连接被拒绝或重置）",
    "timeout": "应答超时或过慢",
    "rate_limited": "服务器要求降低频率（HTTP 429）",
    "unavailable": "服务器暂时不可用（HTTP 5xx）",
    "refused": "服务器拒绝访问（HTTP 401、403、451），多为人机验证",
    "not_found": "地址不存在（HTTP 404、410）",
    "bad_request": "服务器不接受该请求（HTTP 400）",
    "redirect_blocked": "服务器将我们引向不允许访问的地址",
    "too_large": "应答超出大小限制（传输时或解压后）",
    "truncated": "应答在中途结束",
    "not_the_format": "应答不是所要求的格式（验证码或错误页、编码错误、乱码）",
    "protocol": "应答违反该来源自身的协议（令牌无效、重复页或短页、错误元素）",
    "our_fault": "本程序处理收到的内容时出错；错误详情见日志（请反馈）",
}


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
        "message": entry.message,
    }


def _entry(row: LedgerRow) -> LedgerEntry:
    told = row._mapping
    return LedgerEntry(**{name: told[name] for name in LedgerEntry.__slots__})


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
