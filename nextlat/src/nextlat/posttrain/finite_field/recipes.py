"""What the study runs: foundation, arms, stages, sizes.

Frozen; every number says where it comes from.

The paper starts from Qwen2.5-1.5B-Instruct. The desk version has a model of 115 thousand parameters
instead, and lets a foundation stand for pretraining: single steps in both directions (facts) and
copying a prompt's operations in order and in reverse (lists), but no worked solution, so that
neither strategy is there before the demonstrations.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypedDict, Unpack

from nextlat.errors import UsageError
from nextlat.objectives.next_token import NextTokenConfig
from nextlat.posttrain.recipes import Unknown
from nextlat.posttrain.settings import LossType
from nextlat.tasks.finite_field import FiniteFieldConfig, Strategies
from nextlat.training.run_config import (
    LoopConfig,
    OptimizerConfig,
    RunConfig,
    ScheduleConfig,
    TrunkConfig,
)

RewardedPart = Literal["answer", "steps"]

CHOICES: dict[str, Unknown] = {
    "map of symbols": Unknown(
        "one for all problems", "a model from scratch has no arithmetic habits to blunt"
    ),
    "operations": Unknown(
        "Add 1 .. p-1, Multiply 2 .. p-1", "no step that does nothing, none that cannot be undone"
    ),
    "operations repeat": Unknown("never in a problem", "a step then names one place of the prompt"),
    "mismatched demonstration": Unknown(
        "guess the unknown, then run the chain",
        "the arms' accuracy on the other type, about 1/p, fits nothing better",
    ),
    "strategy in FB": Unknown(
        "a fair coin a row", "the routing after SFT that table 1 implies is near one half"
    ),
    "classification": Unknown(
        "first operation executed", "the chain's first is forward, its last backward"
    ),
    "loss mask of SFT": Unknown("the response only", "TRL's default"),
    "rows of SFT": Unknown(
        "fresh, not 2,048 repeated", "a model this small would learn the rows by heart"
    ),
    "batch of RL": Unknown(
        "32 prompts of 8 responses", "32 responses, TRL's meaning, are too noisy from scratch"
    ),
    "loss_type": Unknown("dr_grpo", "no length bias; lengths differ by type here"),
    "scale_rewards": Unknown("group", "the algorithm's own"),
    "validation": Unknown(
        "256 problems a type and number of steps, one set for all", "so that stages can be compared"
    ),
    "temperature of evaluation": Unknown(
        "the training temperature, 0.7, and greedy", "sharpening must not pass for skill"
    ),
}
"""What the paper does not state: our choice and its reason."""


@dataclass(frozen=True)
class FitSettings:
    """Supervised training: of the foundation, and on demonstrations.

    Attributes:
        steps: optimiser steps.
        batch_size: rows a step; all rows are fresh.
        learning_rate: peak learning rate; cosine to a tenth.
        warmup_steps: steps of linear warm-up.
    """

    steps: int
    batch_size: int = 128
    learning_rate: float = 2e-3
    warmup_steps: int = 50


@dataclass(frozen=True)
class PolicySettings:
    """GRPO, in TRL's names where it has them.

    Attributes:
        steps: optimiser steps.
        prompts: problems a step; all problems are fresh.
        num_generations: responses a problem.
        learning_rate: peak learning rate.
        schedule: after warm-up "linear" falls to zero by the last step, as TRL's default does;
            "constant" stays.
        warmup_steps: steps of linear warm-up.
        beta: weight of the KL term to the model the stage starts from.
        epsilon: clip range.
        temperature: of the rollouts.
        loss_type: how token losses are averaged.
        scale_rewards: what advantages are divided by.
        max_grad_norm: largest gradient norm.
        reward: 1 for a right answer, or only where every step is right.
    """

    steps: int
    learning_rate: float
    loss_type: LossType
    prompts: int = 32
    num_generations: int = 8
    schedule: Literal["linear", "constant"] = "linear"
    warmup_steps: int = 10
    beta: float = 0.02
    epsilon: float = 0.2
    temperature: float = 1.0
    scale_rewards: Literal["group", "batch", "none"] = "group"
    max_grad_norm: float = 1.0
    reward: RewardedPart = "answer"

    def __post_init__(self) -> None:
        if self.num_generations < 2:
            raise UsageError(
                f"num_generations={self.num_generations}: advantages are relative to a group's "
                "mean, so a group of one has none; give at least 2"
            )
        if self.steps < 1 or self.prompts < 1 or self.temperature <= 0 or self.learning_rate <= 0:
            raise UsageError(
                f"steps={self.steps}, prompts={self.prompts}, temperature={self.temperature}, "
                f"learning_rate={self.learning_rate}: all must be above 0"
            )

    def rate(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""
        warm = min(1.0, (step + 1) / max(1, self.warmup_steps))
        if self.schedule == "constant" or step < self.warmup_steps:
            return self.learning_rate * warm
        return self.learning_rate * (self.steps - step) / max(1, self.steps - self.warmup_steps)


@dataclass(frozen=True)
class AssessmentSettings:
    """How each stage is measured.

    Attributes:
        problems: problems a type and number of steps; the same for every arm, stage and seed.
        min_steps: fewest steps of a problem.
        max_steps: most steps.
        samples: responses a problem for pass@k, on the first `sampled_problems` of a cell.
        sampled_problems: problems a cell sampled several times.
    """

    problems: int = 256
    min_steps: int = 2
    max_steps: int = 9
    samples: int = 16
    sampled_problems: int = 32


@dataclass(frozen=True)
class FieldStage:
    """One training stage of an arm.

    Attributes:
        name: as results name it.
        task: the problems, and for supervised stages the demonstrations.
        fit: supervised training; None for reinforcement learning.
        policy: reinforcement learning; None for supervised training.
        rejection: whether the supervised rows are the model's own right responses instead of
            demonstrations.
        starts_from: stage of the same arm, or "foundation".
    """

    name: str
    task: FiniteFieldConfig
    fit: FitSettings | None = None
    policy: PolicySettings | None = None
    rejection: bool = False
    starts_from: str = "sft"


@dataclass(frozen=True)
class FieldArm:
    """One kind of demonstrations and what follows.

    Attributes:
        name: as results name it.
        stages: in order; a stage starts from one before it.
    """

    name: str
    stages: tuple[FieldStage, ...]


class TaskChanges(TypedDict, total=False):
    """Keys of the task that differ between stages."""

    strategies: Strategies
    facts_share: float
    inverse_facts_share: float
    lists_share: float
    inversion_share: float


@dataclass(frozen=True)
class FieldStudy:
    """Everything `nextlat posttrain finite-field` needs but the seed.

    Attributes:
        modulus: the prime p.
        trunk: the model.
        facts: foundation, first part: single steps.
        lists: foundation, second part: lists and single steps.
        inverse_facts_share: share of inversion among the foundation's single steps.
        reversed_lists_share: share of the foundation's lists that are copied in reverse.
        long_lists_share: share of lists of 6 to 9 operations among the foundation's lists; the
            others have up to 5.
        replay_share: share of the foundation's lists among the rows of supervised stages.
        sft: training on demonstrations.
        easy: reinforcement learning on `easy_steps`.
        hard: reinforcement learning on `hard_steps`.
        easy_steps: fewest and most steps of demonstrations and easy problems.
        hard_steps: fewest and most steps of hard problems.
        assessment: how stages are measured.
    """

    modulus: int
    trunk: TrunkConfig
    facts: FitSettings
    lists: FitSettings
    sft: FitSettings
    easy: PolicySettings
    hard: PolicySettings
    inverse_facts_share: float = 0.25
    reversed_lists_share: float = 0.5
    long_lists_share: float = 0.0
    replay_share: float = 0.0
    easy_steps: tuple[int, int] = (2, 5)
    hard_steps: tuple[int, int] = (6, 9)
    assessment: AssessmentSettings = field(default_factory=AssessmentSettings)

    def task(self, steps: tuple[int, int], **changes: Unpack[TaskChanges]) -> FiniteFieldConfig:
        """Return the task with problems of `steps`."""
        return FiniteFieldConfig(
            modulus=self.modulus,
            min_steps=steps[0],
            max_steps=steps[1],
            usual_list=self.easy_steps[1],
            max_list=self.hard_steps[1],
            reversed_lists_share=self.reversed_lists_share,
            long_lists_share=self.long_lists_share,
            **changes,
        )

    def foundation(self, seed: int) -> tuple[RunConfig, RunConfig]:
        """Return the foundation's two runs; the second starts from the first's model."""
        shared: TaskChanges = {
            "facts_share": 1.0,
            "inverse_facts_share": self.inverse_facts_share,
        }
        facts = self.task(self.easy_steps, **shared)
        lists = replace(facts, facts_share=0.3, lists_share=0.7)
        return fit_run(facts, self.trunk, self.facts, seed), fit_run(
            lists, self.trunk, self.lists, seed
        )


def fit_run(task: FiniteFieldConfig, trunk: TrunkConfig, fit: FitSettings, seed: int) -> RunConfig:
    """Return a supervised stage as a run of the training loop."""
    return RunConfig(
        "finite_field",
        task,
        "next_token",
        NextTokenConfig(),
        trunk,
        OptimizerConfig(learning_rate=fit.learning_rate, beta2=0.98, weight_decay=0.01),
        ScheduleConfig(
            kind="cosine", warmup_steps=min(fit.warmup_steps, fit.steps // 2), final_factor=0.1
        ),
        LoopConfig(
            steps=fit.steps,
            batch_size=fit.batch_size,
            seed=seed,
            log_every=max(1, fit.steps // 40),
            checkpoint_every=max(100, fit.steps // 4),
            held_out=64,
        ),
    )


def desk() -> FieldStudy:
    """Two cores, some twenty minutes a seed. Sizes are ours, from the trials in docs/log.md."""
    # A high rate while strategies are still mixed wears off what longer chains need, so the easy
    # stage goes gently; the hard stage makes it good again, the more the longer it is
    # (docs/log.md). A beta of 0.03 or less lets noise carry arms off that have nothing to learn; B
    # then guesses better than chance.
    hard = PolicySettings(
        steps=650, learning_rate=4e-4, loss_type="dr_grpo", beta=0.1, temperature=0.7
    )
    return FieldStudy(
        modulus=11,  # section 2: the main field
        # The first layer sees two tokens, later ones carry no positions: a chain longer than those
        # trained on can be followed by content. With rotary positions in every layer no chain of 7
        # steps is solved after SFT, and nothing is there to reward; narrower, FB is not much better
        # after hard reinforcement (docs/log.md).
        trunk=TrunkConfig(family="smollm3", num_layers=3, num_heads=4, width=48, local_window=2),
        facts=FitSettings(steps=250, batch_size=256, learning_rate=3e-3),
        lists=FitSettings(steps=600, learning_rate=3e-3),
        sft=FitSettings(steps=300),
        easy=replace(hard, steps=100, learning_rate=1.5e-4),
        hard=hard,
    )


def tiny() -> FieldStudy:
    """GF(5), for tests: under three minutes; it learns the format and little more."""
    return FieldStudy(
        modulus=5,
        trunk=TrunkConfig(family="smollm3", num_layers=2, num_heads=2, width=32, local_window=4),
        facts=FitSettings(steps=40, batch_size=64, learning_rate=5e-3),
        lists=FitSettings(steps=40, batch_size=64, learning_rate=5e-3),
        sft=FitSettings(steps=60, batch_size=64, learning_rate=5e-3),
        easy=PolicySettings(
            steps=5, prompts=8, num_generations=4, learning_rate=1e-3, loss_type="dr_grpo"
        ),
        hard=PolicySettings(
            steps=5, prompts=8, num_generations=4, learning_rate=1e-3, loss_type="dr_grpo"
        ),
        easy_steps=(2, 3),
        hard_steps=(4, 5),
        assessment=AssessmentSettings(
            problems=12, min_steps=2, max_steps=5, samples=4, sampled_problems=4
        ),
    )


def paper() -> FieldStudy:
    """One accelerator: a model of 34 million parameters. Not yet run."""
    return FieldStudy(
        modulus=11,
        trunk=TrunkConfig(family="smollm3", num_layers=8, num_heads=8, width=512, local_window=8),
        facts=FitSettings(steps=2000, batch_size=512, learning_rate=5e-4),
        lists=FitSettings(steps=4000, batch_size=512, learning_rate=5e-4),
        sft=FitSettings(
            steps=2560, batch_size=256, learning_rate=2e-4
        ),  # section 4: 2,560 steps, 2e-4
        # Section 4: group 8, beta 0.05, temperature 0.7, 1,000 steps; learning rate ours, 1e-5 is
        # for adapters of 1.5B.
        easy=_paper_policy(),
        hard=_paper_policy(),
    )


def _paper_policy() -> PolicySettings:
    return PolicySettings(
        steps=1000,
        prompts=64,
        learning_rate=1e-4,
        beta=0.05,
        temperature=0.7,
        loss_type="grpo",
        warmup_steps=20,
    )


SCALES = {"tiny": tiny, "desk": desk, "paper": paper}
"""Scale -> study."""
