"""Models on disk: an ordinary transformers folder, and `nextlat/` with what the objective adds.

    config.json  model.safetensors  ...   the trunk, as transformers writes it, nothing of ours
    inside nextlat/config.json                   format version, objective, its configuration, draft
    model nextlat/dynamics.safetensors          tensors `dynamics.norm.weight`,
                                          `dynamics.layers.{0,1,2}.weight`

A head folder has `nextlat/` alone: its configuration names the trunk under `base`, which is loaded
from where it is.

The draft-model keys follow the shape of speculators checkpoints, with a type of our own: stock vLLM
loads the trunk, and does not know this drafter. Which keys and tensors there are is the objective's
matter; this module knows no objective by name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TypeVar

from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, PreTrainedModel

import nextlat.trunk.gru  # noqa: F401  registers the GRU baseline with transformers
from nextlat.configuration import Json, from_mapping
from nextlat.errors import CheckpointError, UsageError
from nextlat.objectives import OBJECTIVES, AnyObjective
from nextlat.objectives.protocol import loss_dtype
from nextlat.trunk.base_model import BaseReference, check_base, load_base
from nextlat.trunk.trunk import Trunk

FORMAT_VERSION = 1
FOLDER = "nextlat"

Description = dict[str, Json]
"""The content of `nextlat/config.json`."""

ObjectiveT = TypeVar("ObjectiveT", bound=AnyObjective)


def save(path: Path, model: PreTrainedModel, objective: AnyObjective) -> None:
    """Write a model. Files of `nextlat/` are replaced whole, the configuration last."""
    path.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(path)
    _write(path, objective, _description(model, objective, verifier=None))


def save_head(
    path: Path, model: PreTrainedModel, objective: AnyObjective, base: BaseReference
) -> None:
    """Write a head folder: the objective without its trunk.

    Args:
        path: the folder.
        model: the trunk.
        objective: its tensors are saved in the dtype they have.
        base: names the trunk.
    """
    description = _description(model, objective, verifier=base.name)
    description["base"] = base.document()
    _write(path, objective, description)


def _write(path: Path, objective: AnyObjective, description: Description) -> None:
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
    write_json(folder / "config.json", description)


def write_json(path: Path, document: object) -> None:
    """Write JSON so that a reader sees the old file or the new one, never a part."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", "utf-8")
    partial.replace(path)


def _description(
    model: PreTrainedModel, objective: AnyObjective, verifier: str | None
) -> Description:
    """Return the content of `nextlat/config.json`, but for the `base` of a head folder."""
    from nextlat import __version__

    return {
        "format_version": FORMAT_VERSION,
        "nextlat_version": __version__,
        "objective": objective.name,
        "objective_config": objective.config_mapping(),
        **objective.draft_description(Trunk(model), verifier),
    }


def load(path: Path, base: str | None = None) -> tuple[PreTrainedModel, AnyObjective]:
    """Read a model that `save` or `save_head` wrote.

    Args:
        path: the folder.
        base: loads this trunk in place of the one a head folder names.

    Raises:
        CheckpointError: a file is absent, damaged, of another format version or another trunk.
    """
    description = read_description(path)
    if "base" in description:
        model, _ = load_base(BaseReference.parse(description["base"]), str(path), base)
        return model, _load_head(path, model)
    try:
        model = AutoModelForCausalLM.from_pretrained(path, dtype="auto", local_files_only=True)
    except (OSError, ValueError, SafetensorError) as error:
        raise CheckpointError(f"{path}: the trunk cannot be loaded: {error}") from error
    return model, _objective(path, description, model)


def load_head(path: Path, model: PreTrainedModel, kind: type[ObjectiveT]) -> ObjectiveT:
    """Read the objective of a head folder for a trunk that is loaded.

    Its parameters get the trunk's dtype, or float32 if that is lower.

    Args:
        path: the folder.
        model: the trunk.
        kind: the objective that is expected.

    Raises:
        CheckpointError: a file is absent or damaged, the trunk is another one, or the objective is.
    """
    objective = _load_head(path, model)
    if not isinstance(objective, kind):
        raise CheckpointError(
            f"{path}: a head trained with {kind.name!r} is needed, this one is of the objective "
            f"{objective.name!r}"
        )
    return objective


def _load_head(path: Path, model: PreTrainedModel) -> AnyObjective:
    """Read the objective of a head folder, of whatever kind; see `load_head`."""
    description = read_description(path)
    check_base(model, BaseReference.parse(description.get("base")), str(path))
    return _objective(path, description, model).to(dtype=loss_dtype(Trunk(model)))


def _objective(path: Path, description: Description, model: PreTrainedModel) -> AnyObjective:
    """Return the objective a folder describes, with its tensors."""
    name = description.get("objective")
    if not isinstance(name, str) or name not in OBJECTIVES:
        raise CheckpointError(f"{path}: objective {name!r} is not one of {', '.join(OBJECTIVES)}")
    kind, file = OBJECTIVES[name], f"{path}/{FOLDER}/config.json"
    settings = description.get("objective_config")
    if not isinstance(settings, dict):
        raise CheckpointError(f"{file}: objective_config is {settings!r}, it must be a mapping")
    try:
        config = from_mapping(kind.Config, settings, file)
    except UsageError as error:
        raise CheckpointError(
            f"{path}: the objective's configuration does not fit: {error}"
        ) from error
    objective = kind.build(Trunk(model), config)
    if kind.file_name:
        _load_tensors(objective, path / FOLDER / kind.file_name)
    return objective


def _parsed(file: Path, path: Path) -> Json:
    """Return what a model folder's `nextlat/config.json` holds, not checked."""
    try:
        content: Json = json.loads(file.read_text("utf-8"))
    except FileNotFoundError as error:
        raise CheckpointError(
            f"{path} has no {FOLDER}/config.json, so it is no NextLat model; wrap a plain model "
            "with NextLat(trunk), or name a folder that save_pretrained wrote"
        ) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}; save the model again") from error
    return content


def read_description(path: Path) -> Description:
    """Return the content of `nextlat/config.json`.

    Raises:
        CheckpointError: it is absent, not JSON, or of another format version.
    """
    file = path / FOLDER / "config.json"
    description = _parsed(file, path)
    version = description.get("format_version") if isinstance(description, dict) else None
    if not isinstance(description, dict) or version != FORMAT_VERSION:
        raise CheckpointError(
            f"{file} is of format version {version!r}, this library reads {FORMAT_VERSION}; "
            "load it with the library version it names and save it again"
        )
    return description


def _load_tensors(objective: AnyObjective, file: Path) -> None:
    """Load the objective's tensors, strictly."""
    try:
        objective.load_tensors(load_file(file))
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{file} cannot be read: {error}; copy the folder again") from error
    except RuntimeError as error:
        raise CheckpointError(f"{file} does not fit the trunk: {error}") from error
