"""`nextlat posttrain run --model M --prompts FILE --verifier module:function ... --out DIR`."""

from __future__ import annotations

from pathlib import Path

import click

from nextlat.posttrain.recipes import RECIPES, posttrain_config

FILE = click.Path(path_type=str, dir_okay=False)


@click.command()
@click.argument("words", metavar="[KEY=VALUE ...]", nargs=-1)
@click.option(
    "--model", help="Hub id or folder of a causal language model; the recipe's where not said."
)
@click.option(
    "--prompts",
    type=FILE,
    required=True,
    help='Problems, JSON lines: {"prompt", "answer", "type", ...}.',
)
@click.option(
    "--verifier", required=True, help="module:function or file.py:function, f(completion, problem)."
)
@click.option("--strategies", help="module:function that labels a completion's strategy.")
@click.option(
    "--sft", "sft_data", type=FILE, help='Demonstrations, JSON lines: {"prompt", "completion"}.'
)
@click.option(
    "--recipe",
    type=click.Choice(list(RECIPES)),
    help="Settings to start from; TRL's defaults where not said.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the run.",
)
@click.option("--quiet", is_flag=True, help="No progress bars.")
def run(
    words: tuple[str, ...], recipe: str | None, out: Path, quiet: bool, **given: str | None
) -> None:
    """Post-train a model on your own task, or resume it where it was interrupted.

    It evaluates the model on held-out problems, fine-tunes it on demonstrations where --sft gives
    them, trains it by the verifier with GRPO, and evaluates again; DIR/results.json holds accuracy,
    routing and execution of strategies and which part of each change was selection and which
    improvement. Keys are TRL's, dotted:

        nextlat posttrain run --model Qwen/Qwen2.5-0.5B-Instruct --prompts problems.jsonl
        --verifier verifier:verify --strategies strategies:label
        grpo.loss_type=dr_grpo grpo.max_steps=200 lora.r=16 --out runs/own
    """
    from nextlat.posttrain.run import run_posttraining
    from nextlat.posttrain.summary import table

    config = posttrain_config(recipe, given, words)
    results = run_posttraining(
        config, out, progress=not quiet, report=lambda line: click.echo(line, err=True)
    )
    for line in table(results) if results else ():
        click.echo(line, err=True)
    click.echo(f"results in {out / 'results.json'}", err=True)
