"""A gather: every enabled source requested once, each failure isolated and in the ledger.

Used by the command line, the pages and the schedule alike; parts.py plans it. Safe to kill at any
moment and to run again: what was merged stays, the rest is requested again.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from academichub import documents
from academichub.gathering.asker import Asker, Progress
from academichub.gathering.client import Cancel, Client, open_client
from academichub.gathering.examples import retry_waiting
from academichub.gathering.parts import GatherRequest, Say, plan_parts
from academichub.hub import Hub
from academichub.i18n.message_text import message_text
from academichub.library.ledger import Entry, Status
from academichub.messages import Message
from academichub.sources import SOURCES, find_source

_WORST: tuple[Status, ...] = ("failed", "partial", "stale", "ok", "holiday")


@dataclass
class SourceReport:
    """The outcome of one source: the sum of its ledger rows."""

    source: str
    status: Status = "ok"
    asked: int = 0
    received: int = 0
    merged: int = 0
    failed: int = 0
    messages: list[Message] = field(default_factory=list)

    def document(self) -> documents.SourceGather:
        """Return the report as a document."""
        return documents.SourceGather(
            source=self.source,
            status=self.status,
            asked=self.asked,
            received=self.received,
            merged=self.merged,
            failed=self.failed,
            messages=[message_text(message) for message in self.messages],
            details=documents.message_details(self.messages),
        )


@dataclass
class GatherReport:
    """The outcome of a gather.

    Attributes:
        day: The servers' day; empty where none answered.
        sources: One report for each source, in the order of the registry.
        works_before: Works in the library when it began.
        works_after: Works in the library when it ended.
        has_our_fault: Whether our own code failed on anything; the log has the tracebacks.
    """

    day: str = ""
    sources: list[SourceReport] = field(default_factory=list)
    works_before: int = 0
    works_after: int = 0
    has_our_fault: bool = False

    def add_rows(self, rows: Sequence[Entry], day: str) -> None:
        """Add up the ledger rows of the gather; `day` is the servers'."""
        self.day, self.sources = day, _by_source(rows)
        self.has_our_fault = any(row.has_our_fault for row in rows)

    @property
    def failed(self) -> bool:
        """Whether any source failed, or our own code did."""
        return self.has_our_fault or any(report.status == "failed" for report in self.sources)

    @property
    def summary(self) -> Message:
        """What the gather brought, and which sources had problems."""
        count = self.works_after - self.works_before
        new_works = (
            Message.of("gather.new_works_of_day", count=count, day=self.day)
            if self.day
            else Message.of("gather.new_works", count=count)
        )
        problems = [
            Message.of(
                "gather.source_state",
                source=Message.of(f"source.{report.source}"),
                state=Message.of(f"state.{report.status}"),
            )
            for report in self.sources
            if report.status in ("failed", "partial", "stale")
        ]
        if not problems:
            return new_works
        return Message.of("gather.with_problems", summary=new_works, sources=problems)

    def document(self) -> documents.Gather:
        """Return the report as a document."""
        return documents.Gather(
            day=self.day or None,
            failed=self.failed,
            works=documents.LibrarySize(before=self.works_before, after=self.works_after),
            sources=[source.document() for source in self.sources],
        )


def run_gather(
    hub: Hub,
    sources: Sequence[str] | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    *,
    client: Client | None = None,
    say: Say | None = None,
) -> GatherReport:
    """Gather all enabled sources, or those named.

    Args:
        hub: The open hub.
        sources: Module names; all enabled ones where None.
        progress: Called with (steps done, steps expected, what is requested now).
        cancel: Called between requests; returns whether to stop.
        client: The HTTP client; one of its own where None.
        say: Called with remarks for the user (standard error where None).

    Raises:
        CancelledError: If `cancel` said so; what was merged before stays.
        UsageError: If a named source is unknown.
        SettingsError: If a category is unknown, or a source has no gatherer or reader; nothing
            was requested.
        StorageError: If the database cannot be written; what was merged before stays.
    """
    request = GatherRequest(hub, frozenset(sources or ()), say or _say_on_stderr)
    names = _source_names(hub, sources)
    parts = plan_parts(request, names)
    report = GatherReport(works_before=hub.library.count())
    with nullcontext(client) if client is not None else open_client(hub) as asking:
        asker = Asker(hub, asking, progress, cancel)
        asker.total = sum(part.steps for part in parts)
        for part in parts:
            part.run(asker)
        retry_waiting(asker, names)
    report.add_rows(asker.closed, asker.day)
    report.works_after = hub.library.count()
    if progress is not None:
        progress(asker.total, asker.total, Message.of("progress.done"))
    return report


def _source_names(hub: Hub, sources: Sequence[str] | None) -> list[str]:
    """Return the sources to gather in the registry's order: those named, else those enabled."""
    chosen = hub.settings.sources.enabled if sources is None else sources
    names = {find_source(name).name for name in chosen}
    return [name for name in SOURCES if name in names]


def _by_source(entries: Sequence[Entry]) -> list[SourceReport]:
    """Add up ledger rows by source; the status of a source is that of its worst row."""
    reports: dict[str, SourceReport] = {}
    for entry in entries:
        report = reports.setdefault(entry.source, SourceReport(entry.source, entry.status))
        report.asked += entry.asked
        report.received += entry.received
        report.merged += entry.merged
        report.failed += entry.failed
        report.status = min(report.status, entry.status, key=_WORST.index)
        if entry.status != "ok":
            report.messages.append(
                Message.of("gather.window", window=entry.window, messages=entry.bounded_messages())
            )
    return [reports[name] for name in SOURCES if name in reports]


def _say_on_stderr(message: str) -> None:
    print(message, file=sys.stderr)  # noqa: T201 - a remark for the user of the command line
