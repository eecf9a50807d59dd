"""Checkpoints: model, optimiser, step and random state in one file, written whole or not at all.

checkpoints/step-00001000.pt        the newest is resumed; older ones are then removed
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch
from torch import Tensor

from nextlat.errors import CheckpointError

FORMAT_VERSION = 1
KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """The state of a run after `step` optimiser steps.

    Attributes:
        step: steps done; data are a function of the step, so it is the data state too.
        model: state of trunk and objective; a retrofit holds several states by name.
        optimizer: state of AdamW.
        random: random state of each process: torch, and CUDA where there is one.
    """

    step: int
    model: dict[str, Any]
    optimizer: dict[str, object]
    random: list[dict[str, Tensor]]


def random_state() -> dict[str, Tensor]:
    """Return this process's random state."""
    state = {"torch": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def restore_random_state(state: dict[str, Tensor]) -> None:
    """Set this process's random state."""
    torch.set_rng_state(state["torch"].cpu())
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"].cpu())


def save_checkpoint(folder: Path, checkpoint: Checkpoint) -> Path:
    """Write a checkpoint whole or not at all; then drop all but the newest two."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"step-{checkpoint.step:08d}.pt"
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        torch.save({"format_version": FORMAT_VERSION, **vars(checkpoint)}, file)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
    for old in _files(folder)[:-KEPT]:
        old.unlink()
    return path


def newest_checkpoint(folder: Path) -> Path | None:
    """Return the newest complete checkpoint, if any."""
    files = _files(folder)
    return files[-1] if files else None


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("step-*.pt"))


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        CheckpointError: it is damaged or of another format version.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, UnpicklingError, ValueError) as error:
        raise CheckpointError(
            f"{path} cannot be read: {error}; remove it to resume from the one before"
        ) from error
    version = saved.pop("format_version", None) if isinstance(saved, dict) else None
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"{path} is of format version {version!r}, this library reads {FORMAT_VERSION}; "
            "finish the run with the version that began it, or start it in a new folder"
        )
    return Checkpoint(**saved)
