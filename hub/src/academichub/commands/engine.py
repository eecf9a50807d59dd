"""`academichub engine`: how the local language model is, and the wish to start it once more."""

from __future__ import annotations

import json

import click

from academichub.errors import HubError
from academichub.i18n.message_text import message_text
from academichub.local_model.state import ask_again, log_file, read_state
from academichub.messages import messages_json
from academichub.settings import load_settings


@click.command()
@click.option("--retry", is_flag=True, help="Let a running hub install and start it once more.")
@click.option("--json", "as_json", is_flag=True, help="Print the state as JSON.")
def engine(retry: bool, as_json: bool) -> None:
    """Show how the local language model is that `academichub run` starts where no llm.base_url is set."""
    settings = load_settings()
    if retry:
        if not ask_again(settings.home):
            raise HubError(
                "no hub runs a local engine over this data folder; start one with `academichub run`"
            )
        click.echo("asked; `academichub engine` shows what becomes of it", err=True)
        return
    state = read_state(settings.home)
    fields = {
        "state": state.name,
        "attempt": state.attempt,
        "line": state.line,
        "reason": "" if state.reason is None else message_text(state.reason),
        "remedy": "" if state.remedy is None else message_text(state.remedy),
        "url": state.url,
        "since": state.since,
        "log": str(log_file(settings.home)),
    }
    if as_json:
        messages = [message for message in (state.reason, state.remedy) if message is not None]
        document = {**fields, "details": messages_json(messages)}
        click.echo(json.dumps(document, ensure_ascii=False))
        return
    for name, value in fields.items():
        if value:
            click.echo(f"{name}: {value}")
