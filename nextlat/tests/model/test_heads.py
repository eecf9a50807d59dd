"""Heads of the package are matched to a model by its weights; folders are loaded as what they
are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from tiny_trunks import tiny_trunk
from transformers import PreTrainedModel

from nextlat.errors import CheckpointError, ModelError
from nextlat.model import heads, storage
from nextlat.model.heads import load_model, shipped_dynamics
from nextlat.model.learner import Learner
from nextlat.model.nextlat import NextLat
from nextlat.objectives.next_latent import NextLatent, NextLatentConfig
from nextlat.objectives.next_token import NextToken, NextTokenConfig
from nextlat.trunk.base_model import BaseReference, fingerprint


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder of shipped heads."""
    folder = tmp_path / "shipped_heads"
    folder.mkdir()
    monkeypatch.setattr(heads, "HEADS", folder)
    return folder


def model(seed: int = 0, width: int = 16) -> PreTrainedModel:
    return tiny_trunk(dtype=torch.float32, seed=seed, width=width)


def write_head(folder: Path, base: PreTrainedModel, base_name: str = "x") -> NextLatent:
    torch.manual_seed(5)
    objective = NextLatent(base.config.hidden_size, NextLatentConfig())
    reference = BaseReference(base_name, fingerprint(base))
    storage.save_head(folder, base, objective, reference)
    return objective


def test_the_head_of_these_weights_is_found_among_others(shelf: Path) -> None:
    write_head(shelf / "a-other-weights", model(seed=1))
    write_head(shelf / "b-other-width", model(width=32))
    expected = write_head(shelf / "c-this", model())
    dynamics = shipped_dynamics(model())
    assert dynamics is not None
    assert not dynamics.training
    for name, tensor in expected.dynamics.state_dict().items():
        assert torch.equal(dynamics.state_dict()[name], tensor), name
    assert shipped_dynamics(model(seed=2)) is None


def test_models_of_another_width_are_not_hashed(
    shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_head(shelf / "wide", model(width=32))

    def refuse(model: PreTrainedModel) -> str:
        raise AssertionError("hashed")

    monkeypatch.setattr(heads, "fingerprint", refuse)
    assert shipped_dynamics(model()) is None


def test_without_the_folder_there_are_no_heads(shelf: Path) -> None:
    shelf.rmdir()
    assert shipped_dynamics(model()) is None


def test_a_damaged_shipped_head_is_named(shelf: Path) -> None:
    write_head(shelf / "broken", model())
    (shelf / "broken" / "nextlat" / "config.json").write_text("{", "utf-8")
    with pytest.raises(CheckpointError, match=r"broken.*cannot be read"):
        shipped_dynamics(model())


def test_each_kind_of_folder_brings_the_dynamics_it_has(shelf: Path, tmp_path: Path) -> None:
    model().save_pretrained(tmp_path / "plain")
    assert load_model(str(tmp_path / "plain")).dynamics is None
    expected = write_head(shelf / "fits", model())
    shipped = load_model(str(tmp_path / "plain")).dynamics
    head = tmp_path / "head"
    write_head(head, model(), str(tmp_path / "plain"))
    own = NextLat(model())
    own.save_pretrained(tmp_path / "own")
    for dynamics, objective in (
        (shipped, expected),
        (load_model(str(head)).dynamics, expected),
        (load_model(str(tmp_path / "own")).dynamics, own.objective),
    ):
        assert dynamics is not None
        state = objective.dynamics.state_dict()
        assert all(torch.equal(state[name], t) for name, t in dynamics.state_dict().items())


def test_a_model_of_another_objective_is_refused_with_its_name(tmp_path: Path) -> None:
    Learner(model(), NextToken(NextTokenConfig())).save_pretrained(tmp_path)
    with pytest.raises(ModelError, match=r"the objective 'next_token' and has no dynamics"):
        load_model(str(tmp_path))


def test_a_head_without_its_base_is_no_head(tmp_path: Path) -> None:
    write_head(tmp_path, model())
    file = tmp_path / "nextlat" / "config.json"
    description = json.loads(file.read_text("utf-8"))
    del description["base"]
    file.write_text(json.dumps(description), "utf-8")
    with pytest.raises(CheckpointError, match="its weights differ"):
        storage.load_head(tmp_path, model(), NextLatent)
