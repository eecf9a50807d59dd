"""Models on disk: an ordinary transformers folder, and `nextlat/` beside it with what the objective adds.

    config.json  model.safetensors  ...          the trunk, as transformers writes it, nothing of ours inside
    nextlat/config.json                          format version, objective and its configuration, draft-model keys
    nextlat/dynamics.safetensors                 tensors `dynamics.norm.weight`, `dynamics.layers.{0,1,2}.weight`

A head folder has `nextlat/` alone: its configuration names the trunk under `base`, which is loaded from where it is.

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

import nextlat.trunk.gru  # noqa: F401  registers the GRU baseline with transformers
from nextlat.configuration import from_mapping
from nextlat.errors import CheckpointError, UsageError
from nextlat.objectives import OBJECTIVES
from nextlat.objectives.next_latent import NextLatent
from nextlat.objectives.protocol import Objective, loss_dtype
from nextlat.trunk.base_model import check_base, load_base
from nextlat.trunk.trunk import Trunk

FORMAT_VERSION = 1
FOLDER = "nextlat"


def save(path: Path, model: PreTrainedModel, objective: Objective) -> None:
    """Write a model. Files of `nextlat/` are replaced whole, the configuration last."""
    path.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(path)
    _write(path, objective, _description(model, objective))


def save_head(
    path: Path, model: PreTrainedModel, objective: NextLatent, base: dict[str, Any]
) -> None:
    """Write a head folder: the objective without its trunk.

    Args:
        path: the folder.
        model: the trunk.
        objective: with the dynamics; they are saved in the dtype they have.
        base: `name` and `fingerprint` of the trunk, see base.py.
    """
    told = _description(model, objective)
    told["base"] = base
    told["speculators_config"]["verifier"]["name_or_path"] = base["name"]
    _write(path, objective, told)


def _write(path: Path, objective: Objective, told: dict[str, Any]) -> None:
    """Write `nextlat/`."""
    folder = path / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    if objective.file_name:
        tensors = {
            name: tensor.detach().contiguous().cpu()
            for name, tensor in objective.state_dict().items()
        }
        partial = folder / f"{objective.file_name}.partial"
        save_file(tensors, partial, metadata={"format": "pt"})
        partial.replace(folder / objective.file_name)
    write_json(folder / "config.json", told)


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
                    {
                        "proposal_type": "greedy",
                        "speculative_tokens": max(2, objective.config.horizon),
                    }
                ],
                "verifier": {"name_or_path": None, "architectures": model.config.architectures},
            },
            "transformer_layer_config": {"model_type": model.config.model_type},
        }
        if objective.dynamics.draft_ids is not None:
            told["draft_vocab_size"] = len(objective.dynamics.draft_ids)
    return told


def load(path: Path, base: str | None = None) -> tuple[PreTrainedModel, Objective]:
    """Read a model that `save` or `save_head` wrote.

    Args:
        path: the folder.
        base: loads this trunk in place of the one a head folder names.

    Raises:
        CheckpointError: a file is absent, damaged, of another format version or another trunk.
    """
    told = read_description(path)
    if "base" in told:
        model, _ = load_base(told["base"], str(path), base)
        return model, load_head(path, model)
    try:
        model = cast(
            PreTrainedModel,
            AutoModelForCausalLM.from_pretrained(path, dtype="auto", local_files_only=True),
        )
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{path}: the trunk cannot be loaded: {error}") from error
    return model, _objective(path, told, model)


def load_head(path: Path, model: PreTrainedModel) -> NextLatent:
    """Read the objective of a head folder for a trunk that is loaded, in its dtype or float32 if that is lower.

    Raises:
        CheckpointError: a file is absent or damaged, or the trunk is another one.
    """
    told = read_description(path)
    check_base(model, told.get("base", {}), str(path))
    objective = _objective(path, told, model)
    if not isinstance(objective, NextLatent):
        raise CheckpointError(
            f"{path}: a head holds dynamics, this one the objective {objective.name!r}"
        )
    return objective.to(dtype=loss_dtype(Trunk(model)))


def _objective(path: Path, told: dict[str, Any], model: PreTrainedModel) -> Objective:
    """Return the objective a folder describes, with its tensors."""
    name = told.get("objective")
    if name not in OBJECTIVES:
        raise CheckpointError(f"{path}: objective {name!r} is not one of {', '.join(OBJECTIVES)}")
    kind = OBJECTIVES[name]
    try:
        config: Any = from_mapping(
            kind.Config, told["objective_config"], f"{path}/{FOLDER}/config.json"
        )
    except (UsageError, KeyError) as error:
        raise CheckpointError(
            f"{path}: the objective's configuration does not fit: {error}"
        ) from error
    objective = kind.build(Trunk(model), config)
    if kind.file_name:
        _load_tensors(objective, path / FOLDER / kind.file_name)
    return objective


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
        if isinstance(objective, NextLatent) and "dynamics.draft_ids" in tensors:
            objective.dynamics.limit_drafts(tensors["dynamics.draft_ids"])
        objective.load_state_dict(tensors, strict=True)
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}; copy the folder again") from error
    except RuntimeError as error:
        raise CheckpointError(f"{file} does not fit the trunk: {error}") from error
