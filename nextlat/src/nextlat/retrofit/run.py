"""A retrofit from beginning to end: sample, fit, measure, write the head.

Every part continues where it was stopped.

DIR/nextlat/  DIR/card.json        the head, and what it was made of and measured at
DIR/metrics.jsonl                  losses and held-out acceptance of the fit
DIR/work/                          samples, latents, checkpoints, settings; may be removed when done
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import PreTrainedTokenizerBase

from nextlat.dynamics import LatentDynamics
from nextlat.errors import DataError, ModelError
from nextlat.model.storage import save_head, write_json
from nextlat.objectives.next_latent import NextLatent, NextLatentConfig
from nextlat.retrofit.card import Card, card_of
from nextlat.retrofit.config import RetrofitConfig
from nextlat.retrofit.fit import Fit, frequent_ids
from nextlat.retrofit.fitting import Progress, fitted
from nextlat.retrofit.folder import RetrofitSettings, claim
from nextlat.retrofit.prompts import Prompt, PromptSource
from nextlat.retrofit.samples import SampledRow, load_chunk, num_chunks, save_chunk, save_latents
from nextlat.retrofit.sampling import latents_of, prompt_limit, sample_chunk
from nextlat.trunk.base_model import BaseReference, fingerprint
from nextlat.trunk.pretrained import end_ids
from nextlat.trunk.trunk import Trunk

MEASURED_ROWS = 64
"""Held-out rows that are measured during the fit."""


def retrofit(
    trunk: Trunk,
    tokenizer: PreTrainedTokenizerBase | None,
    config: RetrofitConfig,
    out: Path,
    *,
    base_name: str,
    prompts: Sequence[Prompt] = (),
    resume: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> Card:
    """Fit dynamics to a trunk, which stays as it is; return the content of `card.json`.

    Args:
        trunk: the model, loaded in the dtype of `config`.
        tokenizer: its own.
        config: what to do.
        out: folder of the retrofit; becomes a head folder.
        base_name: how the head finds the model again: a folder, an id, or
            `nextlat.trunk.base_model.SHIPPED`.
        prompts: the user's own.
        resume: continue in a folder that holds a retrofit whose samples were drawn with the same
            settings. Where those of the fit differ, or more tokens are wanted, its samples are used
            and the fit starts over.
        progress: called as work proceeds.

    Raises:
        UsageError: the folder is in use, or resumed with other settings.
        ModelError: the model has no tokenizer or keeps no cache.
        DataError: the samples leave nothing to fit or to hold out, or the disk is full.
    """
    if tokenizer is None:
        raise ModelError(
            f"{base_name} has no tokenizer, so it reads no prompts; save one into the folder"
        )
    prompt_limit(trunk, config)
    trunk.model.requires_grad_(False).eval()
    base = BaseReference(base_name, fingerprint(trunk.model))
    work = out / "work"
    claim(work, RetrofitSettings(config, base, len(prompts)), resume)
    source = PromptSource(list(prompts), config.seed)
    rows = _sampled(trunk, tokenizer, source, config, work, progress)
    fitted_on, held_out = _divided(rows, config)
    ids_L = frequent_ids(fitted_on, config.draft_vocab) if config.draft_vocab else None
    fit = Fit(trunk, config, fitted_on, ids_L)
    dynamics = fitted(fit, held_out[:MEASURED_ROWS], out, progress)
    card = card_of(trunk, dynamics, config, base, fitted_on, held_out)
    _write(out, trunk, dynamics, config, base, card)
    return card


def _divided(
    rows: Sequence[SampledRow], config: RetrofitConfig
) -> tuple[list[SampledRow], list[SampledRow]]:
    """Return the rows to fit on and those held out.

    Raises:
        DataError: either side is empty, or no row to fit on is longer than the horizon.
    """
    fitted_on = [row for row in rows if not row.held_out(config.held_out)]
    held_out = [row for row in rows if row.held_out(config.held_out)]
    if not held_out or all(len(row.ids_T) <= config.horizon for row in fitted_on):
        raise DataError(
            f"{len(rows)} sampled rows leave {len(held_out)} to hold out and {len(fitted_on)} to "
            "fit on; give more tokens, or other prompts"
        )
    return fitted_on, held_out


def _sampled(
    trunk: Trunk,
    tokenizer: PreTrainedTokenizerBase,
    source: PromptSource,
    config: RetrofitConfig,
    work: Path,
    progress: Progress,
) -> list[SampledRow]:
    """Return all rows with latents: those on disk, then new ones until there are enough tokens."""
    ends = end_ids(trunk.model, tokenizer)
    rows: list[SampledRow] = []
    number = total = 0
    while total < config.tokens:
        if number < num_chunks(work):
            chunk = _loaded(trunk, work, number)
        else:
            chunk = sample_chunk(trunk, tokenizer, source, config, number, ends)
            save_chunk(work, number, chunk, trunk.vocab_size)
        rows += chunk
        total += sum(len(row.ids_T) for row in chunk)
        number += 1
        progress("tokens sampled", min(total, config.tokens), config.tokens)
    return rows


def _loaded(trunk: Trunk, work: Path, number: int) -> list[SampledRow]:
    """Return a chunk from disk, its latents computed again where their file was removed."""
    chunk = load_chunk(work, number)
    if any(len(row.h_TD) != len(row.ids_T) for row in chunk):
        chunk = [latents_of(trunk, row) for row in chunk]
        save_latents(work, number, chunk)
    return chunk


def _write(
    out: Path,
    trunk: Trunk,
    dynamics: LatentDynamics,
    config: RetrofitConfig,
    base: BaseReference,
    card: Card,
) -> None:
    """Write the head in bfloat16, and its card."""
    objective = _objective(trunk.width, dynamics, config)
    try:
        save_head(out, trunk.model, objective, base)
        write_json(out / "card.json", card.document())
    except OSError as error:
        raise DataError(
            f"{out}: the head cannot be written ({error}); free disk space and resume"
        ) from error


def _objective(width: int, dynamics: LatentDynamics, config: RetrofitConfig) -> NextLatent:
    """Return the objective that a saved head describes, with these dynamics in bfloat16."""
    objective_config = NextLatentConfig(
        config.horizon,
        config.latent_weight,
        config.kl_weight,
        dynamics.hidden_size,
        separate_norms=dynamics.separate_norms,
    )
    objective = NextLatent(width, objective_config)
    objective.dynamics = dynamics.to(torch.bfloat16)
    return objective
