"""The arms of each part: what they are trained on, from where, and what sets controls apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nextlat.errors import UsageError
from nextlat.posttrain.finite_field.arms import (
    amplification,
    backward,
    composition,
    controls,
    core,
)
from nextlat.posttrain.finite_field.recipes import (
    FieldStage,
    PolicySettings,
    desk,
    fit_run,
    paper,
    tiny,
)


def stages(arm: str) -> dict[str, FieldStage]:
    return {stage.name: stage for each in core(desk()) if each.name == arm for stage in each.stages}


def test_the_core_arms_differ_in_their_demonstrations_alone() -> None:
    strategies = {"F": "forward", "B": "backward", "FB": "mixture"}
    assert [arm.name for arm in core(desk())] == list(strategies)
    for name, strategy in strategies.items():
        demonstrations = stages(name)["sft"]
        assert demonstrations.task.strategies == strategy
        assert demonstrations.starts_from == "foundation"
        for stage in ("rl_easy", "rl_hard"):
            assert stages(name)[stage] == stages("F")[stage]
            assert stages(name)[stage].starts_from == "sft"
    assert [arm.name for arm in backward(desk())] == ["B"]


def test_easy_problems_are_as_long_as_demonstrations_and_hard_ones_longer() -> None:
    steps = {
        name: (stage.task.min_steps, stage.task.max_steps) for name, stage in stages("FB").items()
    }
    assert steps == {"sft": (2, 5), "rl_easy": (2, 5), "rl_hard": (6, 9)}


def test_each_control_changes_one_thing_of_hard_reinforcement() -> None:
    [arm] = controls(desk())
    by_name = {stage.name: stage for stage in arm.stages}
    hard = by_name["rl_hard"]
    assert hard.policy is not None
    without_kl = replace(hard, name="rl_hard_beta0", policy=replace(hard.policy, beta=0.0))
    by_steps = replace(hard, name="rl_hard_steps", policy=replace(hard.policy, reward="steps"))
    assert by_name["rl_hard_beta0"] == without_kl
    assert by_name["rl_hard_steps"] == by_steps
    assert by_name["rejection_hard"] == replace(hard, name="rejection_hard", rejection=True)
    more = by_name["sft_hard"]
    assert more.fit is not None
    # As many tokens of demonstrations as rollouts had: as many rows a step, as many steps.
    assert more.fit.batch_size == hard.policy.prompts * hard.policy.num_generations
    assert more.fit.steps == hard.policy.steps
    assert (more.task.min_steps, more.task.max_steps) == (6, 9)


def test_amplification_changes_the_share_of_inversions() -> None:
    shares = {arm.name: arm.stages[-1].task.inversion_share for arm in amplification(desk())}
    assert shares == {"FB": 0.5, "FB-75": 0.25, "FB-90": 0.1}


def test_only_seeded_demonstrations_hold_compositions() -> None:
    seeded, unseeded = composition(desk())
    assert seeded.stages[0].task.composition_share == pytest.approx(1 / 3)
    assert unseeded.stages[0].task.composition_share == 0
    assert seeded.stages[1] == unseeded.stages[1]
    assert seeded.stages[1].task.composition_share == 1
    # GF(5) has four operations of each kind: two a part leave room for three parts.
    assert composition(tiny())[0].stages[1].task.composition_parts == 3


def test_the_learning_rate_warms_up_then_falls_to_zero() -> None:
    settings = PolicySettings(steps=6, learning_rate=0.5, loss_type="grpo", warmup_steps=2)
    rates = [settings.rate(step) for step in range(6)]
    assert rates == pytest.approx([0.25, 0.5, 0.5, 0.375, 0.25, 0.125])
    constant = replace(settings, schedule="constant")
    assert [constant.rate(step) for step in range(6)] == [0.25, *[0.5] * 5]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"num_generations": 1}, "a group of one has none"),
        ({"temperature": 0.0}, "all must be above 0"),
        ({"steps": 0}, "all must be above 0"),
    ],
)
def test_settings_that_cannot_train_are_refused(change: dict[str, float], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        PolicySettings(**{"steps": 1, "learning_rate": 0.1, "loss_type": "grpo", **change})  # type: ignore[arg-type]


def test_a_stage_is_a_run_of_the_training_loop() -> None:
    study = paper()
    config = fit_run(study.task((2, 5)), study.trunk, study.sft, 7)
    assert (config.loop.steps, config.loop.batch_size, config.loop.seed) == (2560, 256, 7)
    assert config.optimizer.learning_rate == 2e-4
    assert config.schedule.kind == "cosine"
    facts, lists = study.foundation(3)
    assert (facts.loop.seed, lists.loop.seed) == (3, 3)
    assert (facts.loop.steps, lists.loop.steps) == (2000, 4000)
