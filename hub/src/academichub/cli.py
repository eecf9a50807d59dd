"""The `academichub` command: a group whose commands, one module each, load on first use.

Exit codes: 0 done, 1 a stated failure, 2 bad usage. JSON goes to standard output alone, messages to
standard error.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, NoReturn

import click

from academichub import __version__
from academichub.errors import CancelledError, HubError, SettingsError, UsageError
from academichub.i18n.message_text import message_text

COMMANDS = {
    "run": ("serve:run", "Serve the pages, gather every day, write the brief."),
    "serve": ("serve:serve", "Serve the pages only."),
    "gather": ("gather:gather", "Ask the sources for what is new."),
    "today": ("today:today", "Show a day's works, ranked for you."),
    "search": ("search:search", "Search the library."),
    "radar": ("radar:radar", "Show or change your radar."),
    "brief": ("brief:brief", "Write a cited brief."),
    "check": ("check:check", "Check cited sentences, one JSON a line."),
    "brief-reward": (
        "brief_reward:brief_reward",
        "Reward a writer model's sentences, one JSON a line.",
    ),
    "ledger": ("ledger:ledger", "Show what was asked, expected and received."),
    "import": (
        "import_:import_",
        "Import a library file (BibTeX, RIS, CSL-JSON, OPML, JSON lines).",
    ),
    "export": ("export:export", "Export works."),
    "bench": ("bench:bench", "Measure search and ranking on outside data."),
    "worker": ("worker:worker", "Run queued and scheduled work without pages."),
    "engine": ("engine:engine", "Show the local engine, or let it be started again."),
    "user": ("user:user", "Manage accounts."),
    "backup": ("backup:backup", "Write a backup of everything the hub keeps."),
    "restore": ("backup:restore", "Restore a backup."),
    "doctor": ("doctor:doctor", "Check this installation and say what to mend."),
}
"""Command -> (module and attribute under commands/, one line of help)."""


class _LazyGroup(click.Group):
    """Loads a command's module only when it is used, so that `academichub --help` is quick."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command = getattr(importlib.import_module(f"academichub.commands.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="academichub")
def cli() -> None:
    """Gather live literature, rank it for you, brief you with checked citations."""


def _stop(message: str, code: int) -> NoReturn:
    click.echo(f"academichub: {message}", err=True)
    sys.exit(code)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and turn errors into messages and exit codes."""
    try:
        return cli.main(args=arguments, prog_name="academichub", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code if isinstance(problem, click.UsageError) else 1)
    except (click.Abort, KeyboardInterrupt):
        _stop("stopped; what was merged before stays", 1)
    except BrokenPipeError:
        # The interpreter's last flush would fail on the closed pipe.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except CancelledError as problem:
        _stop(str(problem), 1)
    except UsageError as problem:
        _stop(str(problem), 2)
    except SettingsError as problem:
        from academichub.settings import chosen_language

        _stop(message_text(problem.message, chosen_language()), 2)
    except HubError as problem:
        _stop(str(problem), 1)


if __name__ == "__main__":
    main()
