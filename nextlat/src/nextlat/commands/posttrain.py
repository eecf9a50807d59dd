"""`nextlat posttrain`: the post-training lab's commands."""

from __future__ import annotations

import click

from nextlat.commands.lazy_group import LazyGroup

COMMANDS = {
    "run": ("posttrain_run:run", "Post-train a model on your own task with your own verifier."),
    "finite-field": (
        "posttrain_finite_field:finite_field",
        "The lab's study: arithmetic in a finite field.",
    ),
}
"""Command -> (module and attribute under commands/, one line of help)."""


@click.group(cls=LazyGroup, table=COMMANDS)
def posttrain() -> None:
    """Fine-tune and reinforce a model; measure selection and improvement of strategies."""
