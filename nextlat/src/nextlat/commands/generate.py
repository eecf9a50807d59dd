"""`nextlat generate [MODEL] PROMPT`."""

from __future__ import annotations

from pathlib import Path

import click

from nextlat.commands.device_option import device_option
from nextlat.decoding import DecodingStats, DraftLength, default_drafter, length_policy
from nextlat.decoding import generate as generate_tokens
from nextlat.decoding.lean import lean_trunk
from nextlat.errors import ModelError, UsageError
from nextlat.model.heads import load_model
from nextlat.trunk.device import resolve_device

MAX_PROMPT_CHARACTERS = 1_000_000


@click.command()
@click.argument("words", metavar="[MODEL] PROMPT", nargs=-1, required=True)
@click.option("--max-new-tokens", default=64, show_default=True, type=click.IntRange(1))
@click.option(
    "--draft-length", default="adaptive", show_default=True, help="A number, adaptive, or none."
)
@click.option("--temperature", default=0.0, show_default=True, type=click.FloatRange(0))
@click.option("--top-p", default=1.0, show_default=True, type=click.FloatRange(0, 1, min_open=True))
@click.option("--seed", type=int, help="Makes sampling repeatable.")
@device_option
@click.option("--stats", is_flag=True, help="Show how drafting went, on standard error.")
def generate(
    words: tuple[str, ...],
    max_new_tokens: int,
    draft_length: str,
    temperature: float,
    top_p: float,
    seed: int | None,
    device: str,
    stats: bool,
) -> None:
    """Continue a prompt; a model's own drafts make it faster and change nothing in the text.

    MODEL is a NextLat folder, any transformers folder, a Hugging Face id or a .gguf file; the
    shipped SmolLM2-135M- Instruct where a prompt alone is given.
    """
    model, prompt = _read(words)
    length = _length(draft_length)
    loaded = load_model(model, resolve_device(device))
    tokenizer = loaded.tokenizer
    if tokenizer is None:
        raise ModelError(f"{model} has no tokenizer, so it takes no text; save one into the folder")
    ids = tokenizer(prompt, return_tensors="pt").input_ids
    if not ids.shape[1]:
        raise UsageError("the prompt is empty; give at least one token")
    trunk = lean_trunk(loaded.trunk.model)
    out = generate_tokens(
        trunk,
        default_drafter(trunk, loaded.dynamics),
        ids,
        max_new_tokens=max_new_tokens,
        length_policy=length_policy(length),
        temperature=temperature,
        top_p=top_p,
        seed=seed,
    )
    new_ids = out.sequences[0, ids.shape[1] :].tolist()
    click.echo(f"{prompt}{tokenizer.decode(new_ids, skip_special_tokens=True)}")
    if stats:
        _print_stats(out.stats)


def _print_stats(stats: DecodingStats) -> None:
    """Print how drafting went, on standard error."""
    click.echo(
        f"cycles {stats.cycles}, drafted {stats.drafted}, "
        f"accepted {stats.accepted} (by position: {stats.accepted_by_position})",
        err=True,
    )


def _read(words: tuple[str, ...]) -> tuple[str | None, str]:
    """Return model and prompt; the model is None where a prompt alone is given.

    Raises:
        UsageError: there are more than two words, or one that is the folder of a model, or the
            prompt is too long.
    """
    if len(words) > 2:
        raise UsageError(f"{len(words)} arguments: give a model and a prompt, the prompt in quotes")
    if len(words) == 1 and Path(words[0]).is_dir():
        raise UsageError(f"{words[0]} is a folder and the prompt is missing; give MODEL PROMPT")
    prompt = words[-1]
    if len(prompt) > MAX_PROMPT_CHARACTERS:
        raise UsageError(
            f"the prompt has {len(prompt)} characters, at most {MAX_PROMPT_CHARACTERS} are taken; "
            "shorten it"
        )
    return (words[0] if len(words) == 2 else None), prompt


def _length(word: str) -> DraftLength | None:
    """Return the draft length a word means."""
    if word == "none":
        return None
    if word == "adaptive":
        return "adaptive"
    if not word.isdecimal():
        raise UsageError(f"--draft-length {word!r}: give a number of tokens, adaptive, or none")
    return int(word)
