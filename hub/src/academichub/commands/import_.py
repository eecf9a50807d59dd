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
from academichub.errors import InputError, UsageError
from academichub.formats import FORMATS, guess_format, jsonl, readers, shows
from academichub.formats.packed import beginning, read_lines, read_whole, unpacked
from academichub.formats.protocol import ParsedFile, Skipped
from academichub.hub import Hub, open_hub
from academichub.library.follows import feed_url, follow
from academichub.messages import plain
from academichub.text.charset import decode_text
from academichub.works.work import Record

MAX_SKIPPED = 100_000
"""Most lines of a JSON lines file that may be unreadable before the import stops."""

_HEAD = 1 << 16
_PROGRESS_EVERY = 5_000


@dataclass(slots=True)
class _Report:
    """What the command prints; `read` = `added` + `merged` + the skipped."""

    added: int = 0
    merged: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    warnings: list[Skipped] = field(default_factory=list)

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
        if warnings:
            return documents.ImportReport(**counts, skipped=skipped, warnings=warnings)
        return documents.ImportReport(**counts, skipped=skipped)


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
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def import_(file: Path, form: str | None, as_json: bool) -> None:
    """Import FILE (`-` reads standard input).

    It may be BibTeX, RIS, CSL-JSON, OPML or JSON lines, plain or gzip.
    """
    with _opened(file) as stream:
        head, content = beginning(unpacked(stream), _HEAD)
        form = form or guess_format(head, "" if str(file) == "-" else file.name)
        hub = open_hub()
        try:
            report = (
                _import_lines(hub, content)
                if form == "jsonl"
                else _import_whole(hub, form, content, file.name)
            )
        finally:
            hub.close()
    if as_json:
        click.echo(report.document().json_text())
        return
    for title, rows in (("skipped", report.skipped), ("note", report.warnings)):
        for entry in rows:
            click.echo(f"{title}: {entry.where}: {entry.why}", err=True)
    click.echo(
        f"{report.read} read, {report.added} added, {report.merged} merged, "
        f"{len(report.skipped)} skipped"
    )


def _opened(file: Path) -> AbstractContextManager[BinaryIO]:
    if str(file) == "-":
        return nullcontext(sys.stdin.buffer)
    try:
        return file.open("rb")
    except OSError as problem:
        raise InputError(
            f"{file} cannot be read: {problem.strerror}; check the path and its permissions"
        ) from problem


def _import_lines(hub: Hub, content: BinaryIO) -> _Report:
    """Import JSON lines as they stream in: the memory of one batch, whatever the length."""
    report = _Report()

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
    return report


def _import_whole(hub: Hub, form: str, content: BinaryIO, name: str) -> _Report:
    data = read_whole(content)
    parsed = readers()[form](data, name=name)
    if not parsed.read and data.strip() and not shows(form, decode_text(data)):
        raise InputError(
            f"{name} holds nothing of {FORMATS[form].title}; say what it is with --format"
        )
    report = _Report(skipped=parsed.skipped, warnings=parsed.warnings)
    if form == "opml":
        _follow(hub, parsed, report)
        return report
    if len(parsed.records) >= _PROGRESS_EVERY:
        click.echo(f"{parsed.read} entries read; merging", err=True)
    _add(hub, parsed.records, report)
    return report


def _add(hub: Hub, records: Iterable[Record], report: _Report) -> None:
    done = hub.library.add(records)
    report.added, report.merged = done.added, done.merged


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
