"""The arms of each part of the study: core (section 5.1), controls, amplification, composition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from nextlat.posttrain.finite_field.recipes import FieldArm, FieldStage, FieldStudy
from nextlat.tasks.finite_field import Strategies

STRATEGIES: dict[str, Strategies] = {"F": "forward", "B": "backward", "FB": "mixture"}
"""Arm -> strategy of its demonstrations."""

SKEWED = {"FB": 0.5, "FB-75": 0.25, "FB-90": 0.1}
"""Arm -> share of inversion in its reinforcement learning (section 5.3)."""


def core(study: FieldStudy) -> tuple[FieldArm, ...]:
    """F, B and FB: demonstrations, then reinforcement learning on as many steps, or on more."""
    return tuple(
        FieldArm(name, (_sft(study, name), _easy(study), _hard(study))) for name in STRATEGIES
    )


def backward(study: FieldStudy) -> tuple[FieldArm, ...]:
    """B alone, for sizes at which its demonstrations leave it room to improve (I1)."""
    return tuple(arm for arm in core(study) if arm.name == "B")


def controls(study: FieldStudy) -> tuple[FieldArm, ...]:
    """Controls that the paper's study lacks.

    Is it reinforcement, or just harder data, the model's own data, no KL term, a better reward?

    All start from FB's demonstrations: more demonstrations, of 6 to 9 steps, with as many tokens as
    rollouts had; the model's own right responses (rejection sampling); no KL term; a reward for
    right steps only.
    """
    hard = study.task(study.hard_steps)
    rows = study.hard.prompts * study.hard.num_generations
    more = replace(study.sft, steps=study.hard.steps, batch_size=rows, warmup_steps=10)
    return (
        FieldArm(
            "FB",
            (
                _sft(study, "FB"),
                _hard(study),
                FieldStage(
                    "sft_hard",
                    replace(hard, lists_share=study.replay_share),
                    fit=replace(more, learning_rate=study.sft.learning_rate / 2),
                ),
                FieldStage("rejection_hard", hard, policy=study.hard, rejection=True),
                FieldStage("rl_hard_beta0", hard, policy=replace(study.hard, beta=0.0)),
                FieldStage("rl_hard_steps", hard, policy=replace(study.hard, reward="steps")),
            ),
        ),
    )


def amplification(study: FieldStudy) -> tuple[FieldArm, ...]:
    """FB with 50, 75 and 90 % evaluation in reinforcement learning."""
    return tuple(
        FieldArm(
            name,
            (
                _sft(study, "FB"),
                FieldStage(
                    "rl_hard",
                    study.task(study.hard_steps, inversion_share=share),
                    policy=study.hard,
                ),
            ),
        )
        for name, share in SKEWED.items()
    )


def composition(study: FieldStudy) -> tuple[FieldArm, ...]:
    """FB with and without compositions of two parts among its demonstrations.

    Reinforcement learning is on compositions of three to five parts.
    """
    return _composed(study, "FB-seeded", 1 / 3), _composed(study, "FB-unseeded", 0.0)


def _composed(study: FieldStudy, name: str, share: float) -> FieldArm:
    """Return an arm with a share of compositions of two parts among its demonstrations."""
    seeds = replace(
        study.task(study.easy_steps, strategies="mixture", lists_share=study.replay_share),
        composition_share=share,
        composition_parts=2,
    )
    longest = min(5, study.modulus - 2)  # each operation is used once a problem, two a part
    chained = replace(
        seeds, lists_share=0.0, composition_share=1.0, min_parts=3, composition_parts=longest
    )
    demonstrated = FieldStage("sft", seeds, fit=study.sft, starts_from="foundation")
    return FieldArm(name, (demonstrated, FieldStage("rl_hard", chained, policy=study.hard)))


PARTS: dict[str, Callable[[FieldStudy], tuple[FieldArm, ...]]] = {
    "core": core,
    "backward": backward,
    "controls": controls,
    "amplification": amplification,
    "composition": composition,
}
"""Part of the study -> its arms."""


def _sft(study: FieldStudy, arm: str) -> FieldStage:
    task = study.task(study.easy_steps, strategies=STRATEGIES[arm], lists_share=study.replay_share)
    return FieldStage("sft", task, fit=study.sft, starts_from="foundation")


def _easy(study: FieldStudy) -> FieldStage:
    return FieldStage("rl_easy", study.task(study.easy_steps), policy=study.easy)


def _hard(study: FieldStudy) -> FieldStage:
    return FieldStage("rl_hard", study.task(study.hard_steps), policy=study.hard)
