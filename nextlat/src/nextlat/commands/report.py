"""`nextlat report DIR`."""

from __future__ import annotations

from pathlib import Path

import click

from nextlat.reports.report import write_report


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def report(folder: Path) -> None:
    """Write a study's tables (report.md) and figures (*.svg) anew from its results.json."""
    for path in write_report(folder):
        click.echo(f"wrote {path}", err=True)
