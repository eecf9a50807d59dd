"""`academichub gather`: ask the sources for what is new."""

from __future__ import annotations

import sys

import click

from academichub.gathering.gather import GatherReport, run_gather
from academichub.hub import Hub, open_hub
from academichub.i18n.message_text import message_text
from academichub.messages import Message


@click.command()
@click.argument("sources", nargs=-1, metavar="[SOURCE]...")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def gather(sources: tuple[str, ...], as_json: bool) -> None:
    """Ask all enabled sources, or those named, for what is new.

    Exit code 1 if any source failed; the rest is done all the same.
    """
    hub = open_hub()
    try:
        report = run_gather(
            hub,
            sources or None,
            progress=_show_progress,
            say=lambda text: click.echo(text, err=True),
        )
        if report.works_after != report.works_before:
            _refit(hub)
    finally:
        hub.close()
    if as_json:
        click.echo(report.document().json_text())
    else:
        _print(report)
    if report.failed:
        sys.exit(1)


def _show_progress(done: int, total: int, message: Message) -> None:
    click.echo(f"[{done}/{total}] {message_text(message)}", err=True)


def _refit(hub: Hub) -> None:
    """Refit the ranking's text model if the library has outgrown it, so no page waits for it."""
    from academichub.radar.today import refresh_text_model

    refresh_text_model(hub)


def _print(report: GatherReport) -> None:
    for source in report.sources:
        click.echo(
            f"{source.source}: {source.status}, {source.asked} asked, "
            f"{source.received} received, {source.merged} merged"
        )
        for message in source.messages:
            click.echo(f"  {message_text(message)}")
    click.echo(
        f"{report.works_after - report.works_before} new works, {report.works_after} in the library"
    )
