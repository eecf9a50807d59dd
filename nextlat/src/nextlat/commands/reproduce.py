"""`nextlat reproduce STUDY --scale tiny|desk|paper --out DIR`."""

from __future__ import annotations

from pathlib import Path

import click

from nextlat.configuration import nearest
from nextlat.errors import UsageError
from nextlat.recipes import SCALES
from nextlat.reports.report import write_report
from nextlat.studies import STUDIES
from nextlat.studies.study import Scale, run_study


@click.command()
@click.argument("name", metavar="STUDY")
@click.argument("overrides", metavar="[KEY=VALUE ...]", nargs=-1)
@click.option("--scale", type=click.Choice(SCALES), default="desk", show_default=True)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the study.",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Runs side by side."
)
@click.option("--only", help="Only arms whose name holds this.")
def reproduce(
    name: str, overrides: tuple[str, ...], scale: Scale, out: Path, workers: int, only: str | None
) -> None:
    """Run a study: every arm and seed, then its tables and figures.

    What is done already is not done again.

    STUDY is one of group-words, hidden-markov, path-star, text, training-speed. Dotted keys change
    every arm's run:

        nextlat reproduce text 'task.corpus=["books.jsonl.gz"]' --out studies/text
    """
    if name not in STUDIES:
        raise UsageError(f"unknown study {name!r}{nearest(name, STUDIES)}")
    results = run_study(
        STUDIES[name],
        scale,
        out,
        workers=workers,
        only=only,
        progress=True,
        overrides=overrides,
    )
    for path in write_report(out):
        click.echo(f"wrote {path}", err=True)
    if results.missing:
        click.echo(f"not run yet: {', '.join(results.missing)}", err=True)
