"""The whole configuration of a run: frozen, JSON-able, enough to repeat the run.

Defaults are ours; recipes set what a paper gives, with its source.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import ClassVar, Literal, Protocol

from nextlat.configuration import from_mapping, nearest
from nextlat.errors import UsageError
from nextlat.objectives import OBJECTIVES
from nextlat.objectives.next_token import NextTokenConfig
from nextlat.tasks import TASKS

Family = Literal["llama", "qwen2", "qwen3", "gpt2", "smollm3", "nextlat_gru"]


@dataclass(frozen=True)
class TrunkConfig:
    """The trunk built from scratch, or a pretrained one.

    Attributes:
        family: model type of transformers, or "nextlat_gru", the recurrent control.
        num_layers: layers.
        num_heads: attention heads (unused by the GRU).
        width: width of the hidden states.
        feed_forward: inner width of the feed-forward part; 4 times the width where None (unused by
            the GRU).
        tied: whether embedding and head share one matrix.
        local_window: of "smollm3": the first layer sees this many tokens back, with rotary
            positions, and later layers see everything, without positions; every layer has rotary
            positions where None.
        pretrained: a folder or hub id to start from instead; the shape above is then ignored.
    """

    family: Family = "llama"
    num_layers: int = 2
    num_heads: int = 4
    width: int = 128
    feed_forward: int | None = None
    tied: bool = False
    local_window: int | None = None
    pretrained: str | None = None

    def __post_init__(self) -> None:
        if self.local_window is not None and (self.family != "smollm3" or self.local_window < 1):
            raise UsageError(
                f"trunk.local_window={self.local_window} with trunk.family={self.family!r}: only "
                "smollm3 trunks have one, of at least 1 token; choose trunk.family=smollm3 or "
                "leave it out"
            )


@dataclass(frozen=True)
class OptimizerConfig:
    """AdamW.

    Attributes:
        learning_rate: peak learning rate.
        beta1: decay of the first moment.
        beta2: decay of the second moment.
        weight_decay: decoupled decay, on matrices only.
        grad_clip: largest gradient norm; no clipping where None.
    """

    learning_rate: float = 3e-4
    beta1: float = 0.9
    beta2: float = 0.95
    weight_decay: float = 0.1
    grad_clip: float | None = 1.0


@dataclass(frozen=True)
class ScheduleConfig:
    """How learning rate and loss weights move.

    Attributes:
        kind: "constant", "cosine" (to `final_factor` at the last step) or "warmup_stable_decay".
        warmup_steps: linear warm-up.
        decay_steps: length of the linear decay of "warmup_stable_decay".
        final_factor: share of the peak learning rate at the end.
        next_latent_ramp_steps: steps over which the weight of the SmoothL1 term rises linearly from
            0.
        kl_ramp_steps: likewise for the KL term (a weight well above 1 from step 0 stalls next-token
            learning).
        multi_token_ramp_steps: likewise for the extra tokens of multi-token prediction.
    """

    kind: Literal["constant", "cosine", "warmup_stable_decay"] = "constant"
    warmup_steps: int = 0
    decay_steps: int = 0
    final_factor: float = 0.0
    next_latent_ramp_steps: int = 0
    kl_ramp_steps: int = 0
    multi_token_ramp_steps: int = 0


@dataclass(frozen=True)
class LoopConfig:
    """The loop.

    Attributes:
        steps: optimiser steps.
        batch_size: sequences an optimiser step, over all processes and accumulation steps.
        accumulation: parts a process splits its share of a batch into.
        precision: "fp32", or "bf16" for automatic mixed precision.
        seed: of initialisation and data.
        log_every: steps between metric lines.
        evaluate_every: steps between evaluations; only at the end where 0.
        checkpoint_every: steps between checkpoints; only at the end where 0.
        held_out: problems of an evaluation.
        threads: CPU threads; torch's choice where None.
        tensorboard: whether metrics also go to TensorBoard files.
        compile: whether the trunk runs through torch.compile.
    """

    steps: int = 1000
    batch_size: int = 128
    accumulation: int = 1
    precision: Literal["fp32", "bf16"] = "fp32"
    seed: int = 0
    log_every: int = 50
    evaluate_every: int = 0
    checkpoint_every: int = 0
    held_out: int = 1024
    threads: int | None = None
    tensorboard: bool = False
    compile: bool = False


@dataclass(frozen=True)
class RunConfig:
    """Everything a run needs.

    Attributes:
        task_name: key of `TASKS`.
        task: the task's own configuration.
        objective_name: key of `OBJECTIVES`.
        objective: the objective's own configuration.
        trunk: the model.
        optimizer: AdamW.
        schedule: learning rate and loss weights.
        loop: steps, batch, seed and the rest.
    """

    task_name: str
    task: object
    objective_name: str = "next_token"
    objective: object = field(default_factory=NextTokenConfig)
    trunk: TrunkConfig = TrunkConfig()
    optimizer: OptimizerConfig = OptimizerConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    loop: LoopConfig = LoopConfig()

    def __post_init__(self) -> None:
        loop = self.loop
        for name in ("steps", "batch_size", "accumulation", "log_every", "held_out"):
            if getattr(loop, name) < 1:
                raise UsageError(f"loop.{name}={getattr(loop, name)}: it must be at least 1")
        if not 0 <= loop.seed < 2**63:
            raise UsageError(f"loop.seed={loop.seed}: a seed is a whole number from 0")
        if loop.batch_size % loop.accumulation:
            raise UsageError(
                f"loop.batch_size={loop.batch_size} is not a multiple of "
                f"loop.accumulation={loop.accumulation}; choose a batch that splits evenly"
            )


def to_mapping(config: RunConfig) -> dict[str, object]:
    """Return the nested mapping that `from_run_mapping` reads and `run.json` holds."""
    values = asdict(config)
    values["task"] = {"name": values.pop("task_name"), **values["task"]}
    values["objective"] = {"name": values.pop("objective_name"), **values["objective"]}
    return values


def from_run_mapping(values: Mapping[str, object]) -> RunConfig:
    """Return a run's configuration from a nested mapping.

    Raises:
        UsageError: an unknown key, task or objective, or a value of the wrong type.
    """
    task, task_name = _chosen("task", values.get("task"), TASKS)
    objective, objective_name = _chosen(
        "objective", values.get("objective", {"name": "next_token"}), OBJECTIVES
    )
    rest = {key: value for key, value in values.items() if key not in ("task", "objective")}
    names = {field.name for field in fields(RunConfig)} - {"task_name", "objective_name"}
    for key in rest:
        if key not in names:
            raise UsageError(f"run: unknown key {key!r}{nearest(key, names)}")
    plain = {
        "task_name": task_name,
        "task": task,
        "objective_name": objective_name,
        "objective": objective,
        **rest,
    }
    return from_mapping(RunConfig, plain, "run")


class Configured(Protocol):
    """A class of tasks or objectives, with the dataclass it is configured by."""

    Config: ClassVar[type]


def _chosen(
    what: str, values: object, registry: Mapping[str, type[Configured]]
) -> tuple[object, str]:
    """Return a registered configuration and its name."""
    name = str(values.get("name")) if isinstance(values, Mapping) else "none"
    if name not in registry or not isinstance(values, Mapping):
        raise UsageError(f"{what}.name={name!r} is not one of {', '.join(sorted(registry))}")
    own = {key: value for key, value in values.items() if key != "name"}
    return from_mapping(registry[name].Config, own, what), name


def with_objective(values: Mapping[str, object], name: str) -> dict[str, object]:
    """Return a run's mapping with another objective at its defaults; shared keys keep their values.

    Raises:
        UsageError: there is no such objective.
    """
    if name not in OBJECTIVES:
        raise UsageError(f"objective.name={name!r} is not one of {', '.join(sorted(OBJECTIVES))}")
    defaults = asdict(OBJECTIVES[name].Config())
    before = values["objective"]
    assert isinstance(before, Mapping)
    shared = {key: value for key, value in before.items() if key in defaults}
    return {**values, "objective": {"name": name, **defaults, **shared}}
