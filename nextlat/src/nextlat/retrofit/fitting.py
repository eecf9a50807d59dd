"""Running a fit to its end: measured on held-out rows, resumable; the best state is returned."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from nextlat.configuration import Json
from nextlat.dynamics import LatentDynamics
from nextlat.retrofit.assess import accepted_shares, latent_proposals, likeliest
from nextlat.retrofit.fit import Fit
from nextlat.retrofit.folder import fit_folder
from nextlat.retrofit.samples import SampledRow
from nextlat.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    newest_checkpoint,
    random_state,
    save_checkpoint,
)
from nextlat.training.metrics import MetricsFile

Progress = Callable[[str, int, int], None]
"""(what is counted, how many are done, of how many)."""


@dataclass
class _BestState:
    """The dynamics of the best held-out acceptance so far; the initial ones count as -1."""

    share: float
    state: dict[str, Tensor]


def fitted(
    fit: Fit, measured: Sequence[SampledRow], out: Path, progress: Progress
) -> LatentDynamics:
    """Run a fit to its end; return the dynamics of the best held-out acceptance.

    Args:
        fit: at its beginning.
        measured: held-out rows.
        out: folder of the retrofit.
        progress: called after each step.
    """
    folder = fit_folder(out / "work", fit.config)
    newest = newest_checkpoint(folder)
    best = _BestState(-1.0, fit.dynamics.state_dict()) if newest is None else _restored(fit, newest)
    choices = likeliest(fit.trunk, measured)
    every = max(1, fit.num_steps // fit.config.evaluations)
    metrics = MetricsFile(out, fit.step)
    start = time.perf_counter()
    while fit.step < fit.num_steps:
        figures: dict[str, Json] = {**fit.advance()}
        if fit.step % every == 0 or fit.step == fit.num_steps:
            shares = _held_out_shares(fit, measured, choices)
            figures["held_out_acceptance"] = [*shares]
            figures["seconds"] = round(time.perf_counter() - start, 1)
            best = _better(best, fit, shares[0] or 0.0)
            metrics.write(fit.step, figures)
            save_checkpoint(folder, _checkpoint(fit, best))
        progress("steps fitted", fit.step, fit.num_steps)
    metrics.close()
    fit.dynamics.load_state_dict(best.state)
    return fit.dynamics.eval()


def _held_out_shares(
    fit: Fit, measured: Sequence[SampledRow], choices: Sequence[Tensor]
) -> list[float | None]:
    """Return the accepted share at each draft position, over all domains."""
    proposals = latent_proposals(fit.trunk, fit.dynamics)
    return accepted_shares(measured, choices, proposals)["all"].by_position


def _better(best: _BestState, fit: Fit, share: float) -> _BestState:
    """Return the best state after a measurement; the earlier one where the shares are equal."""
    if share <= best.share:
        return best
    # Cloned: the optimiser changes the parameters in place.
    state = {name: tensor.clone() for name, tensor in fit.dynamics.state_dict().items()}
    return _BestState(share, state)


def _checkpoint(fit: Fit, best: _BestState) -> Checkpoint:
    """Return the state of a fit, from which `_restored` continues bit for bit."""
    state = {
        "dynamics": fit.dynamics.state_dict(),
        "best": {"value": torch.tensor(best.share, dtype=torch.float64), "state": best.state},
    }
    return Checkpoint(fit.step, state, fit.optimizer.state_dict(), [random_state()])


def _restored(fit: Fit, file: Path) -> _BestState:
    """Set a fit to a checkpoint; return the best state up to there."""
    checkpoint = load_checkpoint(file)
    fit.dynamics.load_state_dict(checkpoint.model["dynamics"])
    fit.optimizer.load_state_dict(checkpoint.optimizer)
    fit.step = checkpoint.step
    best = checkpoint.model["best"]
    return _BestState(float(best["value"]), best["state"])
