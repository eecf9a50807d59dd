"""`academichub backup FILE` and `academichub restore FILE`."""

from __future__ import annotations

from pathlib import Path

import click

from academichub.errors import CancelledError, StorageError
from academichub.hub import open_hub
from academichub.settings import Settings, load_settings
from academichub.store.backup import read_backup, write_backup
from academichub.store.database import Database


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a backup of everything the hub keeps to FILE (a zip file readable by you alone)."""
    hub = open_hub()
    report = write_backup(hub.database, hub.settings.home, file)
    click.echo(
        f"{file}: {report.works} works, {report.records} records, database {report.bytes >> 10} kB",
        err=True,
    )


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask before replacing what the hub holds now.")
def restore(file: Path, yes: bool) -> None:
    """Replace what the hub holds by the backup FILE; on any error everything stays as it was.

    A database that is damaged is replaced too, and kept beside the new one.
    """
    settings = load_settings()
    contents = _contents(settings)
    if contents and not yes and not _agreed(f"Replace {contents} by the backup {file}?"):
        raise CancelledError(
            "nothing was changed; `academichub restore FILE --yes` replaces without being asked"
        )
    report = read_backup(file, Database(settings.database_url), settings.home)
    click.echo(
        f"restored {report.works} works and {report.records} records, saved {report.made_at}",
        err=True,
    )


def _contents(settings: Settings) -> str:
    """Describe what a restore would replace; empty if the library is empty."""
    try:
        hub = open_hub(settings)
        try:
            works = hub.library.count()
        finally:
            hub.close()
    except StorageError as problem:
        click.echo(str(problem), err=True)
        return "this database"
    return f"the {works} works the hub holds" if works else ""


def _agreed(question: str) -> bool:
    try:
        return click.confirm(question, err=True)
    except click.Abort:  # no terminal to ask at
        click.echo(err=True)
        return False
