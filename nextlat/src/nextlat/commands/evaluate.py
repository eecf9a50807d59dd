"""`nextlat evaluate DIR [--data FILE] [--json]`."""

from __future__ import annotations

import json
from pathlib import Path

import click

from nextlat.errors import UsageError
from nextlat.evaluation.solver import ModelSolver
from nextlat.training.loop import load_run


@click.command()
@click.argument("run", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--data", type=click.Path(path_type=Path, dir_okay=False), help="Problems from a file instead."
)
@click.option(
    "--held-out",
    type=click.IntRange(1, 1_000_000),
    help="Number of held-out problems; the run's where not said.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def evaluate(run: Path, data: Path | None, held_out: int | None, as_json: bool) -> None:
    """Score a trained run on held-out problems, or on a file in the task's format (also .gz)."""
    if data and held_out:
        raise UsageError(
            "--data and --held-out exclude each other: a file is scored whole; leave one out"
        )
    config, task, learner = load_run(run)
    problems = task.read(data) if data else task.held_out(held_out or config.loop.held_out)
    figures = task.score(ModelSolver(learner.view), problems)
    scores = {
        "task": config.task_name,
        "objective": config.objective_name,
        "seed": config.loop.seed,
        "data": str(data) if data else "held_out",
        "problems": len(problems),
        **figures,
    }
    if as_json:
        click.echo(json.dumps(scores))
        return
    for key, value in scores.items():
        click.echo(f"{key}: {f'{value:.4f}' if isinstance(value, float) else value}")
