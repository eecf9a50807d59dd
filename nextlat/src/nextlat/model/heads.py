"""Models as the commands load them: with their own dynamics, or with a head of this package that fits them.

Heads lie in `shipped_heads/`, a folder each with `nextlat/` and `card.json`; one is found by its base's fingerprint.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from nextlat.dynamics import LatentDynamics
from nextlat.model import storage
from nextlat.model.nextlat import NextLat
from nextlat.trunk.base_model import fingerprint, load_base
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
    """Load what a command names: a NextLat folder, a head folder, any model; the shipped one where None.

    Args:
        name: what is named.
        device: where trunk and dynamics are put.

    Raises:
        ModelError, CheckpointError: it cannot be loaded.
    """
    if name is None or not (Path(name) / storage.FOLDER).is_dir():
        model, tokenizer = load_pretrained(name or default_model())
        trunk = _placed(model, device)
        return LoadedModel(trunk, shipped_dynamics(model), tokenizer)
    base = storage.read_description(Path(name)).get("base")
    if base is not None:
        model, tokenizer = load_base(base, name)
        trunk = _placed(model, device)
        return LoadedModel(trunk, storage.load_head(Path(name), model).dynamics.eval(), tokenizer)
    nl = NextLat.from_pretrained(name).eval().to(device)
    return LoadedModel(nl.view, nl.dynamics, load_tokenizer(name))


def _placed(model: PreTrainedModel, device: torch.device | str) -> Trunk:
    """Return a model on its device, in evaluation mode; dynamics loaded for it then follow it there."""
    return Trunk(on_device(model, device).eval())


def shipped_dynamics(model: PreTrainedModel) -> LatentDynamics | None:
    """Return the dynamics of the head in this package that was fitted to a model; None where there is none."""
    width, wanted = Trunk(model).width, ""
    for file in sorted(HEADS.glob(f"*/{storage.FOLDER}/config.json")):
        told = json.loads(file.read_text("utf-8"))
        if told.get("hidden_size") != width:  # weights are hashed only where they may be the ones
            continue
        wanted = wanted or fingerprint(model)
        if told.get("base", {}).get("fingerprint") == wanted:
            return storage.load_head(file.parent.parent, model).dynamics.eval()
    return None
