"""`academichub ledger`: what was asked, expected and received."""

from __future__ import annotations

import click

from academichub import documents
from academichub.hub import open_hub
from academichub.library.ledger import Ledger, LedgerEntry


@click.command()
@click.option(
    "--date", "day", metavar="DAY", help="Only rows of this day (YYYY-MM-DD, the server's day)."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def ledger(day: str | None, as_json: bool) -> None:
    """Show the ledger, oldest row first."""
    hub = open_hub()
    try:
        entries = Ledger(hub.database).entries(day)
    finally:
        hub.close()
    if as_json:
        rows = [entry.document() for entry in entries]
        click.echo(documents.LedgerPage(entries=rows).json_text())
        return
    for entry in entries:
        click.echo(_line(entry))
    if not entries:
        click.echo(
            f"nothing was asked{f' on {day}' if day else ' yet'}: run `academichub gather`",
            err=True,
        )


def _line(entry: LedgerEntry) -> str:
    expected = "?" if entry.expected is None else entry.expected
    return (
        f"{entry.status:8} {entry.source:15} {entry.window:28} "
        f"asked {entry.asked}, expected {expected}, received "
        f"{entry.received}, merged {entry.merged}, failed {entry.failed}  {entry.message}"
    )
