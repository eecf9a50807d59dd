"""`nextlat retrofit [MODEL] --out DIR`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
import torch
from tqdm import tqdm

from nextlat.commands.device_option import device_option
from nextlat.configuration import from_mapping
from nextlat.retrofit.card import Card
from nextlat.retrofit.config import RetrofitConfig
from nextlat.retrofit.prompts import read_prompts
from nextlat.retrofit.run import retrofit as run
from nextlat.trunk.base_model import SHIPPED
from nextlat.trunk.device import resolve_device
from nextlat.trunk.pretrained import default_model, load_pretrained, on_device
from nextlat.trunk.trunk import Trunk

DEFAULTS = RetrofitConfig()


@click.command()
@click.argument("model", required=False)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder of the head.",
)
@click.option(
    "--tokens", default=DEFAULTS.tokens, show_default=True, help="Text to sample, prompts included."
)
@click.option(
    "--prompts",
    "file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON lines of your own.",
)
@click.option("--resume", is_flag=True, help="Go on where an interrupted retrofit was stopped.")
@click.option(
    "--horizon", default=DEFAULTS.horizon, show_default=True, help="Rollout steps fitted, from 2."
)
@click.option(
    "--hidden-size",
    type=int,
    help="Inner width of the dynamics; 4/3 of the model's where not said.",
)
@click.option(
    "--separate-norms/--joint-norm",
    default=DEFAULTS.separate_norms,
    show_default=True,
    help="State and token embedding normalised each by itself, or as one.",
)
@click.option(
    "--draft-vocab",
    default=DEFAULTS.draft_vocab,
    show_default=True,
    help="Ids drafted from; 0: all.",
)
@click.option("--passes", default=DEFAULTS.passes, show_default=True, help="Passes over the text.")
@click.option("--rows", default=DEFAULTS.rows, show_default=True, help="Answers sampled together.")
@click.option("--max-prompt-tokens", default=DEFAULTS.max_prompt_tokens, show_default=True)
@click.option(
    "--max-new-tokens", default=DEFAULTS.max_new_tokens, show_default=True, help="Of an answer."
)
@click.option("--learning-rate", default=DEFAULTS.learning_rate, show_default=True)
@click.option(
    "--dtype", default=DEFAULTS.dtype, show_default=True, type=click.Choice(["float32", "bfloat16"])
)
@click.option("--seed", default=DEFAULTS.seed, show_default=True)
@click.option(
    "--threads", type=click.IntRange(1, 1024), help="CPU threads; torch's choice where not said."
)
@device_option
@click.option("--quiet", is_flag=True, help="No progress bar.")
def retrofit(
    model: str | None,
    out: Path,
    file: Path | None,
    resume: bool,
    threads: int | None,
    device: str,
    quiet: bool,
    **values: object,
) -> None:
    """Give a model latent dynamics; the model itself stays as it is, bit for bit.

    MODEL is a transformers folder, a Hugging Face id or a .gguf file; the shipped
    SmolLM2-135M-Instruct where not said. It answers prompts of three domains and your own,
    {"prompt": "...", "domain": "..."} a line; dynamics are fitted to its text, and DIR becomes a
    head of a few megabytes that serve, generate and bench load like a model.
    """
    config = from_mapping(RetrofitConfig, values, "retrofit")
    target = resolve_device(device)
    prompts = read_prompts(file) if file else []
    if threads:
        torch.set_num_threads(threads)
    pretrained, tokenizer = load_pretrained(
        model or default_model(), dtype=getattr(torch, config.dtype)
    )
    trunk = Trunk(on_device(pretrained, target))
    bars = _Bars(quiet=quiet)
    card = run(
        trunk,
        tokenizer,
        config,
        out,
        base_name=_base_name(model),
        prompts=prompts,
        resume=resume,
        progress=bars.update,
    )
    bars.close()
    _report(card, out)


class _Bars:
    """A progress bar for each thing that is counted, made when it is first counted."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._bars: dict[str, tqdm[NoReturn]] = {}

    def update(self, what: str, done: int, total: int) -> None:
        if what not in self._bars:
            self._bars[what] = tqdm(total=total, desc=what, disable=self._quiet, file=sys.stderr)
        bar = self._bars[what]
        bar.update(done - bar.n)

    def close(self) -> None:
        for bar in self._bars.values():
            bar.close()


def _base_name(model: str | None) -> str:
    """Return the name by which the head finds its model again; folders are made absolute."""
    if model is None:
        return SHIPPED
    return str(Path(model).resolve()) if Path(model).exists() else model


def _report(card: Card, out: Path) -> None:
    """Print what the head reached on held-out prompts, and where it is."""
    for name, shares in card.held_out_acceptance.items():
        click.echo(
            f"{name}: {shares['all'].by_position} accepted by position on held-out prompts",
            err=True,
        )
    click.echo(f"head in {out}, figures in {out / 'card.json'}", err=True)
