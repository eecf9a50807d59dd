"""The `nextlat` command: a group whose commands live in modules of commands/ and load on use.

Exit codes: 0 success, 1 a failure with a message, 2 bad usage. JSON goes to standard output alone,
messages to standard error.
"""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import click

from nextlat import __version__
from nextlat.commands.lazy_group import LazyGroup
from nextlat.commands.progress import without_library_bars
from nextlat.errors import NextLatError, UsageError

COMMANDS = {
    "train": ("train:train", "Train a recipe."),
    "evaluate": ("evaluate:evaluate", "Score a trained run on held-out problems or a file."),
    "reproduce": ("reproduce:reproduce", "Run a study: all its arms, seeds, tables and figures."),
    "report": ("report:report", "Write the tables and figures of a study's folder."),
    "generate": ("generate:generate", "Continue a prompt."),
    "bench": ("bench:bench", "Measure decoding."),
    "retrofit": ("retrofit:retrofit", "Give a pretrained model latent dynamics."),
    "serve": ("serve:serve", "Serve a model to OpenAI's clients."),
    "posttrain": (
        "posttrain:posttrain",
        "Fine-tune and reinforce a model; selection against improvement.",
    ),
}
"""Command -> (module and attribute under commands/, one line of help)."""


@click.group(
    cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="nextlat")
@click.pass_context
def nextlat(context: click.Context) -> None:
    """Train, measure and decode Next-Latent Prediction transformers."""
    context.with_resource(without_library_bars())


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
        # The interpreter's last flush of standard output would print a second complaint.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except UsageError as problem:
        _stop(str(problem), 2)
    except NextLatError as problem:
        _stop(str(problem), 1)


if __name__ == "__main__":
    main()
