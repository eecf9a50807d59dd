"""Models as the commands load them: with their own dynamics, or with a head that fits them.

Heads lie in `shipped_heads/`, a folder each with `nextlat/` and `card.json`; a head is matched to a
model by its base's fingerprint.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from nextlat.dynamics import LatentDynamics
from nextlat.model import storage
from nextlat.model.nextlat import NextLat
from nextlat.objectives.next_latent import NextLatent
from nextlat.trunk.base_model import BaseReference, fingerprint, load_base
from nextlat.trunk.pretrained import default_model, load_pretrained, load_tokenizer, on_device
from nextlat.trunk.trunk import Trunk

HEADS = Path(__file__).parents[1] / "shipped_heads"
"""Heads that this package carries; the folder may be absent."""


@dataclass(frozen=True)
class LoadedModel:
    """A model ready to decode.

    Attributes:
        trunk: in evaluation mode.
        dynamics: its own or a shipped head's; None where there are none.
        tokenizer: None where there is none.
    """

    trunk: Trunk
    dynamics: LatentDynamics | None
    tokenizer: PreTrainedTokenizerBase | None


def load_model(name: str | None, device: torch.device | str = "cpu") -> LoadedModel:
    """Load what a command names: a NextLat folder, a head folder or any causal language model.

    Args:
        name: what is named; the shipped model where None.
        device: where trunk and dynamics are put.

    Raises:
        ModelError, CheckpointError: it cannot be loaded.
    """
    if name is None or not (Path(name) / storage.FOLDER).is_dir():
        model, tokenizer = load_pretrained(name or default_model())
        trunk = _trunk_on(model, device)
        return LoadedModel(trunk, shipped_dynamics(model), tokenizer)
    description = storage.read_description(Path(name))
    if "base" in description:
        model, tokenizer = load_base(BaseReference.parse(description["base"]), name)
        trunk = _trunk_on(model, device)
        return LoadedModel(trunk, _head_dynamics(Path(name), model), tokenizer)
    nl = NextLat.from_pretrained(name).eval().to(device)
    return LoadedModel(nl.view, nl.dynamics, load_tokenizer(name))


def _trunk_on(model: PreTrainedModel, device: torch.device | str) -> Trunk:
    """Return a model on its device, in evaluation mode; dynamics loaded for it later follow it."""
    return Trunk(on_device(model, device).eval())


def _head_dynamics(folder: Path, model: PreTrainedModel) -> LatentDynamics:
    return storage.load_head(folder, model, NextLatent).dynamics.eval()


def shipped_dynamics(model: PreTrainedModel) -> LatentDynamics | None:
    """Return the dynamics of the head in this package that was fitted to a model, if there is one.

    Raises:
        CheckpointError: a head of this package is damaged.
    """
    width, model_fingerprint = Trunk(model).width, ""
    for file in sorted(HEADS.glob(f"*/{storage.FOLDER}/config.json")):
        folder = file.parent.parent
        description = storage.read_description(folder)
        if description.get("hidden_size") != width:
            continue  # the weights are hashed only where they may be those of the head's base
        model_fingerprint = model_fingerprint or fingerprint(model)
        if BaseReference.parse(description.get("base")).fingerprint == model_fingerprint:
            return _head_dynamics(folder, model)
    return None
