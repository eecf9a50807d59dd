"""Models on disk: an ordinary transformers folder, and `nextlat/` beside it with what the objective adds.

    config.json  model.safetensors  ...          the trunk, as transformers writes it, nothing of ours inside
    nextlat/config.json                          format version, objective and its configuration, draft-model keys
    nextlat/dynamics.safetensors                 tensors `dynamics.norm.weight`, `dynamics.layers.{0,1,2}.weight`

The draft-model keys follow the shape of speculators checkpoints, with a type of our own: stock vLLM loads the trunk,
and does not know this drafter.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, PreTrainedModel

import nextlat.recurrent  # noqa: F401  registers the GRU baseline with transformers
from nextlat.configuration import from_mapping
from nextlat.errors import CheckpointError, UsageError
from nextlat.objectives import OBJECTIVES
from nextlat.objectives.next_latent import NextLatent
from nextlat.objectives.protocol import Objective
from nextlat.trunk import Trunk

FORMAT_VERSION = 1
FOLDER = "nextlat"


def save(path: Path, model: PreTrainedModel, objective: Objective) -> None:
    """Write a model. Files of `nextlat/` are replaced whole, the configuration last."""
    path.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(path)
    folder = path / FOLDER
    folder.mkdir(exist_ok=True)
    if objective.file_name:
        tensors = {name: tensor.detach().contiguous().cpu() for name, tensor in objective.state_dict().items()}
        partial = folder / f"{objective.file_name}.partial"
        save_file(tensors, partial, metadata={"format": "pt"})
        partial.replace(folder / objective.file_name)
    write_json(folder / "config.json", _description(model, objective))


def write_json(path: Path, value: Any) -> None:
    """Write JSON so that a reader sees the old file or the new one, never a part."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", "utf-8")
    partial.replace(path)


def _description(model: PreTrainedModel, objective: Objective) -> dict[str, Any]:
    """Return what `nextlat/config.json` says."""
    from nextlat import __version__

    told: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "nextlat_version": __version__,
        "objective": objective.name,
        "objective_config": asdict(objective.config),
    }
    if isinstance(objective, NextLatent):
        told |= {
            "architectures": ["NextLatDraftModel"],
            "speculators_model_type": "nextlat",
            "hidden_size": objective.dynamics.width,
            "dynamics_hidden_size": objective.dynamics.hidden_size,
            "num_dynamics_layers": objective.dynamics.NUM_LAYERS,
            "speculators_config": {
                "algorithm": "nextlat",
                "default_proposal_method": "greedy",
                "proposal_methods": [
                    {"proposal_type": "greedy", "speculative_tokens": max(2, objective.config.horizon)}
                ],
                "verifier": {"name_or_path": None, "architectures": model.config.architectures},
            },
            "transformer_layer_config": {"model_type": model.config.model_type},
        }
    return told


def load(path: Path) -> tuple[PreTrainedModel, Objective]:
    """Read a model that `save` wrote.

    Raises:
        CheckpointError: a file is absent, damaged, of another format version or another trunk.
    """
    told = read_description(path)
    name = told.get("objective")
    if name not in OBJECTIVES:
        raise CheckpointError(f"{path}: objective {name!r} is not one of {', '.join(OBJECTIVES)}")
    try:
        model = cast(PreTrainedModel, AutoModelForCausalLM.from_pretrained(path, dtype="auto", local_files_only=True))
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{path}: the trunk cannot be loaded: {error}") from error
    kind = OBJECTIVES[name]
    try:
        config: Any = from_mapping(kind.Config, told["objective_config"], f"{path}/{FOLDER}/config.json")
    except (UsageError, KeyError) as error:
        raise CheckpointError(f"{path}: the objective's configuration does not fit: {error}") from error
    objective = kind.build(Trunk(model), config)
    if kind.file_name:
        _load_tensors(objective, path / FOLDER / kind.file_name)
    return model, objective


def read_description(path: Path) -> dict[str, Any]:
    """Return what `nextlat/config.json` says.

    Raises:
        CheckpointError: it is absent, not JSON, or of another format version.
    """
    file = path / FOLDER / "config.json"
    try:
        told = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{path} has no {FOLDER}/config.json, so it is no NextLat model; wrap a plain model with NextLat(trunk), "
            "or name a folder that save_pretrained wrote"
        ) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}; save the model again") from error
    version = told.get("format_version") if isinstance(told, dict) else None
    if version != FORMAT_VERSION:
        raise CheckpointError(
            f"{file} is of format version {version!r}, this library reads {FORMAT_VERSION}; "
            "load it with the library version it names and save it again"
        )
    return cast(dict[str, Any], told)


def _load_tensors(objective: Objective, file: Path) -> None:
    """Load the objective's tensors, strictly."""
    try:
        tensors = load_file(file)
        if "dynamics.norm.weight" in tensors:
            objective.to(dtype=tensors["dynamics.norm.weight"].dtype)
        objective.load_state_dict(tensors, strict=True)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}; copy the folder again") from error
    except RuntimeError as error:
        raise CheckpointError(f"{file} does not fit the trunk: {error}") from error
