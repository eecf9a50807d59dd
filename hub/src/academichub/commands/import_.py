"""`academichub import FILE`: imports an existing library or a list of feeds."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import click

from academichub import documents
from academichub.commands.radar_option import RADAR
from academichub.errors import InputError, UsageError
from academichub.formats import FORMATS, guess_format, jsonl, readers, shows
from academichub.formats.packed import beginning, read_lines, read_whole, unpacked
from academichub.formats.protocol import ParsedFile, Skipped
from academichub.gathering.examples import ExamplesAdded, NamedEntry, add_entries
from academichub.gathering.lookups import COMMAND_S, Lookups
from academichub.hub import Hub, open_hub
from academichub.i18n.message_text import message_text
from academichub.library.follows import feed_url, follow
from academichub.messages import plain
from academichub.radar.radar import Radar
from academichub.text.charset import decode_text
from academichub.works.work import Record

MAX_SKIPPED = 100_000
"""Most lines of a JSON lines file that may be unreadable before the import stops."""

_HEAD = 1 << 16
_PROGRESS_EVERY = 5_000


@dataclass(slots=True)
class _Report:
    """What the command prints; `read` = `added` + `merged` + the skipped.

    Attributes:
        entries: What the entries say of their works; None where they are to be no examples.
        examples: What making them examples came to.
    """

    added: int = 0
    merged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[Skipped] = field(default_factory=list)
    entries: list[NamedEntry] | None = None
    examples: ExamplesAdded | None = None

    @property
    def read(self) -> int:
        return self.added + self.merged + len(self.skipped)

    def document(self) -> documents.ImportReport:
        """Return the report as a document."""
        skipped, warnings = (
            [_skipped_document(entry) for entry in entries]
            for entries in (self.skipped, self.warnings)
        )
        counts = {"read": self.read, "added": self.added, "merged": self.merged}
        report = documents.ImportReport(**counts, skipped=skipped)
        if warnings:
            report = report.model_copy(update={"warnings": warnings})
        if self.examples is not None:
            report = report.model_copy(update={"examples": self.examples.examples})
            if self.examples.unresolved:
                unresolved = [entry.document() for entry in self.examples.unresolved]
                report = report.model_copy(update={"unresolved": unresolved})
        return report


def _skipped_document(entry: Skipped) -> documents.SkippedEntry:
    details = documents.message_details([entry.reason])
    return documents.SkippedEntry(where=entry.where, why=entry.why, details=details)


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option(
    "--format",
    "form",
    type=click.Choice(list(readers())),
    help="The format; guessed where not given.",
)
@click.option("--examples", is_flag=True, help="Let the works be examples of the radar.")
@RADAR
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(
    file: Path, form: str | None, examples: bool, radar_name: str | None, as_json: bool
) -> None:
    """Import FILE (`-` reads standard input).

    It may be BibTeX, RIS, CSL-JSON, OPML or JSON lines, plain or gzip.
    """
    if radar_name is not None and not examples:
        raise UsageError("--radar names the radar of the examples: give --examples with it")
    with _opened(file) as stream:
        head, content = beginning(unpacked(stream), _HEAD)
        form = form or guess_format(head, "" if str(file) == "-" else file.name)
        if examples and form == "opml":
            raise UsageError("--examples needs a file of works; OPML is a list of feeds")
        hub = open_hub()
        try:
            if examples:
                Radar(hub.database, radar_name).signals()  # a wrong name imports nothing
            report = _Report(entries=[] if examples else None)
            if form == "jsonl":
                _import_lines(hub, content, report)
            else:
                _import_whole(hub, form, content, file.name, report)
            if examples:
                _add_examples(hub, Radar(hub.database, radar_name), file.name, report)
        finally:
            hub.close()
    if as_json:
        click.echo(report.document().json_text())
        return
    for title, rows in (("skipped", report.skipped), ("note", report.warnings)):
        for entry in rows:
            click.echo(f"{title}: {entry.where}: {entry.why}", err=True)
    counts = f"{report.read} read, {report.added} added, {report.merged} merged, "
    counts += f"{len(report.skipped)} skipped"
    if report.examples is not None:
        for unresolved in report.examples.unresolved:
            reason = message_text(unresolved.reason)
            click.echo(f"no example: {unresolved.text}: {reason}", err=True)
        counts += f", {report.examples.examples} examples"
    click.echo(counts)


def _opened(file: Path) -> AbstractContextManager[BinaryIO]:
    if str(file) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as problem:
        raise InputError(
            f"{file} cannot be read: {problem.strerror}; check the path and its permissions"
        ) from problem


def _import_lines(hub: Hub, content: BinaryIO, report: _Report) -> None:
    """Import JSON lines as they stream in: the memory of one batch, whatever the length."""

    def records() -> Iterator[Record]:
        for number, line in enumerate(jsonl.iter_records(read_lines(content)), start=1):
            if number % _PROGRESS_EVERY == 0:
                click.echo(f"{number} lines read", err=True)
            if isinstance(line, Record):
                yield line
            else:
                report.skipped.append(line)
                if len(report.skipped) > MAX_SKIPPED:
                    raise InputError(
                        f"more than {MAX_SKIPPED} lines cannot be read (the last: {line.why}); "
                        "is it JSON lines?"
                    )

    _add(hub, records(), report)


def _import_whole(hub: Hub, form: str, content: BinaryIO, name: str, report: _Report) -> None:
    data = read_whole(content)
    parsed = readers()[form](data, name=name)
    if not parsed.read and data.strip() and not shows(form, decode_text(data)):
        raise InputError(
            f"{name} holds nothing of {FORMATS[form].title}; say what it is with --format"
        )
    report.skipped, report.warnings = parsed.skipped, parsed.warnings
    if form == "opml":
        _follow(hub, parsed, report)
        return
    if len(parsed.records) >= _PROGRESS_EVERY:
        click.echo(f"{parsed.read} entries read; merging", err=True)
    _add(hub, parsed.records, report)


def _add(hub: Hub, records: Iterable[Record], report: _Report) -> None:
    done = hub.library.add(_noted(records, report.entries))
    report.added, report.merged = done.added, done.merged


def _noted(records: Iterable[Record], entries: list[NamedEntry] | None) -> Iterator[Record]:
    """Yield records, and note what each says of its work where that is wanted."""
    for record in records:
        if entries is not None:
            entries.append(NamedEntry.of(record))
        yield record


def _add_examples(hub: Hub, radar: Radar, name: str, report: _Report) -> None:
    """Make the entries of the file examples; titles alone are looked up at their sources."""
    with Lookups(hub, COMMAND_S) as lookups:
        report.examples = add_entries(hub, radar, report.entries or [], lookups, name)


def _follow(hub: Hub, parsed: ParsedFile, report: _Report) -> None:
    """Follow the feeds of an OPML file; one already followed counts as merged."""
    usable: list[tuple[str, str]] = []
    for feed in parsed.feeds:
        try:
            usable.append((feed_url(feed.url), feed.title))
        except UsageError as problem:
            report.skipped.append(Skipped(plain(feed.title or feed.url[:100]), problem.message))
    try:
        report.added = follow(hub.database, usable, origin="opml")
    except UsageError as problem:
        raise InputError(str(problem)) from problem
    report.merged = len(usable) - report.added
