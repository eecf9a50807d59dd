"""`academichub brief`: writes a cited brief over the last days and shows it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from academichub.briefs.brief import Brief
from academichub.briefs.brief_store import MAX_DAYS, write_brief
from academichub.briefs.compose import MAX_WORKS
from academichub.briefs.render import RENDERERS
from academichub.commands.radar_option import RADAR
from academichub.errors import ModelError, StorageError
from academichub.hub import Hub, open_hub
from academichub.i18n.message_text import message_text
from academichub.radar.radar import Radar


@click.command()
@click.option(
    "--days", type=click.IntRange(1, MAX_DAYS), default=1, show_default=True, help="Days to cover."
)
@click.option(
    "--date",
    default=None,
    help="Last day to cover (YYYY-MM-DD); the latest one known if not given.",
)
@click.option(
    "--lang",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of the frame.",
)
@click.option(
    "--limit",
    type=click.IntRange(2, 60),
    default=MAX_WORKS,
    show_default=True,
    help="Most works in themes.",
)
@click.option("--no-model", is_flag=True, help="Use no language model, even if one is set.")
@click.option(
    "--again", is_flag=True, help="Let the model write, and show it, even if its record is poor."
)
@RADAR
@click.option("--json", "as_json", is_flag=True, help="Print the brief as JSON.")
@click.option(
    "--format",
    "form",
    type=click.Choice(sorted(RENDERERS)),
    default="text",
    show_default=True,
    help="How to show it.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write to a file instead."
)
def brief(
    days: int,
    date: str | None,
    lang: str,
    limit: int,
    no_model: bool,
    again: bool,
    radar_name: str | None,
    as_json: bool,
    form: str,
    out: Path | None,
) -> None:
    """Write a cited brief of themes and bridges between fields.

    Every sentence is checked against the works it cites.

    The brief is first made of extracts. Where a language model is in use, it then rewrites them
    sentence by sentence; a sentence that fails a check keeps its extract. A model that does not
    answer costs nothing but its part.
    """
    hub = open_hub()
    try:
        radar = Radar(hub.database, radar_name)
        written = write_brief(hub, days, lang, date=date, limit=limit, radar=radar)
        if not no_model and hub.llm.base_url:
            written = _with_model(hub, written, again)
    finally:
        hub.close()
    content = written.document().json_text() + "\n" if as_json else RENDERERS[form](written)
    if out is None:
        click.echo(content, nl=False)
        return
    try:
        out.write_text(content, encoding="utf-8")
    except OSError as problem:
        raise StorageError(
            f"{out} cannot be written: {problem.strerror}; name another file"
        ) from problem
    click.echo(f"{written.id} written to {out}", err=True)


def _with_model(hub: Hub, extract: Brief, again: bool) -> Brief:
    """Return the brief to show after the model has written: its own, or the extracts."""
    from academichub.writer.model_brief import write_with_model

    def progress(done: int, total: int) -> None:
        click.echo(f"[{done}/{total}] writing with the model", err=True)

    try:
        outcome = write_with_model(hub, extract, again=again, progress=progress)
    except ModelError as problem:
        click.echo(f"the extracts stay: {problem}", err=True)
        return extract
    if outcome.message is not None:
        hint = " (--again lets it try)" if outcome.why == "poor_record" else ""
        click.echo(message_text(outcome.message) + hint, err=True)
    if outcome.written is not None and outcome.written.writing is not None:
        click.echo(_figures(outcome.written.writing["report"]), err=True)
    return outcome.brief


def _figures(report: Mapping[str, Any]) -> str:
    return (
        f"rewritten {report['rewritten']} of {report['asked']} sentences; "
        f"{report['share_differing']:.0%} of the answers differ from the extract, "
        f"{report['share_surviving']:.0%} of those pass the checks; "
        f"{report['words_saved']} of {report['words_before']} words saved"
    )
