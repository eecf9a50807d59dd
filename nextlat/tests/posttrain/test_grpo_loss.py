"""TRL's GRPO loss and advantages against a naive reference in double precision, for each loss type
offered.

The laws are those of the papers: GRPO (arXiv 2402.03300), Dr. GRPO (2503.20783), DAPO (2503.14476),
and the k3 estimate of the KL term. Shape suffixes: B completions, P prompt tokens, C completion
tokens, V vocabulary.
"""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from torch import Tensor

from nextlat.posttrain.grpo import grpo_config, grpo_dataset, trainer_class
from nextlat.posttrain.models import load_policy, policy_tokenizer
from nextlat.posttrain.problems import Problem
from nextlat.posttrain.settings import GrpoSettings, LossType
from nextlat.posttrain.stages import quiet

LENGTHS = (5, 1, 3, 5, 2, 4, 5, 1)
TEMPERATURE, EPSILON, LONGEST = 0.7, 0.2, 6


def rewarded(completions: list[str], **_: Any) -> list[float]:
    return [0.0] * len(completions)


def build(model: str, folder: Path, reward: Any = rewarded, **own: Any) -> Any:
    settings = GrpoSettings(
        **{
            "loss_type": "grpo",
            "per_device_train_batch_size": 8,
            "num_generations": 4,
            "max_completion_length": LONGEST,
            "temperature": TEMPERATURE,
            "epsilon": EPSILON,
            "gradient_checkpointing": False,
            "max_steps": 2,
            **own,
        }
    )
    tokenizer = policy_tokenizer(model)
    problems = [Problem(str(at), f"ab{at}=", str(at)) for at in range(4)]
    with quiet():
        trainer = trainer_class()(
            model=load_policy(model),
            reward_funcs=reward,
            args=grpo_config(settings, folder, 0),
            train_dataset=grpo_dataset(problems),
            processing_class=tokenizer,
        )
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = settings.gradient_accumulation_steps
    return trainer


def fixed_batch(model: Any) -> dict[str, Tensor]:
    """A batch whose old log-probabilities lie off the policy's by up to 0.6, so that clipping is
    met on both sides."""
    generator = torch.Generator().manual_seed(5)
    size, width = len(LENGTHS), max(LENGTHS)
    prompt_BP = torch.randint(3, 100, (size, 4), generator=generator)
    completion_BC = torch.randint(3, 100, (size, width), generator=generator)
    mask_BC = (torch.arange(width)[None] < torch.tensor(LENGTHS)[:, None]).long()
    batch = {
        "prompt_ids": prompt_BP,
        "prompt_mask": torch.ones_like(prompt_BP),
        "completion_ids": completion_BC * mask_BC,
        "completion_mask": mask_BC,
        "advantages": torch.tensor([1.3, -0.4, 0.0, -0.9, 0.8, -1.1, 0.3, 0.0]),
        "num_items_in_batch": mask_BC.sum(),
    }
    with torch.no_grad():
        log_BC = log_probabilities(model, batch)
    shift_BC = 1.2 * torch.rand(log_BC.shape, generator=generator, dtype=torch.float64) - 0.6
    return {
        **batch,
        "old_per_token_logps": (log_BC + shift_BC).float(),
        "ref_per_token_logps": (log_BC - 0.5 * shift_BC).float(),
    }


def log_probabilities(model: Any, batch: dict[str, Tensor]) -> Tensor:
    """Log-probability of each completion token at the rollouts' temperature."""
    ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], 1)
    mask = torch.cat([batch["prompt_mask"], batch["completion_mask"]], 1)
    logits_BTV = model(input_ids=ids, attention_mask=mask).logits.double() / TEMPERATURE
    start = batch["prompt_ids"].shape[1]
    log_BCV = logits_BTV[:, start - 1 : -1].log_softmax(-1)
    return log_BCV.gather(-1, batch["completion_ids"][..., None])[..., 0]


def naive_loss(
    model: Any, batch: dict[str, Tensor], loss_type: str, *, beta: float, corrected: bool
) -> Tensor:
    """The objective written out completion by completion and token by token."""
    log_BC = log_probabilities(model, batch)
    token_losses: list[list[Tensor]] = []
    for row, length in enumerate(batch["completion_mask"].sum(1).tolist()):
        advantage = float(batch["advantages"][row])
        losses = []
        for at in range(length):
            ratio = (log_BC[row, at] - batch["old_per_token_logps"][row, at].double()).exp()
            clipped = ratio.clamp(1 - EPSILON, 1 + EPSILON)
            loss = -torch.minimum(ratio * advantage, clipped * advantage)
            away = batch["ref_per_token_logps"][row, at].double() - log_BC[row, at]
            kl = away.exp() - away - 1
            losses.append(loss + beta * kl * (ratio if corrected else 1.0))
        token_losses.append(losses)
    every = [loss for losses in token_losses for loss in losses]
    if loss_type == "grpo":
        return torch.stack([torch.stack(losses).mean() for losses in token_losses]).mean()
    if loss_type in ("bnpo", "dapo"):  # alike where the batch is one
        return torch.stack(every).mean()
    return torch.stack(every).sum() / (len(token_losses) * LONGEST)


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("loss_type", get_args(LossType))
def test_loss_and_gradient_are_the_naive_ones(
    loss_type: str, corrected: bool, model: str, tmp_path: Path
) -> None:
    trainer = build(
        model, tmp_path, loss_type=loss_type, beta=0.3, use_bias_correction_kl=corrected
    )
    naive = load_policy(model).double().train()
    batch = fixed_batch(naive)
    ratio = (log_probabilities(naive, batch) - batch["old_per_token_logps"]).exp()
    assert (ratio > 1 + EPSILON).any()
    assert (ratio < 1 - EPSILON).any()
    expected = naive_loss(naive, batch, loss_type, beta=0.3, corrected=corrected)
    found = trainer._compute_loss(trainer.model, batch)
    assert float(found.detach()) == pytest.approx(
        float(expected.detach()), rel=2e-5, abs=1e-6
    )  # float32 against float64
    expected.backward()
    found.backward()
    for (name, mine), theirs in zip(
        naive.named_parameters(), trainer.model.parameters(), strict=True
    ):
        assert mine.grad is not None
        assert torch.allclose(mine.grad.float(), theirs.grad, rtol=2e-3, atol=2e-5), name


@pytest.mark.parametrize("loss_type", get_args(LossType))
def test_accumulated_parts_add_up(loss_type: str, model: str, tmp_path: Path) -> None:
    """In two parts, dapo is still the token mean of the whole; bnpo is the mean of the parts' token
    means."""
    own = {"per_device_train_batch_size": 4, "gradient_accumulation_steps": 2}
    trainer = build(
        model, tmp_path, loss_type=loss_type, beta=0.1, use_bias_correction_kl=False, **own
    )
    naive = load_policy(model).double()
    batch = fixed_batch(naive)
    parts = [
        {key: value if value.dim() == 0 else value[at : at + 4] for key, value in batch.items()}
        for at in (0, 4)
    ]
    with torch.no_grad():
        found = sum(float(trainer._compute_loss(trainer.model, part)) for part in parts)
        whole = float(naive_loss(naive, batch, loss_type, beta=0.1, corrected=False))
        halves = [
            float(naive_loss(naive, part, loss_type, beta=0.1, corrected=False)) for part in parts
        ]
    expected = sum(halves) / 2 if loss_type == "bnpo" else whole
    assert found == pytest.approx(expected, rel=2e-5, abs=1e-6)
    if loss_type == "bnpo":
        assert found != pytest.approx(whole, rel=1e-3)


@pytest.mark.parametrize("scale", ["group", "batch", "none"])
def test_advantages_are_relative_to_the_group(scale: str, model: str, tmp_path: Path) -> None:
    """Reward minus the group's mean, over the standard deviation plus 1e-4; a group of one reward
    teaches nothing."""
    given = [0.0, 1.0, 0.25, 1.0, 0.5, 0.5, 0.5, 0.5]
    trainer = build(model, tmp_path, lambda completions, **_: given, scale_rewards=scale)
    rows = [{"prompt": f"ab{at}=", "problem": at} for at in (0, 1) for _ in range(4)]
    with quiet():
        out = trainer._generate_and_score_completions(copy.deepcopy(rows))
    rewards = torch.tensor(given, dtype=torch.float64)
    centred = rewards - rewards.view(2, 4).mean(1).repeat_interleave(4)
    spread = {
        "group": rewards.view(2, 4).std(1).repeat_interleave(4) + 1e-4,
        "batch": rewards.std() + 1e-4,
        "none": torch.ones(()),
    }[scale]
    assert torch.allclose(out["advantages"].double(), centred / spread, atol=1e-5)
    assert out["advantages"][4:].abs().max() == 0
    zero_share = {"group": 0.5, "none": 0.5, "batch": 0.0}[scale]
    assert trainer._metrics["train"]["frac_reward_zero_std"] == [zero_share]
