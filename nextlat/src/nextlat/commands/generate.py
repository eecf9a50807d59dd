"""`nextlat generate MODEL PROMPT`."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, cast

import click
from transformers import AutoTokenizer

from nextlat.errors import ModelError, UsageError
from nextlat.model import NextLat

MAX_PROMPT_CHARACTERS = 1_000_000


@click.command()
@click.argument("model", type=click.Path(path_type=Path, file_okay=False))
@click.argument("prompt")
@click.option("--max-new-tokens", default=64, show_default=True, type=click.IntRange(1))
@click.option("--draft-length", default="adaptive", show_default=True, help="A number, adaptive, or none.")
@click.option("--temperature", default=0.0, show_default=True, type=click.FloatRange(0))
@click.option("--top-p", default=1.0, show_default=True, type=click.FloatRange(0, 1, min_open=True))
@click.option("--seed", type=int, help="Makes sampling repeatable.")
@click.option("--stats", is_flag=True, help="Show how drafting went, on standard error.")
def generate(
    model: Path,
    prompt: str,
    max_new_tokens: int,
    draft_length: str,
    temperature: float,
    top_p: float,
    seed: int | None,
    stats: bool,
) -> None:
    """Continue a prompt with a NextLat model; its own drafts make it faster and change nothing in the text."""
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise UsageError(
            f"the prompt has {len(prompt)} characters, at most {MAX_PROMPT_CHARACTERS} are taken; shorten it"
        )
    nl = NextLat.from_pretrained(model).eval()
    try:
        tokenizer = AutoTokenizer.from_pretrained(model, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelError(f"{model} has no tokenizer, so it takes no text: {error}") from error
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    if not ids.shape[1]:
        raise UsageError("the prompt is empty; give at least one token")
    out = nl.generate(
        ids, max_new_tokens, draft_length=_length(draft_length), temperature=temperature, top_p=top_p, seed=seed
    )
    told = tokenizer.decode(out.sequences[0, ids.shape[1] :].tolist(), skip_special_tokens=True)
    click.echo(f"{prompt}{told}")
    if stats:
        click.echo(
            f"cycles {out.stats.cycles}, drafted {out.stats.drafted}, accepted {out.stats.accepted} "
            f"(by position: {out.stats.accepted_by_position})",
            err=True,
        )


def _length(word: str) -> int | Literal["adaptive"] | None:
    """Return the draft length a word means."""
    if word == "none":
        return None
    if word == "adaptive":
        return cast(Literal["adaptive"], word)
    if not word.isdecimal():
        raise UsageError(f"--draft-length {word!r}: give a number of tokens, adaptive, or none")
    return int(word)
