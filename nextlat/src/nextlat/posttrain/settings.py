"""Settings of a post-training run: frozen, JSON-able, in TRL's own field names.

Defaults are TRL 1.16's (a test compares them), except where an attribute says "ours".
`GrpoSettings.loss_type` has no default on purpose: the variants weigh long answers differently, so
each run states its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from nextlat.configuration import from_mapping
from nextlat.errors import UsageError

LossType = Literal["grpo", "bnpo", "dr_grpo", "dapo"]
LOSS_TYPES: dict[str, str] = {
    "grpo": "mean over sequences of each one's token mean (DeepSeekMath; a long answer's tokens "
    "weigh less)",
    "bnpo": "mean over the tokens of the local batch",
    "dr_grpo": "sum over tokens / (sequences x max_completion_length): no length bias (Dr. GRPO)",
    "dapo": "mean over the tokens of the whole accumulated batch (DAPO)",
}
"""How token losses are averaged."""


@dataclass(frozen=True)
class LoraSettings:
    """Low-rank adapters, in PEFT's own field names.

    Attributes:
        r: rank.
        lora_alpha: scale; the update is multiplied by lora_alpha / r.
        lora_dropout: dropout on the adapters' input.
        target_modules: names of the layers; "all-linear" for every linear layer but the head.
    """

    r: int = 8
    lora_alpha: int = 8
    lora_dropout: float = 0.0
    target_modules: tuple[str, ...] = ("all-linear",)

    def __post_init__(self) -> None:
        if (
            self.r < 1
            or self.lora_alpha < 1
            or not 0 <= self.lora_dropout < 1
            or not self.target_modules
        ):
            raise UsageError(
                f"lora: r={self.r} and lora_alpha={self.lora_alpha} must be at least 1, "
                f"lora_dropout={self.lora_dropout} in [0, 1), target_modules not empty; lora=null "
                "trains all weights"
            )


@dataclass(frozen=True, kw_only=True)
class TrainerSettings:
    """What both trainers share.

    Attributes:
        learning_rate: peak learning rate of AdamW.
        lr_scheduler_type: transformers' name of the schedule.
        warmup_steps: steps of linear warm-up; a share of all steps where below 1.
        weight_decay: decoupled decay, on matrices only.
        adam_beta1: decay of the first moment.
        adam_beta2: decay of the second moment.
        max_grad_norm: largest gradient norm.
        per_device_train_batch_size: sequences a forward pass (of GRPO: completions).
        gradient_accumulation_steps: forward passes an optimiser step.
        num_train_epochs: passes over the data, unless max_steps says more.
        max_steps: optimiser steps; by num_train_epochs where -1.
        logging_steps: steps between metric lines (ours: each step).
        save_steps: steps between checkpoints.
        save_total_limit: checkpoints kept (ours: the newest two).
        gradient_checkpointing: whether activations are computed again instead of kept.
        bf16: bfloat16 mixed precision; where None, used when a GPU supports it (ours).
    """

    learning_rate: float
    lr_scheduler_type: str = "linear"
    warmup_steps: float = 0.0
    weight_decay: float = 0.0
    adam_beta1: float = 0.9
    adam_beta2: float = 0.999
    max_grad_norm: float = 1.0
    per_device_train_batch_size: int = 8
    gradient_accumulation_steps: int = 1
    num_train_epochs: float = 3.0
    max_steps: int = -1
    logging_steps: int = 1
    save_steps: int = 500
    save_total_limit: int = 2
    gradient_checkpointing: bool = True
    bf16: bool | None = None

    def __post_init__(self) -> None:
        for name in (
            "per_device_train_batch_size",
            "gradient_accumulation_steps",
            "logging_steps",
            "save_steps",
            "save_total_limit",
        ):
            if getattr(self, name) < 1:
                raise UsageError(f"{name}={getattr(self, name)}: it must be at least 1")
        if self.max_steps == 0 or self.max_steps < -1 or self.num_train_epochs <= 0:
            raise UsageError(
                f"max_steps={self.max_steps}, num_train_epochs={self.num_train_epochs}: give a "
                "number of steps from 1, or max_steps=-1 and epochs above 0"
            )
        if self.learning_rate <= 0:
            raise UsageError(f"learning_rate={self.learning_rate}: it must be above 0")


@dataclass(frozen=True, kw_only=True)
class SftSettings(TrainerSettings):
    """Supervised fine-tuning.

    Attributes:
        max_length: most tokens of prompt and completion; a longer row is an error (ours: TRL cuts
            it).
        completion_only_loss: whether prompt tokens are left out of the loss.
    """

    learning_rate: float = 2e-5
    max_length: int = 1024
    completion_only_loss: bool = True


@dataclass(frozen=True, kw_only=True)
class GrpoSettings(TrainerSettings):
    """Group Relative Policy Optimisation.

    Attributes:
        loss_type: how token losses are averaged, see `LOSS_TYPES`; no default.
        num_generations: completions a prompt, the group that advantages are relative to.
        max_completion_length: most tokens of a completion.
        max_prompt_length: most tokens of a prompt; a longer one is an error (ours: TRL no longer
            has it).
        temperature: of the rollouts.
        top_p: nucleus of the rollouts.
        top_k: most likely tokens kept; all where 0.
        beta: weight of the KL term to the model training began from.
        use_bias_correction_kl: whether the KL term is multiplied by the importance ratio.
        epsilon: clip range below and above.
        epsilon_high: clip range above; `epsilon` where None.
        num_iterations: updates for each batch of completions.
        scale_rewards: what advantages are divided by: the group's standard deviation, the batch's,
            or nothing.
        mask_truncated_completions: whether completions cut off by the length limit are left out of
            the loss.
        disable_dropout: whether dropout is off while training.
    """

    loss_type: LossType
    learning_rate: float = 1e-6
    num_generations: int = 8
    max_completion_length: int = 512
    max_prompt_length: int | None = None
    temperature: float = 1.0
    top_p: float = 1.0
    top_k: int = 0
    beta: float = 0.0
    use_bias_correction_kl: bool = True
    epsilon: float = 0.2
    epsilon_high: float | None = None
    num_iterations: int = 1
    scale_rewards: Literal["group", "batch", "none"] = "group"
    mask_truncated_completions: bool = False
    disable_dropout: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_groups()
        self._check_lengths()
        if self.temperature <= 0:
            raise UsageError(
                f"grpo.temperature={self.temperature}: rollouts must be sampled, greedy ones are "
                "all alike; give it above 0"
            )
        if (
            self.beta < 0
            or self.epsilon <= 0
            or self.num_iterations < 1
            or not 0 < self.top_p <= 1
            or self.top_k < 0
        ):
            raise UsageError(
                f"grpo: beta={self.beta} must be at least 0, epsilon={self.epsilon} above 0, "
                f"num_iterations={self.num_iterations} at least 1, top_p={self.top_p} in (0, 1], "
                f"top_k={self.top_k} at least 0"
            )

    def _check_lengths(self) -> None:
        prompt = self.max_prompt_length
        if self.max_completion_length < 1 or (prompt is not None and prompt < 1):
            raise UsageError(
                f"grpo.max_completion_length={self.max_completion_length}, "
                f"max_prompt_length={prompt}: lengths are at least 1 token"
            )

    def _check_groups(self) -> None:
        """Refuse what would make a group of one, or cut a group in two."""
        if self.num_generations < 2:
            raise UsageError(
                f"grpo.num_generations={self.num_generations}: advantages are relative to a "
                "group's mean, so a group of one has none; give at least 2"
            )
        batch = self.per_device_train_batch_size * self.gradient_accumulation_steps
        if batch % self.num_generations:
            raise UsageError(
                f"grpo: per_device_train_batch_size={self.per_device_train_batch_size} times "
                f"gradient_accumulation_steps={self.gradient_accumulation_steps} is {batch} "
                f"completions a step, no multiple of num_generations={self.num_generations}; make "
                "it one, so that groups stay whole"
            )
        if self.save_steps % self.num_iterations:
            raise UsageError(
                f"grpo.save_steps={self.save_steps} is no multiple of "
                f"num_iterations={self.num_iterations}: a checkpoint inside a batch's iterations "
                "could not be resumed; change one of them"
            )

    @property
    def prompts_a_step(self) -> int:
        """Problems an optimiser step."""
        return (
            self.per_device_train_batch_size
            * self.gradient_accumulation_steps
            // self.num_generations
        )


@dataclass(frozen=True)
class DataSettings:
    """The problems.

    Attributes:
        held_out_share: share of problems held out where the file has no column `split`.
        max_rows: most rows of a file.
        max_train: most problems of training, evenly spread over the file; all where None.
    """

    held_out_share: float = 0.125
    max_rows: int = 1_000_000
    max_train: int | None = None

    def __post_init__(self) -> None:
        if (
            not 0 < self.held_out_share < 1
            or self.max_rows < 2
            or (self.max_train is not None and self.max_train < 1)
        ):
            raise UsageError(
                f"data: held_out_share={self.held_out_share} must be between 0 and 1, "
                f"max_rows={self.max_rows} at least 2, max_train={self.max_train} at least 1 or "
                "null"
            )


@dataclass(frozen=True)
class EvaluationSettings:
    """The evaluation of held-out problems; it samples with GRPO's temperature, nucleus and lengths.

    Attributes:
        samples: completions a problem at training temperature; pass@k is reported for k = 1, 2, 4,
            ... up to it.
        max_problems: most problems evaluated, evenly spread over the file; all where None.
        batch_size: completions generated side by side.
    """

    samples: int = 8
    max_problems: int | None = None
    batch_size: int = 64

    def __post_init__(self) -> None:
        if (
            self.samples < 1
            or self.batch_size < 1
            or (self.max_problems is not None and self.max_problems < 1)
        ):
            raise UsageError(
                f"evaluation: samples={self.samples}, batch_size={self.batch_size}, "
                f"max_problems={self.max_problems}: each must be at least 1"
            )


@dataclass(frozen=True, kw_only=True)
class PosttrainConfig:
    """Everything `nextlat posttrain run` needs.

    Attributes:
        model: hub id or folder of a causal language model.
        prompts: file of problems.
        verifier: `module:function`.
        strategies: `module:function`, or None.
        sft_data: file of demonstrations; supervised fine-tuning is left out where None.
        seed: of everything random.
        lora: adapters; all weights are trained where None.
        sft: supervised fine-tuning.
        grpo: reinforcement learning.
        data: the problems.
        evaluation: the evaluation.
    """

    model: str
    prompts: str
    verifier: str
    strategies: str | None = None
    sft_data: str | None = None
    seed: int = 0
    lora: LoraSettings | None = None
    sft: SftSettings = SftSettings()
    grpo: GrpoSettings
    data: DataSettings = DataSettings()
    evaluation: EvaluationSettings = EvaluationSettings()

    def __post_init__(self) -> None:
        if not 0 <= self.seed < 2**32:
            raise UsageError(f"seed={self.seed}: a seed is a whole number from 0 to 2^32 - 1")


def from_posttrain_mapping(values: Mapping[str, object]) -> PosttrainConfig:
    """Return a configuration from a nested mapping.

    Raises:
        UsageError: an unknown key, a value of the wrong type or out of range, or no loss_type.
    """
    grpo = values.get("grpo")
    if not isinstance(grpo, Mapping) or grpo.get("loss_type") is None:
        choices = "; ".join(f"{name}: {meaning}" for name, meaning in LOSS_TYPES.items())
        raise UsageError(
            f"grpo.loss_type is not set and has no default; choose grpo.loss_type=NAME of {choices}"
        )
    for key in ("model", "prompts", "verifier"):
        if not values.get(key):
            raise UsageError(f"{key} is not set; give --{key}")
    return from_mapping(PosttrainConfig, values, "posttrain")
