"""The `nextlat` command: a thin group; each command lives in its own module under commands/ and loads on use.

Exit codes: 0 done, 1 a stated failure, 2 bad usage. JSON goes to standard output alone, messages to standard error.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, NoReturn

import click

from nextlat import __version__
from nextlat.errors import NextLatError, UsageError

COMMANDS = {
    "train": ("train:train", "Train a recipe."),
    "evaluate": ("evaluate:evaluate", "Score a trained run on held-out problems or a file."),
    "reproduce": ("reproduce:reproduce", "Run a study: all its arms, seeds, tables and figures."),
    "report": ("report:report", "Write the tables and figures of a study's folder."),
    "generate": ("generate:generate", "Continue a prompt."),
    "bench": ("bench:bench", "Measure decoding."),
}
"""Command -> (module and attribute under commands/, one line of help)."""


class _LazyGroup(click.Group):
    """Loads a command's module only when it is used, so that `nextlat --help` is quick."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name][0].partition(":")
        command = getattr(importlib.import_module(f"nextlat.commands.{module}"), attribute)
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="nextlat")
def nextlat() -> None:
    """Train, measure and decode Next-Latent Prediction transformers."""


def _stop(message: str, code: int) -> NoReturn:
    click.echo(f"nextlat: {message}", err=True)
    sys.exit(code)


def main(arguments: list[str] | None = None) -> Any:
    """Run the command line and turn errors into messages and exit codes."""
    try:
        return nextlat.main(args=arguments, prog_name="nextlat", standalone_mode=False)
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.ClickException as problem:
        problem.show()
        sys.exit(problem.exit_code if isinstance(problem, click.UsageError) else 1)
    except (click.Abort, KeyboardInterrupt):
        _stop("interrupted; run the same command again to resume from the last checkpoint", 1)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # keep the interpreter's last flush quiet
        sys.exit(1)
    except UsageError as problem:
        _stop(str(problem), 2)
    except NextLatError as problem:
        _stop(str(problem), 1)


if __name__ == "__main__":
    main()
