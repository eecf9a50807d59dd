"""A gather: every enabled source asked once, each failure isolated, everything accounted for in the ledger.

Used by the command line, the pages and the schedule alike. Order: arXiv (announcements, OAI-PMH, query API), then
journal feeds, then Crossref. Safe to kill at any moment and to run again: what was merged stays, the rest comes anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

from academichub import documents
from academichub.errors import UsageError
from academichub.facts.catalogue import default_categories
from academichub.gathering.arxiv import gather_arxiv
from academichub.gathering.fetcher import Asker, Cancel, Client, Progress, open_client
from academichub.gathering.journals import asked_feeds, gather_journals
from academichub.hub import Hub
from academichub.library.ledger import Entry, Status
from academichub.settings import ARXIV_MODULES, SOURCE_MODULES
from academichub.sources.arxiv.categories import check_category

PREFERENCE = "arxiv_categories"
"""Preference that holds the categories chosen on the pages."""

_WORST: tuple[Status, ...] = ("failed", "partial", "stale", "ok", "holiday")
Say = Callable[[str], None]


@dataclass
class SourceReport:
    """What one source came to: the sum of its ledger rows."""

    source: str
    status: Status = "ok"
    asked: int = 0
    received: int = 0
    merged: int = 0
    failed: int = 0
    messages: list[str] = field(default_factory=list)


@dataclass
class GatherReport:
    """What a gather came to.

    Attributes:
        day: The servers' day; empty where none answered.
        sources: One report a source, in the order asked.
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
        return self.has_our_fault or any(one.status == "failed" for one in self.sources)

    @property
    def summary(self) -> str:
        """The gather in one or two sentences."""
        new = self.works_after - self.works_before
        said = f"{new} new work{'' if new == 1 else 's'}{f' ({self.day})' if self.day else ''}."
        troubled = [
            f"{one.source} {one.status}"
            for one in self.sources
            if one.status in ("failed", "partial", "stale")
        ]
        return f"{said} In trouble: {', '.join(troubled)}." if troubled else said

    def document(self) -> documents.Gather:
        """Return the report as a document."""
        return documents.Gather(
            day=self.day or None,
            failed=self.failed,
            works=documents.LibrarySize(before=self.works_before, after=self.works_after),
            sources=[documents.SourceGather.model_validate(source) for source in self.sources],
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
        progress: Told how far it is: (asks done, asks known of, what is asked now).
        cancel: Asked between requests whether to stop.
        client: The HTTP client; one of its own where None.
        say: Told remarks for the user (standard error where None).

    Raises:
        CancelledError: If `cancel` said so; what was merged before stays.
        UsageError: If a named source is unknown.
        SettingsError: If a category is unknown; nothing was asked.
        StorageError: If the database cannot be written; what was merged before stays.
    """
    modules = _modules(hub, sources)
    arxiv = [name for name in modules if name in ARXIV_MODULES]
    categories = chosen_categories(hub, say or _say_on_stderr) if arxiv else ()
    report = GatherReport(works_before=hub.library.count())
    with nullcontext(client) if client is not None else open_client(hub) as asking:
        asker = Asker(hub, asking, progress, cancel)
        asker.total = _asks(hub, modules, categories)
        if arxiv:
            gather_arxiv(asker, categories, arxiv, backfill="arxiv_query" in (sources or ()))
        gather_journals(asker, [name for name in ("feed", "crossref") if name in modules])
    report.day = asker.day
    report.sources = _by_source(asker.closed)
    report.has_our_fault = any(row.has_our_fault for row in asker.closed)
    report.works_after = hub.library.count()
    if progress is not None:
        progress(asker.total, asker.total, "done")
    return report


def chosen_categories(hub: Hub, say: Say | None = None) -> tuple[str, ...]:
    """Return the arXiv categories to gather: of the settings, else chosen on the pages, else the shipped proposal.

    Raises:
        SettingsError: If arXiv has no such category; the message names the nearest.
    """
    chosen: Sequence[str] = (
        hub.settings.sources.arxiv.categories or hub.preferences.get(PREFERENCE) or ()
    )
    if not chosen:
        chosen = default_categories()
        if say is not None:
            say(
                f"no arXiv categories are chosen yet; gathering {', '.join(chosen)} (choose on /settings)"
            )
    return tuple(dict.fromkeys(check_category(name) for name in chosen))


def _modules(hub: Hub, sources: Sequence[str] | None) -> list[str]:
    if sources is None:
        return [name for name in SOURCE_MODULES if name in hub.settings.sources.enabled]
    for name in sources:
        if name not in SOURCE_MODULES:
            raise UsageError(f"{name!r} is no source; known: {', '.join(SOURCE_MODULES)}")
    return [name for name in SOURCE_MODULES if name in sources]


def _asks(hub: Hub, modules: Collection[str], categories: Sequence[str]) -> int:
    """Return how many steps a gather has, as far as is known before it begins."""
    arxiv = sum(len(categories) for name in ("arxiv_announce", "arxiv_oai") if name in modules)
    journals = len(asked_feeds(hub.database, modules))
    return arxiv + journals + ("arxiv_query" in modules)


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
            report.messages.append(f"{entry.window}: {entry.message}")
    return [reports[name] for name in SOURCE_MODULES if name in reports]


def _say_on_stderr(message: str) -> None:
    print(message, file=sys.stderr)  # noqa: T201 - a remark for the user of the command line
