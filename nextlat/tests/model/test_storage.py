"""A saved model is an ordinary transformers folder with the same logits, and comes back with its
dynamics."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_trunks import FAMILIES, tiny_trunk
from transformers import AutoModelForCausalLM

from nextlat.errors import CheckpointError, ModelError
from nextlat.model.learner import Learner
from nextlat.model.nextlat import NextLat
from nextlat.objectives.multi_token import MultiToken, MultiTokenConfig
from nextlat.objectives.next_latent import NextLatentConfig
from nextlat.objectives.next_token import NextToken, NextTokenConfig
from nextlat.trunk.trunk import Trunk

IDS = torch.randint(23, (2, 8), generator=torch.Generator().manual_seed(4))


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("tied", [False, True])
def test_plain_transformers_loads_it_with_the_same_logits(
    family: str, tied: bool, tmp_path: Path
) -> None:
    nl = NextLat(tiny_trunk(family, tied=tied, dtype=torch.float32), horizon=3, kl_weight=0.5)
    nl.save_pretrained(tmp_path)
    plain = AutoModelForCausalLM.from_pretrained(tmp_path, local_files_only=True).eval()
    assert torch.equal(plain(IDS).logits, nl.trunk(IDS).logits)
    again = NextLat.from_pretrained(tmp_path).eval()
    assert again.objective.config == nl.objective.config
    for name, value in nl.eval()(IDS).named().items():
        assert torch.equal(value, getattr(again(IDS), name)), name


def test_the_files_are_those_the_format_names(tmp_path: Path) -> None:
    NextLat(
        tiny_trunk(dtype=torch.float32), config=NextLatentConfig(dynamics_hidden_size=24)
    ).save_pretrained(tmp_path)
    told = json.loads((tmp_path / "nextlat" / "config.json").read_text())
    assert (told["format_version"], told["hidden_size"], told["dynamics_hidden_size"]) == (
        1,
        16,
        24,
    )
    assert (told["num_dynamics_layers"], told["speculators_model_type"]) == (3, "nextlat")
    tensors = load_file(tmp_path / "nextlat" / "dynamics.safetensors")
    assert {name: tuple(tensor.shape) for name, tensor in tensors.items()} == {
        "dynamics.norm.weight": (32,),
        "dynamics.layers.0.weight": (24, 32),
        "dynamics.layers.1.weight": (24, 24),
        "dynamics.layers.2.weight": (16, 24),
    }
    assert sorted(path.name for path in (tmp_path / "nextlat").iterdir()) == [
        "config.json",
        "dynamics.safetensors",
    ]


def test_every_objective_comes_back(tmp_path: Path) -> None:
    trunk = tiny_trunk(dtype=torch.float32)
    objectives = [
        NextToken(NextTokenConfig()),
        MultiToken.build(Trunk(trunk), MultiTokenConfig(horizon=2)),
    ]
    for objective in objectives:
        learner = Learner(trunk, objective).eval()
        learner.save_pretrained(tmp_path / objective.name)
        again = Learner.from_pretrained(tmp_path / objective.name).eval()
        assert torch.equal(again(IDS).total, learner(IDS).total)
        with pytest.raises(ModelError, match="has no dynamics"):
            NextLat.from_pretrained(tmp_path / objective.name)


def test_lower_precision_dynamics_keep_their_type(tmp_path: Path) -> None:
    nl = NextLat(tiny_trunk(dtype=torch.float32))
    nl.dynamics.to(torch.bfloat16)
    nl.save_pretrained(tmp_path)
    assert NextLat.from_pretrained(tmp_path).dynamics.dtype == torch.bfloat16


def test_damage_is_named(tmp_path: Path) -> None:
    NextLat(tiny_trunk(dtype=torch.float32)).save_pretrained(tmp_path)
    config, tensors = (
        tmp_path / "nextlat" / "config.json",
        tmp_path / "nextlat" / "dynamics.safetensors",
    )
    good_config, good_tensors = config.read_text(), load_file(tensors)

    def damaged(match: str) -> None:
        with pytest.raises(CheckpointError, match=match):
            NextLat.from_pretrained(tmp_path)

    save_file({**good_tensors, "dynamics.norm.weight": torch.ones(30)}, tensors)
    damaged("does not fit the trunk")
    save_file({"dynamics.norm.weight": torch.ones(32)}, tensors)
    damaged("does not fit the trunk")
    tensors.write_bytes(b"not safetensors")
    damaged("cannot be read")
    config.write_text(good_config.replace('"format_version": 1', '"format_version": 99'))
    damaged("format version 99, this library reads 1")
    config.write_text(good_config.replace('"horizon"', '"horizont"'))
    damaged("unknown key 'horizont'; did you mean 'horizon'")
    config.write_text("{")
    damaged("cannot be read")
    config.unlink()
    damaged("is no NextLat model")


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"objective": "telepathy"}, "objective 'telepathy' is not one of next_token, next_latent"),
        ({"objective": None}, "objective None is not one of"),
        ({"objective_config": None}, "objective_config is None, it must be a mapping"),
    ],
)
def test_an_objective_that_is_not_known_is_named(
    change: dict[str, object], match: str, tmp_path: Path
) -> None:
    NextLat(tiny_trunk(dtype=torch.float32)).save_pretrained(tmp_path)
    config = tmp_path / "nextlat" / "config.json"
    config.write_text(json.dumps({**json.loads(config.read_text("utf-8")), **change}), "utf-8")
    with pytest.raises(CheckpointError, match=match):
        Learner.from_pretrained(tmp_path)


def test_the_draft_model_is_described_as_speculators_checkpoints_are(tmp_path: Path) -> None:
    nl = NextLat(tiny_trunk(dtype=torch.float32), horizon=5)
    nl.dynamics.limit_drafts(torch.arange(7))
    nl.save_pretrained(tmp_path)
    description = json.loads((tmp_path / "nextlat" / "config.json").read_text("utf-8"))
    assert description["architectures"] == ["NextLatDraftModel"]
    assert description["draft_vocab_size"] == 7
    assert description["transformer_layer_config"] == {"model_type": "llama"}
    speculators = description["speculators_config"]
    assert speculators["proposal_methods"] == [{"proposal_type": "greedy", "speculative_tokens": 5}]
    assert speculators["verifier"] == {"name_or_path": None, "architectures": ["LlamaForCausalLM"]}
    assert torch.equal(
        NextLat.from_pretrained(tmp_path).dynamics.draft_ids, torch.arange(7, dtype=torch.int32)
    )
