"""A gather: every enabled source requested once, each failure isolated and in the ledger.

Used by the command line, the pages and the schedule alike. A part for each gatherer that the
sources name, in the order of the registry: arXiv, the journals (feeds, then Crossref), and every
source that is read page by page. Safe to kill at any moment and to run again: what was merged
stays, the rest is requested again.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial

from academichub import documents
from academichub.errors import SettingsError
from academichub.facts.catalogue import default_categories
from academichub.gathering.arxiv import gather_arxiv
from academichub.gathering.fetcher import Asker, Cancel, Client, Progress, open_client
from academichub.gathering.journals import asked_feeds, gather_journals
from academichub.gathering.pages import gather_pages
from academichub.hub import Hub
from academichub.i18n.message_text import message_text
from academichub.library.ledger import Entry, Status
from academichub.messages import Message
from academichub.sources import SOURCES, find_source
from academichub.sources.arxiv import ArxivOptions, announcements, oai, query_api
from academichub.sources.arxiv.categories import check_category

PREFERENCE = "arxiv_categories"
"""Preference that holds the categories chosen on the pages."""

_WORST: tuple[Status, ...] = ("failed", "partial", "stale", "ok", "holiday")
Say = Callable[[str], None]


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


@dataclass(frozen=True, slots=True)
class GatherRequest:
    """What a gather is to do, for those who plan its parts.

    Attributes:
        hub: The open hub.
        named: The sources the user named; empty where all enabled ones are gathered.
        say: Called with remarks for the user.
    """

    hub: Hub
    named: frozenset[str]
    say: Say


@dataclass(frozen=True, slots=True)
class GatherPart:
    """A part of a gather.

    Attributes:
        steps: How many steps it has, as far as is known before it begins.
        run: Carries it out.
    """

    steps: int
    run: Callable[[Asker], None]


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
    parts = _parts(request, _source_names(hub, sources))
    report = GatherReport(works_before=hub.library.count())
    with nullcontext(client) if client is not None else open_client(hub) as asking:
        asker = Asker(hub, asking, progress, cancel)
        asker.total = sum(part.steps for part in parts)
        for part in parts:
            part.run(asker)
    report.day = asker.day
    report.sources = _by_source(asker.closed)
    report.has_our_fault = any(row.has_our_fault for row in asker.closed)
    report.works_after = hub.library.count()
    if progress is not None:
        progress(asker.total, asker.total, Message.of("progress.done"))
    return report


def chosen_categories(hub: Hub, say: Say | None = None) -> tuple[str, ...]:
    """Return the arXiv categories to gather: of the settings, else of the pages, else the defaults.

    Raises:
        SettingsError: If arXiv has no such category; the message names the nearest.
    """
    chosen: Sequence[str] = (
        hub.settings.sources.options(ArxivOptions).categories
        or hub.preferences.get(PREFERENCE)
        or ()
    )
    if not chosen:
        chosen = default_categories()
        if say is not None:
            say(message_text(Message.of("gather.no_categories", categories=chosen)))
    return tuple(dict.fromkeys(check_category(name) for name in chosen))


def _source_names(hub: Hub, sources: Sequence[str] | None) -> list[str]:
    """Return the sources to gather in the registry's order: those named, else those enabled."""
    chosen = hub.settings.sources.enabled if sources is None else sources
    names = {find_source(name).name for name in chosen}
    return [name for name in SOURCES if name in names]


def _parts(request: GatherRequest, names: Sequence[str]) -> list[GatherPart]:
    """Return the parts of a gather, one for each gatherer of the sources."""
    names_by_gatherer: dict[str, list[str]] = {}
    for name in names:
        names_by_gatherer.setdefault(SOURCES[name].gatherer, []).append(name)
    parts = []
    for gatherer, gathered in names_by_gatherer.items():
        if gatherer not in GATHERERS:
            raise SettingsError(
                Message.of(
                    "gather.no_gatherer",
                    sources=list(gathered),
                    gatherer=gatherer,
                    gatherers=list(GATHERERS),
                )
            )
        parts += GATHERERS[gatherer](request, gathered)
    return parts


def _arxiv_parts(request: GatherRequest, names: Collection[str]) -> list[GatherPart]:
    categories = chosen_categories(request.hub, request.say)
    by_category = sum(name in names for name in (announcements.MODULE, oai.MODULE))
    run = partial(
        gather_arxiv,
        categories=categories,
        modules=names,
        backfill=query_api.MODULE in request.named,
    )
    return [GatherPart(by_category * len(categories) + (query_api.MODULE in names), run)]


def _journal_parts(request: GatherRequest, names: Collection[str]) -> list[GatherPart]:
    followed = asked_feeds(request.hub.database, names)
    for name in sorted(request.named.intersection(names) - {journal.via for journal in followed}):
        title = SOURCES[name].title
        request.say(message_text(Message.of("gather.nothing_followed", source=title)))
    return [GatherPart(len(followed), partial(gather_journals, modules=names))]


def _page_parts(request: GatherRequest, names: Collection[str]) -> list[GatherPart]:
    parts = []
    for name in names:
        source = SOURCES[name]
        if source.reader is None:
            raise SettingsError(Message.of("gather.no_reader", source=name))
        parts.append(GatherPart(1, partial(gather_pages, source=source, reader=source.reader)))
    return parts


GATHERERS: dict[str, Callable[[GatherRequest, Collection[str]], list[GatherPart]]] = {
    "arxiv": _arxiv_parts,
    "journals": _journal_parts,
    "pages": _page_parts,
}
"""`Source.gatherer` -> the function that plans the part of a gather for these sources."""


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
