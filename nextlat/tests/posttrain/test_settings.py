"""Settings carry TRL's names and defaults; the paper's recipe accounts for every value."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch

from nextlat.errors import UsageError
from nextlat.posttrain.grpo import grpo_config
from nextlat.posttrain.recipes import RECIPES, STATED, UNKNOWNS, paper, posttrain_config
from nextlat.posttrain.settings import (
    LOSS_TYPES,
    DataSettings,
    EvaluationSettings,
    GrpoSettings,
    LoraSettings,
    PosttrainConfig,
    SftSettings,
    from_posttrain_mapping,
)
from nextlat.posttrain.sft import sft_config
from nextlat.posttrain.stages import quiet

TASK = {"prompts": "p.jsonl", "verifier": "v:v", "model": "m"}
OURS = {"logging_steps", "save_total_limit", "bf16", "max_prompt_length", "loss_type"}
"""Fields whose default is ours, or that TRL does not have; each attribute's text says so."""


def leaves(values: dict[str, Any], path: str = "") -> dict[str, Any]:
    found = {}
    for key, value in values.items():
        found |= (
            leaves(value, f"{path}{key}.") if isinstance(value, dict) else {f"{path}{key}": value}
        )
    return found


def test_loss_type_has_no_default() -> None:
    with pytest.raises(TypeError):
        GrpoSettings()  # type: ignore[call-arg]
    with pytest.raises(UsageError, match=r"grpo\.loss_type is not set.*dr_grpo"):
        posttrain_config(None, TASK)
    assert posttrain_config(None, TASK, ["grpo.loss_type=bnpo"]).grpo.loss_type == "bnpo"
    with pytest.raises(UsageError, match="'sapo' is not one of grpo, bnpo, dr_grpo, dapo"):
        posttrain_config(None, TASK, ["grpo.loss_type=sapo"])


def test_defaults_are_trls() -> None:
    import peft
    import trl

    for ours, theirs in (
        (SftSettings(), trl.SFTConfig),
        (GrpoSettings(loss_type="grpo"), trl.GRPOConfig),
    ):
        defaults = {field.name: field.default for field in dataclasses.fields(theirs)}
        for field in dataclasses.fields(ours):
            if field.name in OURS - {"loss_type"} or field.name == "loss_type":
                continue
            if field.name == "completion_only_loss":  # None in TRL: true for prompt and completion
                continue
            assert field.name in defaults, field.name
            assert getattr(ours, field.name) == defaults[field.name], field.name
    defaults = {field.name: field.default for field in dataclasses.fields(peft.LoraConfig)}
    for field in dataclasses.fields(LoraSettings):
        if field.name != "target_modules":
            assert field.default == defaults[field.name], field.name


def test_every_value_of_the_paper_is_stated_or_a_choice() -> None:
    told = leaves(paper())
    mine = set(told) - {"prompts", "verifier", "strategies", "sft_data"}
    assert set(STATED) | set(UNKNOWNS) == mine
    assert not set(STATED) & set(UNKNOWNS)
    for key, unknown in UNKNOWNS.items():
        assert told[key] == unknown.chosen, key
        assert unknown.why


def test_the_papers_values() -> None:
    config = posttrain_config("paper", {**TASK, "model": None})
    assert config.model == "Qwen/Qwen2.5-1.5B-Instruct"
    assert (config.lora.r, config.lora.lora_alpha, config.lora.lora_dropout) == (64, 128, 0.05)  # type: ignore[union-attr]
    sft, grpo = config.sft, config.grpo
    assert (sft.learning_rate, sft.num_train_epochs, sft.per_device_train_batch_size) == (
        2e-4,
        20,
        16,
    )
    assert (
        2048 * sft.num_train_epochs / sft.per_device_train_batch_size == 2560
    )  # the study's SFT steps
    assert (grpo.learning_rate, grpo.beta, grpo.temperature, grpo.num_generations) == (
        1e-5,
        0.05,
        0.7,
        8,
    )
    assert (grpo.max_steps, grpo.save_steps, grpo.prompts_a_step, config.data.max_train) == (
        1000,
        25,
        4,
        1024,
    )


@pytest.mark.parametrize("recipe", list(RECIPES))
def test_recipes_make_valid_trl_configurations(recipe: str, tmp_path: Path) -> None:
    config = posttrain_config(recipe, TASK)
    with quiet():
        grpo, sft = grpo_config(config.grpo, tmp_path, 3), sft_config(config.sft, tmp_path, 3)
    supported = torch.cuda.is_available() and torch.cuda.is_bf16_supported()
    assert (grpo.bf16, sft.bf16) == (supported, supported)
    assert grpo.steps_per_generation == config.grpo.gradient_accumulation_steps
    for field in dataclasses.fields(config.grpo):
        if field.name not in ("max_prompt_length", "bf16"):
            assert getattr(grpo, field.name) == getattr(config.grpo, field.name), field.name
    assert from_posttrain_mapping(dataclasses.asdict(config)) == config


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("grpo.num_generations=1", "a group of one has none"),
        ("grpo.per_device_train_batch_size=6", "no multiple of num_generations=8"),
        ("grpo.temperature=0", "rollouts must be sampled"),
        ("grpo.max_completion_length=0", "at least 1 token"),
        ("grpo.max_prompt_length=0", "at least 1 token"),
        ("grpo.beta=-1", "must be at least 0"),
        ("grpo.max_steps=0", "give a number of steps from 1"),
        ("grpo.learning_rate=0", "must be above 0"),
        ("grpo.logging_steps=0", "at least 1"),
        ("grpo.num_iterations=2", "is no multiple of num_iterations"),
        ("grpo.top_p=0", "top_p=0.0 in"),
        ("sft.per_device_train_batch_size=0", "at least 1"),
        ("lora.r=0", "must be at least 1"),
        ("lora.lora_dropout=1", "lora_dropout"),
        ("data.held_out_share=1", "between 0 and 1"),
        ("evaluation.samples=0", "at least 1"),
        ("seed=-1", "a seed is"),
        ("grpo.nonsense=1", "unknown key 'grpo.nonsense'"),
        ("grpo.beta=much", "not of type float"),
    ],
)
def test_values_out_of_range_are_refused(word: str, told: str) -> None:
    with pytest.raises(UsageError) as error:
        posttrain_config("paper", TASK, [word])
    assert told in str(error.value)


def test_adapters_are_switched_by_a_key() -> None:
    assert posttrain_config("paper", TASK, ["lora=null"]).lora is None
    assert posttrain_config("tiny", TASK, ["lora.r=4"]).lora == LoraSettings(r=4)
    with pytest.raises(UsageError, match="unknown recipe 'papers'"):
        posttrain_config("papers", TASK)
    with pytest.raises(UsageError, match="model is not set"):
        posttrain_config("tiny", {**TASK, "model": None})


def test_every_loss_type_is_told() -> None:
    assert set(LOSS_TYPES) == {"grpo", "bnpo", "dr_grpo", "dapo"}


@pytest.mark.parametrize(
    "kind",
    [LoraSettings, SftSettings, GrpoSettings, DataSettings, EvaluationSettings, PosttrainConfig],
)
def test_every_field_is_described(kind: type[Any]) -> None:
    told = "".join(one.__doc__ or "" for one in kind.__mro__)
    for field in dataclasses.fields(kind):
        assert f"\n        {field.name}: " in told, field.name
