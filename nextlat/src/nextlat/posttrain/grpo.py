"""Reinforcement learning with verified rewards, through TRL's GRPOTrainer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from nextlat.posttrain.models import load_policy, lora_config, policy_tokenizer
from nextlat.posttrain.packages import package
from nextlat.posttrain.problems import Problem
from nextlat.posttrain.rewards import Reward
from nextlat.posttrain.settings import GrpoSettings, LoraSettings
from nextlat.posttrain.stages import Stop, Trainer, quiet, train_stage, trainer_arguments
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import Verifier


def grpo_config(settings: GrpoSettings, folder: Path, seed: int) -> object:
    """Return TRL's GRPOConfig of the settings."""
    return package("trl").GRPOConfig(
        **trainer_arguments(settings, folder, seed, own=("max_prompt_length",))
    )


def grpo_dataset(problems: Sequence[Problem]) -> object:
    """Return TRL's columns: the prompt, and the problem's index for the reward.

    Other columns stay in the problem.
    """
    rows = [{"prompt": problem.prompt, "problem": index} for index, problem in enumerate(problems)]
    return package("datasets").Dataset.from_list(rows)


def train_grpo(
    model: str,
    problems: Sequence[Problem],
    verifier: Verifier,
    settings: GrpoSettings,
    folder: Path,
    *,
    strategies: Strategies | None = None,
    lora: LoraSettings | None = None,
    seed: int = 0,
    stop: Stop | None = None,
    progress: bool = False,
) -> bool:
    """Train a model on problems by their verifier, resuming where the folder holds a checkpoint.

    Args:
        model: hub id or folder; it is also what the KL term holds the policy to.
        problems: those of training.
        verifier: gives the reward.
        settings: the trainer's.
        folder: the stage's; the model is written to `folder/model`.
        strategies: labels completions for the metrics.
        lora: fresh adapters, merged at the end; all weights where None.
        seed: of rollouts, data order and dropout.
        stop: ends the stage early.
        progress: whether a bar is drawn on standard error.

    Returns:
        Whether it is done; False where `stop` ended it.

    Raises:
        MissingPackageError: TRL, PEFT or datasets is not installed.
        ModelError: the model cannot be loaded.
        VerifierError: the verifier or the labeller failed.
        NonFiniteLossError: a loss became infinite or not a number.
    """
    tokenizer = policy_tokenizer(model)
    with quiet():
        trainer = trainer_class()(
            model=load_policy(model),
            reward_funcs=Reward(verifier, strategies, problems),
            args=grpo_config(settings, folder, seed),
            train_dataset=grpo_dataset(problems),
            processing_class=tokenizer,
            peft_config=lora_config(lora),
        )
        return train_stage(trainer, folder, tokenizer, stop, progress=progress)


class GrpoTrainer(Trainer, Protocol):
    """What the order of problems needs of TRL's trainer."""

    num_iterations: int


@cache
def trainer_class() -> Callable[..., Trainer]:
    """Return TRL's GRPOTrainer with an order of problems that is a function of the epoch.

    TRL 1.16's sampler draws each epoch's order from one generator, which a resumed run starts
    again: after an interruption in the second epoch, it would repeat the first one's order. Remove
    this when TRL's sampler has `set_epoch`.
    """
    trl = package("trl")
    sampler = package("trl.trainer.utils").RepeatSampler

    class EpochSampler(sampler):  # type: ignore[misc, valid-type]  # TRL is untyped
        def __init__(self, trainer: GrpoTrainer, **arguments: object) -> None:
            super().__init__(**arguments)
            self.trainer = trainer

        def __iter__(self) -> Iterator[int]:
            updates_an_epoch = max(
                1, self.num_samples // self.batch_size * self.trainer.num_iterations
            )
            epoch = self.trainer.state.global_step // updates_an_epoch
            self.generator.manual_seed(self.seed + epoch)
            yield from super().__iter__()

    # TRL is untyped.
    class ResumableGRPOTrainer(trl.GRPOTrainer):  # type: ignore[misc, name-defined]
        def _get_train_sampler(self, dataset: object = None) -> EpochSampler:
            plain = super()._get_train_sampler(dataset)
            names = (
                "data_source",
                "mini_repeat_count",
                "batch_size",
                "repeat_count",
                "shuffle",
                "seed",
            )
            return EpochSampler(self, **{name: getattr(plain, name) for name in names})

    return ResumableGRPOTrainer
