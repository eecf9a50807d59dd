"""Recipes of post-training: `paper()` with a source for every value, `tiny()` for tests.

The study is "Select and Improve" (arXiv 2606.13125). What it states is in `STATED`; what it leaves
open is in `UNKNOWNS`, with our choice and its reason. A test holds every leaf of `paper()` to be in
exactly one of the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from nextlat.configuration import nearest, override
from nextlat.errors import UsageError
from nextlat.posttrain.settings import (
    DataSettings,
    EvaluationSettings,
    GrpoSettings,
    LoraSettings,
    PosttrainConfig,
    SftSettings,
    from_posttrain_mapping,
)


@dataclass(frozen=True)
class Unknown:
    """A value the study does not state: what we chose, and why."""

    chosen: object
    why: str


STATED: dict[str, str] = {
    "model": "arXiv 2606.13125 setup: Qwen2.5-1.5B-Instruct",
    "lora.r": "training recipe: LoRA rank 64",
    "lora.lora_alpha": "training recipe: alpha 128",
    "lora.lora_dropout": "training recipe: dropout 0.05",
    "sft.learning_rate": "training recipe: 2e-4 (1e-4 and 5e-4 also tried)",
    "sft.num_train_epochs": "training recipe: 20 epochs over 2,048 pairs",
    "sft.per_device_train_batch_size": "training recipe: batch 16",
    "grpo.learning_rate": "training recipe: 1e-5 (5e-5 also tried, unstable)",
    "grpo.num_generations": "training recipe: group of 8 (16 also tried)",
    "grpo.beta": "training recipe: KL weight 0.05 (0.1 also tried)",
    "grpo.temperature": "training recipe: rollouts at 0.7",
    "grpo.max_steps": "training recipe: runs of 500 to 1,000 steps; the longer",
    "grpo.save_steps": "training recipe: a checkpoint every 25 steps",
    "data.max_train": "training recipe: 1,024 prompts of reinforcement learning",
}
"""Key of `paper()` -> where the study states it."""

UNKNOWNS: dict[str, Unknown] = {
    "lora.target_modules": Unknown(
        ("all-linear",), "not stated; every linear layer, as QLoRA advises"
    ),
    "sft.lr_scheduler_type": Unknown("linear", "not stated; TRL's default"),
    "sft.warmup_steps": Unknown(0.03, "not stated; 3 % of the steps, common with LoRA at 2e-4"),
    "sft.weight_decay": Unknown(0.0, "not stated beyond AdamW; TRL's default"),
    "sft.adam_beta1": Unknown(0.9, "not stated; AdamW's default"),
    "sft.adam_beta2": Unknown(0.999, "not stated; AdamW's default"),
    "sft.max_grad_norm": Unknown(1.0, "not stated; TRL's default"),
    "sft.gradient_accumulation_steps": Unknown(1, "batch 16 in one pass fits one GPU"),
    "sft.max_steps": Unknown(-1, "20 epochs decide: 2,560 steps"),
    "sft.logging_steps": Unknown(1, "every step, for our figures"),
    "sft.save_steps": Unknown(500, "not stated; only for resuming"),
    "sft.save_total_limit": Unknown(2, "only for resuming"),
    "sft.gradient_checkpointing": Unknown(True, "changes memory, no result; TRL's default"),
    "sft.bf16": Unknown(None, "not stated; bfloat16 where the GPU has it"),
    "sft.max_length": Unknown(1024, "not stated; longer rows are refused, none is cut"),
    "sft.completion_only_loss": Unknown(
        True, "not stated; TRL's default for prompt and completion"
    ),
    "grpo.loss_type": Unknown(
        "grpo", "not stated; the algorithm's name taken at its word (DeepSeekMath)"
    ),
    "grpo.lr_scheduler_type": Unknown("linear", "not stated; TRL's default"),
    "grpo.warmup_steps": Unknown(0.0, "not stated; TRL's default"),
    "grpo.weight_decay": Unknown(0.0, "not stated; TRL's default"),
    "grpo.adam_beta1": Unknown(0.9, "not stated; AdamW's default"),
    "grpo.adam_beta2": Unknown(0.999, "not stated; AdamW's default"),
    "grpo.max_grad_norm": Unknown(1.0, "not stated; TRL's default"),
    "grpo.per_device_train_batch_size": Unknown(
        32,
        "'batch 32' is read as 32 completions a step, TRL's meaning: 4 prompts of 8; prompts would "
        "be 256",
    ),
    "grpo.gradient_accumulation_steps": Unknown(1, "32 completions in one pass fit one GPU"),
    "grpo.num_train_epochs": Unknown(3.0, "max_steps decides"),
    "grpo.logging_steps": Unknown(1, "every step, for our figures"),
    "grpo.save_total_limit": Unknown(2, "only for resuming"),
    "grpo.gradient_checkpointing": Unknown(True, "changes memory, no result; TRL's default"),
    "grpo.bf16": Unknown(None, "not stated; bfloat16 where the GPU has it"),
    "grpo.max_completion_length": Unknown(
        512, "not stated; TRL's default, above the longest demonstration"
    ),
    "grpo.max_prompt_length": Unknown(
        None, "not stated; prompts are short, the model's context is the limit"
    ),
    "grpo.top_p": Unknown(1.0, "not stated; the policy itself is sampled"),
    "grpo.top_k": Unknown(0, "not stated; the policy itself is sampled"),
    "grpo.use_bias_correction_kl": Unknown(
        False, "not stated; the KL estimate of DeepSeekMath, without a ratio"
    ),
    "grpo.epsilon": Unknown(0.2, "not stated; TRL's default"),
    "grpo.epsilon_high": Unknown(None, "not stated; symmetric clipping"),
    "grpo.num_iterations": Unknown(1, "not stated; one update a batch, TRL's default"),
    "grpo.scale_rewards": Unknown("group", "not stated; the algorithm's own"),
    "grpo.mask_truncated_completions": Unknown(False, "not stated; TRL's default"),
    "grpo.disable_dropout": Unknown(
        False, "not stated; TRL's default, LoRA's dropout acts in training"
    ),
    "seed": Unknown(0, "not stated"),
    "data.held_out_share": Unknown(
        0.125, "validation size not stated; used where the file has no column split"
    ),
    "data.max_rows": Unknown(1_000_000, "a limit, no choice"),
    "evaluation.samples": Unknown(8, "validation sampling not stated"),
    "evaluation.max_problems": Unknown(None, "validation size not stated"),
    "evaluation.batch_size": Unknown(64, "speed only"),
}
"""Key of `paper()` the study leaves open -> our choice and its reason."""

_USERS_OWN = {"prompts": "", "verifier": "", "strategies": None, "sft_data": None}
"""What no recipe knows: the user's task."""


def paper() -> dict[str, object]:
    """Return the study's settings; sources in `STATED`, our choices in `UNKNOWNS`."""
    return {
        "model": "Qwen/Qwen2.5-1.5B-Instruct",
        **_USERS_OWN,
        "seed": 0,
        "lora": asdict(LoraSettings(r=64, lora_alpha=128, lora_dropout=0.05)),
        "sft": asdict(
            SftSettings(
                learning_rate=2e-4,
                num_train_epochs=20,
                per_device_train_batch_size=16,
                warmup_steps=0.03,
            )
        ),
        "grpo": asdict(
            GrpoSettings(
                loss_type="grpo",
                learning_rate=1e-5,
                num_generations=8,
                per_device_train_batch_size=32,
                beta=0.05,
                use_bias_correction_kl=False,
                temperature=0.7,
                max_steps=1000,
                save_steps=25,
            )
        ),
        "data": asdict(DataSettings(max_train=1024)),
        "evaluation": asdict(EvaluationSettings()),
    }


def tiny() -> dict[str, object]:
    """Return a run of seconds for a tiny model.

    It shows that the task's files fit together, and learns nothing.
    """
    few = {"max_steps": 2, "save_steps": 1, "gradient_checkpointing": False}
    return {
        "model": "",
        **_USERS_OWN,
        "seed": 0,
        "lora": None,
        "sft": asdict(
            SftSettings(
                per_device_train_batch_size=2,
                max_length=256,
                **few,  # type: ignore[arg-type]
            )
        ),
        "grpo": asdict(
            GrpoSettings(
                loss_type="dapo",
                per_device_train_batch_size=4,
                num_generations=2,
                max_completion_length=8,
                **few,  # type: ignore[arg-type]  # an int or a bool by name
            )
        ),
        "data": asdict(DataSettings()),
        "evaluation": asdict(EvaluationSettings(samples=2, max_problems=4)),
    }


def plain() -> dict[str, object]:
    """Return TRL's defaults, for a run without a recipe; loss_type must be given as a key."""
    grpo = asdict(GrpoSettings(loss_type="grpo"))
    return {
        "model": "",
        **_USERS_OWN,
        "seed": 0,
        "lora": None,
        "sft": asdict(SftSettings()),
        "grpo": {**grpo, "loss_type": None},
        "data": asdict(DataSettings()),
        "evaluation": asdict(EvaluationSettings()),
    }


RECIPES = {"paper": paper, "tiny": tiny}


def posttrain_config(
    recipe: str | None, given: Mapping[str, object], words: Sequence[str] = ()
) -> PosttrainConfig:
    """Return a recipe's configuration with the user's task and `key=value` words applied.

    Args:
        recipe: a key of `RECIPES`, or None for TRL's defaults.
        given: `model`, `prompts`, `verifier`, `strategies`, `sft_data`; those that are None keep
            the recipe's.
        words: such as "grpo.beta=0.1", "lora.r=16", "lora=null".

    Raises:
        UsageError: an unknown recipe or key, a value of the wrong type or out of range, or no
            loss_type.
    """
    if recipe is not None and recipe not in RECIPES:
        raise UsageError(f"unknown recipe {recipe!r}{nearest(recipe, RECIPES)}")
    values = RECIPES[recipe]() if recipe else plain()
    values |= {key: value for key, value in given.items() if value is not None}
    if values["lora"] is None and any(word.startswith("lora.") for word in words):
        values["lora"] = asdict(LoraSettings())
    return from_posttrain_mapping(override(values, words))
