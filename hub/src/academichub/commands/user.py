"""`academichub user`: accounts for a hub that is open to a network."""

from __future__ import annotations

import sys

import click

from academichub.errors import UsageError
from academichub.hub import open_hub
from academichub.web.accounts import MIN_PASSWORD, Accounts


@click.group()
def user() -> None:
    """Manage accounts. One is needed before `run` or `serve` opens to a network."""


def _password(from_stdin: bool) -> str:
    if from_stdin:
        line = sys.stdin.readline(2000).rstrip("\r\n")
        if not line:
            raise UsageError(
                "--password-stdin was given, but standard input holds no line with a password"
            )
        return line
    text: str = click.prompt(
        f"Password (at least {MIN_PASSWORD} characters)",
        hide_input=True,
        err=True,
        confirmation_prompt="Again",
    )
    return text


_stdin = click.option(
    "--password-stdin",
    is_flag=True,
    help="Read the password from the first line of standard input.",
)


@user.command("add")
@click.argument("name")
@_stdin
def add(name: str, password_stdin: bool) -> None:
    """Make the account NAME. The first one takes over the radars, briefs and marks of the hub."""
    Accounts(open_hub().database).add(name, _password(password_stdin))
    click.echo(f"account {name} made", err=True)


@user.command("password")
@click.argument("name")
@_stdin
def password(name: str, password_stdin: bool) -> None:
    """Change the password of NAME and end its sessions."""
    Accounts(open_hub().database).set_password(name, _password(password_stdin))
    click.echo(f"password of {name} changed; its sessions are over", err=True)


@user.command("list")
def list_accounts() -> None:
    """List all accounts, one a line."""
    for name in Accounts(open_hub().database).names():
        click.echo(name)


@user.command("remove")
@click.argument("name")
def remove(name: str) -> None:
    """Remove the account NAME with its sessions, radars, briefs and marks.

    Those of the last account stay with the hub.
    """
    stays = Accounts(open_hub().database).remove(name)
    words = "stay with this hub" if stays else "were removed with it"
    click.echo(f"account {name} removed; its radars, briefs and marks {words}", err=True)
