"""`nextlat report DIR`."""

from __future__ import annotations

from pathlib import Path

import click

from nextlat.posttrain.report.report import is_posttrain, write_posttrain_report
from nextlat.reports.report import write_report


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
def report(folder: Path) -> None:
    """Write tables and figures from DIR/results.json again: of a study, or of post-training.

    A study gets report.md and *.svg. Post-training gets report.html, one page to pass on, report.md
    and figures/ as SVG and PNG; its results may also lie in DIR/seed-0/, DIR/seed-1/ and so on, and
    are then shown with their spread.
    """
    written = write_posttrain_report(folder) if is_posttrain(folder) else write_report(folder)
    for path in written:
        click.echo(f"wrote {path}", err=True)
