"""Policy stages: a resumed one equals an uninterrupted one, no signal moves nothing, a reward is
learnt."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from nextlat.errors import NonFiniteLossError, UsageError
from nextlat.posttrain.finite_field.grpo import PolicyStage, Rollout
from nextlat.posttrain.finite_field.recipes import PolicySettings
from nextlat.posttrain.finite_field.rejection import RejectionStage
from nextlat.tasks.finite_field import FiniteField, FiniteFieldConfig
from nextlat.training.build import build_trunk
from nextlat.training.run_config import TrunkConfig

TASK = FiniteField(FiniteFieldConfig(modulus=5, min_steps=2, max_steps=3), 0)
SETTINGS = PolicySettings(
    steps=4, prompts=4, num_generations=4, learning_rate=1e-2, loss_type="dr_grpo", beta=0.05
)


@pytest.fixture
def start(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    trunk = TrunkConfig(family="smollm3", num_layers=2, num_heads=2, width=16, local_window=4)
    build_trunk(trunk, TASK.vocab_size, TASK.max_length).save_pretrained(tmp_path / "start")
    return tmp_path / "start"


class FirstToken(PolicyStage):
    """Rewards responses that open with an even token, which a random model writes half the time."""

    def rewards(self, rollout: Rollout) -> torch.Tensor:
        told = [float(row[0] % 2 == 0) for row in rollout.responses]
        return torch.tensor(told).view(self.settings.prompts, self.settings.num_generations)


class Silent(PolicyStage):
    """Rewards nothing."""

    def rewards(self, rollout: Rollout) -> torch.Tensor:
        return torch.zeros(self.settings.prompts, self.settings.num_generations)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return dict(AutoModelForCausalLM.from_pretrained(folder).state_dict())


def test_a_resumed_stage_is_the_uninterrupted_one(start: Path, tmp_path: Path) -> None:
    FirstToken(start, tmp_path / "whole", TASK, SETTINGS, 1).run()
    FirstToken(start, tmp_path / "cut", TASK, SETTINGS, 1).run(stop_after=2)
    FirstToken(start, tmp_path / "cut", TASK, SETTINGS, 1).run()
    one, other = weights(tmp_path / "whole" / "model"), weights(tmp_path / "cut" / "model")
    assert all(torch.equal(one[name], other[name]) for name in one)
    assert any(not torch.equal(one[name], weights(start)[name]) for name in one)
    lines = [
        [
            {key: value for key, value in json.loads(line).items() if key != "step_time"}
            for line in (tmp_path / name / "metrics.jsonl").read_text("utf-8").splitlines()
        ]
        for name in ("whole", "cut")
    ]
    assert lines[0] == lines[1]
    assert [line["step"] for line in lines[0]] == [1, 2, 3, 4]


def test_groups_without_spread_move_nothing(start: Path, tmp_path: Path) -> None:
    Silent(start, tmp_path / "stage", TASK, dataclasses.replace(SETTINGS, beta=0.0), 1).run()
    before, after = weights(start), weights(tmp_path / "stage" / "model")
    assert all(torch.equal(before[name], after[name]) for name in before)
    line = json.loads((tmp_path / "stage" / "metrics.jsonl").read_text("utf-8").splitlines()[0])
    assert line["frac_reward_zero_std"] == 1
    assert "kl" not in line


@pytest.mark.slow
def test_a_reward_is_learnt_and_the_leash_holds_it(start: Path, tmp_path: Path) -> None:
    ends = {}
    for beta in (0.0, 5.0):
        settings = dataclasses.replace(
            SETTINGS, steps=40, prompts=8, num_generations=8, beta=beta, schedule="constant"
        )
        FirstToken(start, tmp_path / str(beta), TASK, settings, 1).run()
        told = [
            json.loads(line)
            for line in (tmp_path / str(beta) / "metrics.jsonl").read_text("utf-8").splitlines()
        ]
        ends[beta] = sum(line["reward"] for line in told[-5:]) / 5
        assert 0.2 < told[0]["reward"] < 0.8
    assert ends[0.0] > 0.95
    assert ends[5.0] < ends[0.0] - 0.05


@pytest.mark.slow
def test_rejection_sampling_imitates_rewarded_responses_of_the_start_only(
    start: Path, tmp_path: Path
) -> None:
    class Rejection(RejectionStage, FirstToken):
        pass

    settings = dataclasses.replace(SETTINGS, steps=60, prompts=8, num_generations=8)
    stage = Rejection(start, tmp_path / "stage", TASK, settings, 1)
    stage.run()
    told = [
        json.loads(line)
        for line in (tmp_path / "stage" / "metrics.jsonl").read_text("utf-8").splitlines()
    ]
    assert abs(told[-1]["reward"] - told[0]["reward"]) < 0.3  # rollouts stay the starting model's
    learnt = PolicyStage(
        tmp_path / "stage" / "model", tmp_path / "after", TASK, settings, 2
    ).roll_out()
    assert sum(row[0] % 2 == 0 for row in learnt.responses) / len(learnt.responses) > 0.7


def test_learning_rates_rise_and_fall() -> None:
    falling = PolicySettings(steps=12, learning_rate=1.0, loss_type="dr_grpo", warmup_steps=2)
    assert [falling.rate(step) for step in range(4)] == pytest.approx([0.5, 1.0, 1.0, 0.9])
    assert falling.rate(11) == pytest.approx(0.1)
    still = dataclasses.replace(falling, schedule="constant")
    assert [still.rate(step) for step in (0, 1, 11)] == [0.5, 1.0, 1.0]


def test_rollouts_are_functions_of_seed_and_step(start: Path, tmp_path: Path) -> None:
    def told(seed: int, step: int) -> list[list[int]]:
        stage = PolicyStage(start, tmp_path / "x", TASK, SETTINGS, seed)
        stage.step = step
        return stage.roll_out().responses

    assert told(1, 3) == told(1, 3)
    assert told(1, 3) != told(1, 4)
    assert told(1, 3) != told(2, 3)


def test_a_group_shares_its_problem(start: Path, tmp_path: Path) -> None:
    rollout = PolicyStage(start, tmp_path / "x", TASK, SETTINGS, 1).roll_out()
    for first in range(0, 16, 4):
        assert len({tuple(prompt) for prompt in rollout.prompts[first : first + 4]}) == 1
    assert all(not TASK.sampler.is_held_out(chain) for chain in rollout.chains)


def test_a_loss_that_is_no_number_stops_the_stage(start: Path, tmp_path: Path) -> None:
    stage = PolicyStage(start, tmp_path / "x", TASK, SETTINGS, 1)
    with pytest.raises(NonFiniteLossError, match="step 1"):
        stage.descend(torch.tensor(float("nan"), requires_grad=True))


def test_groups_of_one_are_refused() -> None:
    with pytest.raises(UsageError, match="group of one"):
        dataclasses.replace(SETTINGS, num_generations=1)
