"""A retrofit from beginning to end: sample, fit, measure, write the head; every part goes on where it was stopped.

DIR/nextlat/  DIR/card.json        the head, and what it was made of and measured at
DIR/metrics.jsonl                  losses and held-out acceptance of the fit DIR/work/
samples, latents, checkpoints, settings; may be removed once it is done
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from nextlat.dynamics import LatentDynamics
from nextlat.errors import DataError, ModelError, UsageError
from nextlat.model.storage import save_head, write_json
from nextlat.objectives.next_latent import NextLatent, NextLatentConfig
from nextlat.retrofit.assess import acceptance, baselines, latent_proposals, likeliest
from nextlat.retrofit.config import OF_THE_SAMPLES, RetrofitConfig
from nextlat.retrofit.fit import Fit, frequent_ids
from nextlat.retrofit.prompts import Prompt, PromptSource
from nextlat.retrofit.samples import SampledRow, load_chunk, num_chunks, save_chunk, save_latents
from nextlat.retrofit.sampling import latents_of, prompt_limit, sample_chunk
from nextlat.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    newest_checkpoint,
    random_state,
    save_checkpoint,
)
from nextlat.training.metrics import MetricsFile
from nextlat.training.provenance import provenance
from nextlat.trunk.base_model import BaseReference, fingerprint
from nextlat.trunk.pretrained import end_ids
from nextlat.trunk.trunk import Trunk

MEASURED_ROWS = 64
"""Rows of each side that are measured during the fit and at its end."""

Progress = Callable[[str, int, int], None]
"""(what is done, how much of it, of how much)."""


def retrofit(
    trunk: Trunk,
    tokenizer: Any,
    config: RetrofitConfig,
    out: Path,
    *,
    base_name: str,
    prompts: Sequence[Prompt] = (),
    resume: bool = False,
    progress: Progress = lambda what, done, total: None,
) -> dict[str, Any]:
    """Fit dynamics to a trunk, which stays as it is; return what `card.json` says.

    Args:
        trunk: the model, loaded in the dtype of `config`.
        tokenizer: its own.
        config: what to do.
        out: folder of the retrofit; becomes a head folder.
        base_name: how the head finds the model again: a folder, an id, or
            `nextlat.trunk.base_model.SHIPPED`.
        prompts: the user's own.
        resume: go on in a folder that holds a retrofit whose samples were drawn with the same
            settings. Where those of the fit are others, or more tokens are wanted, its samples are
            kept and the fit begins anew.
        progress: told how far it is.

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
    _take(
        work,
        {"config": asdict(config), "base": base.document(), "num_prompts": len(prompts)},
        resume,
    )
    source = PromptSource(list(prompts), config.seed)
    rows = _sampled(trunk, tokenizer, source, config, work, progress)
    fitted_on = [row for row in rows if not row.held_out(config.held_out)]
    held_out = [row for row in rows if row.held_out(config.held_out)]
    if not held_out or sum(len(row.ids_T) > config.horizon for row in fitted_on) == 0:
        raise DataError(
            f"{len(rows)} sampled rows leave {len(held_out)} to hold out and {len(fitted_on)} to fit on; "
            "give more tokens, or other prompts"
        )
    ids_L = frequent_ids(fitted_on, config.draft_vocab) if config.draft_vocab else None
    dynamics = _fitted(trunk, config, fitted_on, held_out, ids_L, out, progress)
    card = _card(trunk, dynamics, config, base, fitted_on, held_out)
    _write(out, trunk, dynamics, config, base, card)
    return card


def _take(work: Path, settings: dict[str, Any], resume: bool) -> None:
    """Claim the folder for these settings.

    Raises:
        UsageError: another retrofit has it, or there is nothing to resume.
    """
    file, settings = work / "settings.json", json.loads(json.dumps(settings))
    if not file.is_file():
        if resume:
            raise UsageError(
                f"{work.parent} holds no retrofit to resume; leave --resume out to begin one"
            )
        if work.parent.is_dir() and any(work.parent.iterdir()):
            raise UsageError(
                f"{work.parent} is not empty and holds no retrofit; name another folder"
            )
        try:
            work.mkdir(parents=True, exist_ok=True)
            write_json(file, settings)
        except OSError as error:
            raise UsageError(f"{work.parent} cannot be written: {error}") from error
        return
    if not resume:
        raise UsageError(
            f"{work.parent} holds a retrofit; give --resume to go on with it, or name another folder"
        )
    before = json.loads(file.read_text("utf-8"))
    was, now = _of_the_samples(before), _of_the_samples(settings)
    if was != now:
        other = ", ".join(sorted(key for key in now if was.get(key) != now[key]))
        raise UsageError(
            f"{work.parent} was sampled with other settings ({other}); give the same ones, or another folder"
        )
    write_json(file, settings)


def _of_the_samples(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings that decide what is sampled."""
    chosen = {name: settings["config"][name] for name in OF_THE_SAMPLES}
    return {**chosen, **settings["base"], "num_prompts": settings["num_prompts"]}


def _fit_folder(work: Path, config: RetrofitConfig) -> Path:
    """Return where the checkpoints of a fit lie; fits with other settings have other folders."""
    settings = json.dumps(asdict(config), sort_keys=True).encode()
    return work / f"fit-{hashlib.sha256(settings).hexdigest()[:12]}"


def _sampled(
    trunk: Trunk,
    tokenizer: Any,
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
            chunk = load_chunk(work, number)
            if any(len(row.h_TD) != len(row.ids_T) for row in chunk):  # the cache was removed
                chunk = [latents_of(trunk, row) for row in chunk]
                save_latents(work, number, chunk)
        else:
            chunk = sample_chunk(trunk, tokenizer, source, config, number, ends)
            save_chunk(work, number, chunk, trunk.vocab_size)
        rows += chunk
        total += sum(len(row.ids_T) for row in chunk)
        number += 1
        progress("tokens sampled", min(total, config.tokens), config.tokens)
    return rows


def _fitted(
    trunk: Trunk,
    config: RetrofitConfig,
    fitted_on: Sequence[SampledRow],
    held_out: Sequence[SampledRow],
    ids_L: Tensor | None,
    out: Path,
    progress: Progress,
) -> LatentDynamics:
    """Return the dynamics of the best held-out acceptance."""
    fit = Fit(trunk, config, fitted_on, ids_L)
    measured = list(held_out)[:MEASURED_ROWS]
    choices = likeliest(trunk, measured)
    folder, every = _fit_folder(out / "work", config), max(1, fit.num_steps // config.evaluations)
    best: dict[str, Any] = {"value": torch.tensor(-1.0), "state": fit.dynamics.state_dict()}
    newest = newest_checkpoint(folder)
    if newest is not None:
        found = load_checkpoint(newest)
        fit.dynamics.load_state_dict(found.model["dynamics"])
        fit.optimizer.load_state_dict(found.optimizer)
        fit.step, best = found.step, found.model["best"]
    metrics = MetricsFile(out, fit.step)
    began = time.perf_counter()
    while fit.step < fit.num_steps:
        figures: dict[str, Any] = fit.advance()
        if fit.step % every == 0 or fit.step == fit.num_steps:
            found_shares = acceptance(measured, choices, latent_proposals(trunk, fit.dynamics))[
                "all"
            ]["by_position"]
            value = found_shares[0] or 0.0
            figures |= {
                "held_out_acceptance": found_shares,
                "seconds": round(time.perf_counter() - began, 1),
            }
            if value > float(best["value"]):
                state = {name: tensor.clone() for name, tensor in fit.dynamics.state_dict().items()}
                best = {"value": torch.tensor(value), "state": state}
            metrics.write(fit.step, figures)
            state = {"dynamics": fit.dynamics.state_dict(), "best": best}
            save_checkpoint(
                folder, Checkpoint(fit.step, state, fit.optimizer.state_dict(), [random_state()])
            )
        progress("steps fitted", fit.step, fit.num_steps)
    metrics.close()
    fit.dynamics.load_state_dict(best["state"])
    return fit.dynamics.eval()


def _card(
    trunk: Trunk,
    dynamics: LatentDynamics,
    config: RetrofitConfig,
    base: BaseReference,
    fitted_on: Sequence[SampledRow],
    held_out: Sequence[SampledRow],
) -> dict[str, Any]:
    """Return what the head was made of and how often its drafts stand, beside the baselines on the same rows."""
    seen, unseen = list(fitted_on)[-MEASURED_ROWS:], list(held_out)
    choices = likeliest(trunk, unseen)
    ways = {"latent": latent_proposals(trunk, dynamics), **baselines(fitted_on)}
    answers = torch.cat([row.ids_T[row.prompt_length :] for row in unseen])
    covered = (
        None if dynamics.draft_ids is None else torch.isin(answers, dynamics.draft_ids.long().cpu())
    )
    return {
        "base": base.document(),
        "config": asdict(config),
        "data": {
            "rows": len(fitted_on),
            "held_out_rows": len(held_out),
            "tokens": sum(len(row.ids_T) for row in fitted_on),
            "held_out_tokens": sum(len(row.ids_T) for row in held_out),
            "answer_tokens": sum(len(row.ids_T) - row.prompt_length for row in fitted_on),
            "domains": sorted({row.domain for row in fitted_on}),
        },
        "dynamics_hidden_size": dynamics.hidden_size,
        "draft_vocab_size": None if dynamics.draft_ids is None else len(dynamics.draft_ids),
        "draft_vocab_coverage": None
        if covered is None
        else round(float(covered.double().mean()), 4),
        "held_out_acceptance": {
            name: acceptance(unseen, choices, way) for name, way in ways.items()
        },
        "training_acceptance": acceptance(seen, likeliest(trunk, seen), ways["latent"])["all"],
        **provenance(),
    }


def _write(
    out: Path,
    trunk: Trunk,
    dynamics: LatentDynamics,
    config: RetrofitConfig,
    base: BaseReference,
    card: dict[str, Any],
) -> None:
    """Write the head in bfloat16, and its card."""
    objective = NextLatent(
        trunk.width,
        NextLatentConfig(
            config.horizon,
            config.latent_weight,
            config.kl_weight,
            dynamics.hidden_size,
            separate_norms=dynamics.separate_norms,
        ),
    )
    objective.dynamics = dynamics.to(torch.bfloat16)
    try:
        save_head(out, trunk.model, objective, base)
        write_json(out / "card.json", card)
    except OSError as error:
        raise DataError(
            f"{out}: the head cannot be written ({error}); free disk space and resume"
        ) from error
