"""`nextlat train RECIPE [key=value ...] --out DIR`."""

from __future__ import annotations

from pathlib import Path

import click

from nextlat.recipes import SCALES, recipe
from nextlat.training.loop import train as train_run


@click.command()
@click.argument("name", metavar="RECIPE")
@click.argument("overrides", metavar="[KEY=VALUE ...]", nargs=-1)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the run.",
)
@click.option("--scale", type=click.Choice(SCALES), help="Size of the recipe; desk where not said.")
@click.option("--quiet", is_flag=True, help="No progress bar.")
def train(name: str, overrides: tuple[str, ...], out: Path, scale: str | None, quiet: bool) -> None:
    """Train a recipe, or resume it where it was interrupted.

    RECIPE is a task (path_star, group_words, hidden_markov, stories), also with its scale:
    group_words.tiny. Keys are those of the run's configuration, dotted or by their last part where
    that is unique:

        nextlat train group_words objective.name=next_token loop.seed=1 steps=500 --out runs/gpt-1

    With torchrun, several processes share each batch: torchrun --nproc-per-node 2 -m nextlat.cli
    train ...
    """
    config = recipe(name, scale, overrides)
    figures = train_run(config, out, progress=not quiet)
    for key, value in figures.items():
        click.echo(f"{key}: {value if isinstance(value, list) else f'{value:.4f}'}", err=True)
    click.echo(f"model in {out / 'model'}, figures in {out / 'evaluation.json'}", err=True)
