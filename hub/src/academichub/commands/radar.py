"""`academichub radar`: everything that decides the order of Today, readable and editable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from academichub import documents
from academichub.errors import InputError
from academichub.hub import Hub, open_hub
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.radar.radar import Change, Radar
from academichub.radar.signals import KINDS, WORK_KINDS

MAX_FILE_BYTES = 20_000_000
"""Largest radar file read; one of 30,000 signals has under 1 MB."""

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
KIND = click.argument("kind", type=click.Choice(KINDS))


@click.group()
def radar() -> None:
    """Show or change your radar."""


@contextmanager
def _hub() -> Iterator[Hub]:
    hub = open_hub()
    try:
        yield hub
    finally:
        hub.close()


@radar.command()
@JSON
def show(as_json: bool) -> None:
    """Show every signal."""
    with _hub() as hub:
        signals = Radar(hub.database).signals()
        works = hub.reading.by_keys(
            [signal.value for signal in signals if signal.kind in WORK_KINDS]
        )
    if as_json:
        rows = [documents.Signal.model_validate(signal) for signal in signals]
        click.echo(documents.RadarSignals(signals=rows).json_text())
        return
    if not signals:
        click.echo("The radar is empty: `academichub radar add category cs.LG`, or like a work.")
    for kind in KINDS:
        for signal in (signal for signal in signals if signal.kind == kind):
            title = works[signal.value].title if signal.value in works else ""
            weight = "" if signal.weight == 1 else f"  (weight {signal.weight:g})"
            click.echo(f"{kind:9} {signal.value}{weight}" + (f"  {title}" if title else ""))


@radar.command()
@KIND
@click.argument("value")
@click.option("--weight", type=float, default=1.0, show_default=True, help="How much it counts.")
@JSON
def add(kind: str, value: str, weight: float, as_json: bool) -> None:
    """Add a signal: a query, an author, a category, a venue, or a work by key."""
    with _hub() as hub:
        named = hub.reading.require(value).key if kind in WORK_KINDS else value
        _show_change(hub, Radar(hub.database).add(kind, named, weight), as_json)


@radar.command()
@KIND
@click.argument("value")
@JSON
def remove(kind: str, value: str, as_json: bool) -> None:
    """Remove a signal."""
    with _hub() as hub:
        work = hub.reading.get(value) if kind in WORK_KINDS else None
        _show_change(hub, Radar(hub.database).remove(kind, work.key if work else value), as_json)


def _say_of_work(kind: str, words: str) -> click.Command:
    """Return the command that marks a work."""

    @click.command(kind, help=words)
    @click.argument("key")
    @JSON
    def command(key: str, as_json: bool) -> None:
        with _hub() as hub:
            _show_change(hub, Radar(hub.database).add(kind, hub.reading.require(key).key), as_json)

    return command


for _kind, _words in (
    ("like", "Like a work: more like it will come up."),
    ("dislike", "Dislike a work: what is like it sinks."),
    ("hide", "Hide a work: it never comes up again."),
):
    radar.add_command(_say_of_work(_kind, _words))


@radar.command()
@JSON
def undo(as_json: bool) -> None:
    """Take back the last change."""
    with _hub() as hub:
        change = Radar(hub.database).undo()
        _show_change(hub, change or Change(Message.of("radar_change.nothing")), as_json)


@radar.command()
@click.argument(
    "file", required=False, type=click.Path(dir_okay=False, writable=True, path_type=Path)
)
def export(file: Path | None) -> None:
    """Write the radar as JSON, to a file or to standard output."""
    with _hub() as hub:
        document = Radar(hub.database).export()
    text = document.json_text(indent=1) + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, "utf-8")


@radar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Let it take the place of the whole radar.")
@JSON
def import_(file: Path, replace: bool, as_json: bool) -> None:
    """Read a radar written by export; one undo takes all of it back."""
    if file.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{file} is larger than {MAX_FILE_BYTES} bytes: it is no radar")
    try:
        document = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{file} is not JSON: {problem}") from problem
    with _hub() as hub:
        _show_change(hub, Radar(hub.database).import_(document, replace_all=replace), as_json)


def _show_change(hub: Hub, change: Change, as_json: bool) -> None:
    """Write a change as JSON, or for a person in the language of the settings."""
    if as_json:
        click.echo(change.document().json_text())
        return
    click.echo(message_text(change.message, hub.settings.language))
    for sign, signals in (("+", change.added), ("-", change.removed)):
        for signal in signals[:50]:
            click.echo(f"  {sign} {signal.kind} {signal.value}")
