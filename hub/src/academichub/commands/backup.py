"""`academichub backup FILE` and `academichub restore FILE`."""

from __future__ import annotations

from pathlib import Path

import click

from academichub.hub import open_hub
from academichub.library.backup import read_backup, write_backup


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def backup(file: Path) -> None:
    """Write a backup of everything the hub keeps to FILE (a zip file readable by you alone)."""
    hub = open_hub()
    report = write_backup(hub.database, hub.settings.home, file)
    click.echo(f"{file}: {report.works} works, {report.records} records, database {report.bytes >> 10} kB", err=True)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask before replacing what the hub holds now.")
def restore(file: Path, yes: bool) -> None:
    """Replace what the hub holds by the backup FILE; on any error everything stays as it was."""
    hub = open_hub()
    held = hub.library.count()
    if held and not yes:
        click.confirm(f"Replace the {held} works the hub holds by the backup {file}?", abort=True, err=True)
    report = read_backup(file, hub.database, hub.settings.home)
    click.echo(f"restored {report.works} works and {report.records} records, saved {report.made_at}", err=True)
