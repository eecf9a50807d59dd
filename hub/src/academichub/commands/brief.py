"""`academichub brief`: writes a cited brief over the last days and shows it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from academichub.briefs.brief import MAX_WORKS
from academichub.briefs.render import RENDERERS
from academichub.briefs.store import MAX_DAYS, write_brief
from academichub.errors import StorageError
from academichub.hub import open_hub


@click.command()
@click.option("--days", type=click.IntRange(1, MAX_DAYS), default=1, show_default=True, help="Days to cover.")
@click.option("--date", default=None, help="Last day to cover (YYYY-MM-DD); the latest one known if not given.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language of the frame.")
@click.option("--limit", type=click.IntRange(2, 60), default=MAX_WORKS, show_default=True, help="Most works in themes.")
@click.option("--no-model", is_flag=True, help="Use no language model, even if one is set.")
@click.option("--json", "as_json", is_flag=True, help="Print the brief as JSON.")
@click.option(
    "--format", "form", type=click.Choice(sorted(RENDERERS)), default="text", show_default=True, help="How to show it."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead.")
def brief(
    days: int, date: str | None, lang: str, limit: int, no_model: bool, as_json: bool, form: str, out: Path | None
) -> None:
    """Write a cited brief: themes and bridges between fields, every sentence checked against the works it cites.

    Briefs are extractive: no language model takes part yet, with or without --no-model.
    """
    del no_model  # accepted for the contract; every brief is written without a model
    hub = open_hub()
    try:
        written = write_brief(hub, days, lang, date=date, limit=limit)
    finally:
        hub.close()
    document = json.dumps(written.as_json(), ensure_ascii=False) + "\n"
    content = document if as_json else RENDERERS[form](written)
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        out.write_text(content, encoding="utf-8")
    except OSError as problem:
        raise StorageError(f"{out} cannot be written: {problem.strerror}; name another file") from problem
    click.echo(f"{written.id} written to {out}", err=True)
