"""`academichub radar`: everything that decides the order of Today, readable and editable."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from academichub import documents
from academichub.commands.named_examples import (
    add_named_examples,
    forget_named_example,
    unresolved_lines,
)
from academichub.commands.radar_option import RADAR
from academichub.errors import InputError, UsageError
from academichub.hub import Hub, open_hub
from academichub.i18n.message_text import message_text
from academichub.messages import Message
from academichub.radar.entered import entered_value
from academichub.radar.radar import Change, Radar
from academichub.radar.radars import Radars
from academichub.radar.signals import KINDS, WORK_KINDS, from_document

MAX_FILE_BYTES = 20_000_000
"""Largest radar file read; one of 30,000 signals has under 1 MB."""

JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
KIND = click.argument("kind", type=click.Choice(KINDS))


@click.group()
def radar() -> None:
    """Show or change your radars."""


@contextmanager
def _hub() -> Iterator[Hub]:
    hub = open_hub()
    try:
        yield hub
    finally:
        hub.close()


@radar.command()
@RADAR
@JSON
def show(radar_name: str | None, as_json: bool) -> None:
    """Show every signal."""
    with _hub() as hub:
        signals = Radar(hub.database, radar_name).signals(*KINDS)
        works = hub.works_named([signal.value for signal in signals if signal.kind in WORK_KINDS])
        unresolved = [] if as_json else unresolved_lines(hub, Radar(hub.database, radar_name))
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
    for line in unresolved:
        click.echo(line)


@radar.command()
@KIND
@click.argument("value")
@click.option("--weight", type=float, default=1.0, show_default=True, help="How much it counts.")
@RADAR
@JSON
def add(kind: str, value: str, weight: float, radar_name: str | None, as_json: bool) -> None:
    """Add a signal: a query, an author, a category, a venue, or a work by key.

    An `example` may also be a title or an address, or many of them, one a line; `-` reads them from
    standard input. What the library lacks is looked up at its source.
    """
    with _hub() as hub:
        stored = Radar(hub.database, radar_name)
        if kind == "example":
            text = sys.stdin.read() if value == "-" else value
            add_named_examples(hub, stored, text, weight, as_json=as_json)
            return
        is_work = kind in WORK_KINDS
        named = hub.work_named(value).key if is_work else entered_value(kind, value)
        _show_change(hub, stored.add(kind, named, weight), as_json)


@radar.command()
@KIND
@click.argument("value")
@RADAR
@JSON
def remove(kind: str, value: str, radar_name: str | None, as_json: bool) -> None:
    """Remove a signal, or a work named as an example that could not be resolved."""
    with _hub() as hub:
        if kind == "example" and forget_named_example(hub, Radar(hub.database, radar_name), value):
            _show_change(hub, Change(Message.of("radar_change.forget", text=value)), as_json)
            return
        work = hub.works_named([value]).get(value) if kind in WORK_KINDS else None
        change = Radar(hub.database, radar_name).remove(kind, work.key if work else value)
        _show_change(hub, change, as_json)


def _say_of_work(kind: str, words: str) -> click.Command:
    """Return the command that marks a work."""

    @click.command(kind, help=words)
    @click.argument("key")
    @RADAR
    @JSON
    def command(key: str, radar_name: str | None, as_json: bool) -> None:
        with _hub() as hub:
            change = Radar(hub.database, radar_name).add(kind, hub.work_named(key).key)
            _show_change(hub, change, as_json)

    return command


for _kind, _words in (
    ("like", "Like a work: more like it will come up."),
    ("dislike", "Dislike a work: what is like it sinks."),
    ("hide", "Hide a work: it never comes up again."),
):
    radar.add_command(_say_of_work(_kind, _words))


@radar.command()
@RADAR
@JSON
def undo(radar_name: str | None, as_json: bool) -> None:
    """Take back the last change of a radar."""
    with _hub() as hub:
        change = Radar(hub.database, radar_name).undo()
        _show_change(hub, change or Change(Message.of("radar_change.nothing")), as_json)


@radar.command()
@click.argument(
    "file", required=False, type=click.Path(dir_okay=False, writable=True, path_type=Path)
)
@RADAR
def export(file: Path | None, radar_name: str | None) -> None:
    """Write a radar as JSON, to a file or to standard output."""
    with _hub() as hub:
        document = Radar(hub.database, radar_name).export()
    text = document.json_text(indent=1) + "\n"
    if file is None:
        click.echo(text, nl=False)
    else:
        file.write_text(text, "utf-8")


@radar.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Let it take the place of the whole radar.")
@click.option("--as", "new_name", metavar="NAME", help="Create the radar NAME for it.")
@RADAR
@JSON
def import_(
    file: Path, replace: bool, new_name: str | None, radar_name: str | None, as_json: bool
) -> None:
    """Read a radar written by export; one undo takes all of its signals back."""
    if new_name is not None and radar_name is not None:
        raise UsageError("--as creates a radar and --radar names one: give only one of them")
    if file.stat().st_size > MAX_FILE_BYTES:
        raise InputError(f"{file} is larger than {MAX_FILE_BYTES} bytes: it is no radar")
    try:
        document = json.loads(file.read_text("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise InputError(f"{file} is not JSON: {problem}") from problem
    from_document(document)  # a wrong file creates no radar
    with _hub() as hub:
        name = radar_name if new_name is None else Radars(hub.database).create(new_name)
        change = Radar(hub.database, name).import_(document, replace_all=replace)
        _show_change(hub, change, as_json)


@radar.command("list")
@JSON
def list_radars(as_json: bool) -> None:
    """List your radars, the first one first."""
    with _hub() as hub:
        rows = [
            documents.RadarSummary(name=name, signals=len(Radar(hub.database, name).signals()))
            for name in Radars(hub.database).names()
        ]
    if as_json:
        click.echo(documents.RadarList(radars=rows).json_text())
        return
    for row in rows:
        click.echo(f"{row.name}  {_counted(row.signals)}")


@radar.command()
@click.argument("name")
def create(name: str) -> None:
    """Create the empty radar NAME."""
    with _hub() as hub:
        name = Radars(hub.database).create(name)
    click.echo(f"radar {name} created", err=True)


@radar.command()
@click.argument("name")
@click.argument("new")
def rename(name: str, new: str) -> None:
    """Give the radar NAME the name NEW."""
    with _hub() as hub:
        new = Radars(hub.database).rename(name, new)
    click.echo(f"radar {name} is now {new}", err=True)


@radar.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Delete without asking.")
def delete(name: str, yes: bool) -> None:
    """Delete the radar NAME with its signals and its briefs; this cannot be undone."""
    with _hub() as hub:
        stored = Radar(hub.database, name)
        name, number = stored.name, len(stored.signals())
        if not yes:
            click.confirm(
                f"Delete the radar {name} with {_counted(number)} and its briefs?",
                abort=True,
                err=True,
            )
        Radars(hub.database).delete(name)
    click.echo(f"radar {name} deleted", err=True)


def _counted(number: int) -> str:
    return "1 signal" if number == 1 else f"{number} signals"


def _show_change(hub: Hub, change: Change, as_json: bool) -> None:
    """Write a change as JSON, or for a person in the language of the settings."""
    if as_json:
        click.echo(change.document().json_text())
        return
    click.echo(message_text(change.message, hub.settings.language))
    for sign, signals in (("+", change.added), ("-", change.removed)):
        for signal in signals[:50]:
            click.echo(f"  {sign} {signal.kind} {signal.value}")
