"""`academichub engine`: how the local language model is, and the wish to start it once more."""

from __future__ import annotations

import click

from academichub import documents
from academichub.errors import HubError
from academichub.i18n.message_text import message_text
from academichub.local_model.state import ask_again, log_file, read_state
from academichub.settings import load_settings


@click.command()
@click.option("--retry", is_flag=True, help="Let a running hub install and start it once more.")
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON.")
def engine(retry: bool, as_json: bool) -> None:
    """Show how the local language model is.

    `academichub run` starts it where no llm.base_url is set.
    """
    settings = load_settings()
    if retry:
        if not ask_again(settings.home):
            raise HubError(
                "no hub runs a local engine over this data folder; start one with `academichub run`"
            )
        click.echo("asked; `academichub engine` shows what becomes of it", err=True)
        return
    state = read_state(settings.home)
    document = documents.LocalModelState(
        state=state.name,
        attempt=state.attempt,
        line=state.line,
        reason="" if state.reason is None else message_text(state.reason),
        remedy="" if state.remedy is None else message_text(state.remedy),
        url=state.url,
        since=state.since,
        log=str(log_file(settings.home)),
        details=documents.message_details(
            message for message in (state.reason, state.remedy) if message is not None
        ),
    )
    if as_json:
        click.echo(document.json_text())
        return
    for name, value in document:
        if name == "details":
            continue
        if value:
            click.echo(f"{name}: {value}")
