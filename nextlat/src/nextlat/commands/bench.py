"""`nextlat bench decode [MODEL] --prompts FILE.jsonl`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

import click
import torch
from transformers import PreTrainedTokenizerBase

from nextlat.commands.device_option import device_for, device_option
from nextlat.decoding import DRAFTERS, DraftLength
from nextlat.decoding.lean import lean_trunk, weights_named
from nextlat.errors import DataError, ModelError, UsageError
from nextlat.evaluation.decoding_speed import DecodingFigures, measure
from nextlat.model.heads import load_model
from nextlat.tasks.protocol import rows_of
from nextlat.trunk.pretrained import default_model, model_name

MAX_PROMPTS = 10_000


@click.group()
def bench() -> None:
    """Measure decoding."""


@bench.command()
@click.argument("model", required=False)
@click.option(
    "--prompts",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="JSON lines.",
)
@click.option("--max-new-tokens", default=64, show_default=True, type=click.IntRange(1, 100_000))
@click.option(
    "--threads", type=click.IntRange(1, 1024), help="CPU threads; torch's choice where not said."
)
@click.option(
    "--draft-lengths",
    default="1,2,3,4,6,8,adaptive",
    show_default=True,
    help="Numbers, or adaptive.",
)
@click.option(
    "--drafters",
    default="latent,lookup,bigram",
    show_default=True,
    help=f"Of {', '.join(DRAFTERS)}.",
)
@click.option(
    "--weights",
    default="float32",
    show_default=True,
    help="float32, int8 (quicker, rounded once) or auto.",
)
@device_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def decode(
    model: str | None,
    file: Path,
    max_new_tokens: int,
    threads: int | None,
    draft_lengths: str,
    drafters: str,
    weights: str,
    device: str,
    as_json: bool,
) -> None:
    """Measure greedy decoding of one model, plain, speculative and by transformers, in one run.

    Each line of the prompts' file is {"prompt": "..."} or {"prompt_ids": [...]}. MODEL is a NextLat
    folder, a folder that save_pretrained wrote, a Hugging Face id or a .gguf file; the shipped
    SmolLM2-135M-Instruct where not said.
    """
    lengths, names = [_length(word) for word in draft_lengths.split(",")], _names(drafters)
    if threads:
        torch.set_num_threads(threads)
    name = model or default_model()
    weights_kind = weights_named(weights)
    loaded = load_model(name, device_for(device, weights_kind))
    trunk, dynamics = lean_trunk(loaded.trunk.model, weights_kind), loaded.dynamics
    if dynamics is None:
        names = _without_latent(names, model_name(name))
    longest = (trunk.max_length or 1 << 30) - max_new_tokens
    prompts = read_prompts(file, name, loaded.tokenizer, trunk.vocab_size, longest)
    with click.progressbar(length=len(prompts), label="prompts", file=sys.stderr) as bar:
        figures = measure(
            trunk,
            dynamics,
            prompts,
            max_new_tokens=max_new_tokens,
            draft_lengths=lengths,
            drafters=names,
            progress=lambda done: bar.update(1),
        )
    if as_json:
        run = {"model": model or model_name(name), "threads": torch.get_num_threads()}
        click.echo(json.dumps({**run, **asdict(figures)}))
    else:
        _print_figures(figures)


def _without_latent(drafters: list[str], model: str) -> list[str]:
    """Return the drafters that need no latent dynamics; report it where one is left out."""
    usable = [drafter for drafter in drafters if "latent" not in drafter]
    if usable != drafters:
        click.echo(f"{model} has no latent dynamics; measured without the latent drafter", err=True)
    return usable


def _print_figures(figures: DecodingFigures) -> None:
    """Print a line for the baselines and one for each drafter and draft length."""
    theirs = figures.transformers_tokens_per_s
    baseline = "no generate of transformers" if theirs is None else f"transformers {theirs:.1f}"
    click.echo(f"{baseline}, plain {figures.plain_tokens_per_s:.1f} tokens/s")
    for row in figures.speculative:
        click.echo(
            f"{row.drafter:>8} {row.draft_length!s:>8}: {row.tokens_per_s:.1f} tokens/s, "
            f"{row.accepted_per_cycle:.2f} accepted a cycle, same text: {row.all_equal}"
        )


def read_prompts(
    file: Path,
    model: str,
    tokenizer: PreTrainedTokenizerBase | None,
    vocab_size: int,
    longest: int,
) -> list[list[int]]:
    """Return the prompts as token ids.

    Raises:
        DataError: a row is malformed, empty, too long or outside the vocabulary.
        ModelError: prompts are text and the model has no tokenizer.
    """
    prompts = []
    for number, row in enumerate(rows_of(file, json.loads, limit=MAX_PROMPTS), start=1):
        ids = _prompt_ids(row, f"{file}, row {number}", model, tokenizer)
        if not ids or len(ids) > longest:
            raise DataError(
                f"{file}, row {number}: {len(ids)} tokens; a prompt has 1 to {longest} with this "
                "model and limit"
            )
        if not all(isinstance(token, int) and 0 <= token < vocab_size for token in ids):
            raise DataError(
                f"{file}, row {number}: a token id is outside the model's vocabulary of "
                f"{vocab_size}"
            )
        prompts.append(ids)
    return prompts


def _prompt_ids(
    row: object, where: str, model: str, tokenizer: PreTrainedTokenizerBase | None
) -> list[int]:
    """Return a row's token ids, its own or those of its text; ids are not checked yet."""
    if isinstance(row, dict) and isinstance(row.get("prompt"), str):
        if tokenizer is None:
            raise ModelError(
                f'{model} has no tokenizer; give rows of the form {{"prompt_ids": [...]}}'
            )
        ids: list[int] = tokenizer(row["prompt"]).input_ids
    elif isinstance(row, dict) and isinstance(row.get("prompt_ids"), list):
        ids = row["prompt_ids"]
    else:
        raise DataError(
            f'{where}: {str(row)[:60]!r} is neither {{"prompt": "..."}} nor {{"prompt_ids": [...]}}'
        )
    return ids


def _length(word: str) -> DraftLength:
    word = word.strip()
    if word != "adaptive" and not word.isdecimal():
        raise UsageError(
            f"--draft-lengths {word!r}: give numbers from 0 and adaptive, with commas between"
        )
    return "adaptive" if word == "adaptive" else int(word)


def _names(words: str) -> list[str]:
    names = [word.strip() for word in words.split(",")]
    for name in names:
        if name not in DRAFTERS:
            raise UsageError(f"--drafters {name!r} is not one of {', '.join(DRAFTERS)}")
    return names
