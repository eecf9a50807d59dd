"""The lean GRPO loss: TRL's on the same batch, in value and gradient; advantages by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
import torch
from tiny_language_model import save_tiny_model
from torch import Tensor

from nextlat.posttrain.finite_field.grpo import token_logp
from nextlat.posttrain.finite_field.policy_loss import advantages, policy_loss
from nextlat.posttrain.grpo import grpo_config, grpo_dataset, trainer_class
from nextlat.posttrain.models import load_policy, policy_tokenizer
from nextlat.posttrain.problems import Problem
from nextlat.posttrain.settings import GrpoSettings, LossType
from nextlat.posttrain.stages import quiet

LENGTHS, LONGEST, TEMPERATURE, EPSILON, BETA = (5, 1, 3, 5, 2, 4, 5, 1), 6, 0.7, 0.2, 0.3


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(save_tiny_model(tmp_path_factory.mktemp("model") / "tiny"))


def trls_trainer(model: str, folder: Path, loss_type: str) -> Any:
    settings = GrpoSettings(
        loss_type=loss_type,  # type: ignore[arg-type]  # one of get_args(LossType)
        per_device_train_batch_size=8,
        num_generations=4,
        max_completion_length=LONGEST,
        temperature=TEMPERATURE,
        epsilon=EPSILON,
        beta=BETA,
        use_bias_correction_kl=False,
        gradient_checkpointing=False,
        max_steps=1,
    )
    with quiet():
        trainer = trainer_class()(
            model=load_policy(model),
            reward_funcs=lambda completions, **_: [0.0] * len(completions),
            args=grpo_config(settings, folder, 0),
            train_dataset=grpo_dataset([Problem(str(at), f"ab{at}=", str(at)) for at in range(4)]),
            processing_class=policy_tokenizer(model),
        )
    trainer.model.train()
    trainer.current_gradient_accumulation_steps = 1
    return trainer


def batch_of(seed: int) -> dict[str, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    shape = (len(LENGTHS), max(LENGTHS))
    mask = (torch.arange(shape[1])[None] < torch.tensor(LENGTHS)[:, None]).long()
    prompt = torch.randint(3, 100, (shape[0], 4), generator=generator)
    return {
        "prompt_ids": prompt,
        "prompt_mask": torch.ones_like(prompt),
        "completion_ids": torch.randint(3, 100, shape, generator=generator) * mask,
        "completion_mask": mask,
        "advantages": torch.tensor([1.3, -0.4, 0.0, -0.9, 0.8, -1.1, 0.3, 0.0]),
        "num_items_in_batch": mask.sum(),
        "noise": 1.2 * torch.rand(shape, generator=generator) - 0.6,
    }


def logp_of(model: Any, batch: dict[str, Tensor]) -> Tensor:
    ids = torch.cat([batch["prompt_ids"], batch["completion_ids"]], 1)
    mask = torch.cat([batch["prompt_mask"], batch["completion_mask"]], 1)
    logp, _ = token_logp(model(input_ids=ids, attention_mask=mask).logits[:, :-1], ids, TEMPERATURE)
    return logp[:, batch["prompt_ids"].shape[1] - 1 :]


@pytest.mark.parametrize("loss_type", get_args(LossType))
def test_loss_and_gradient_are_trls(loss_type: LossType, model: str, tmp_path: Path) -> None:
    trainer = trls_trainer(model, tmp_path, loss_type)
    mine = load_policy(model).train()
    batch = batch_of(5)
    with torch.no_grad():
        old = logp_of(mine, batch) + batch["noise"]
        reference = logp_of(mine, batch) - 0.5 * batch["noise"]
    found = policy_loss(
        logp_of(mine, batch),
        batch["advantages"],
        batch["completion_mask"],
        loss_type=loss_type,
        max_completion_length=LONGEST,
        num_responses=len(LENGTHS),
        num_tokens=sum(LENGTHS),
        old_logp_BT=old,
        reference_logp_BT=reference,
        beta=BETA,
        epsilon=EPSILON,
    )
    given = {key: value for key, value in batch.items() if key != "noise"}
    expected = trainer._compute_loss(
        trainer.model, {**given, "old_per_token_logps": old, "ref_per_token_logps": reference}
    )
    assert float(found.loss.detach()) == pytest.approx(float(expected.detach()), rel=1e-5, abs=1e-7)
    found.loss.backward()
    expected.backward()
    for (name, ours), theirs in zip(
        mine.named_parameters(), trainer.model.parameters(), strict=True
    ):
        assert ours.grad is not None
        assert torch.allclose(ours.grad, theirs.grad, rtol=1e-3, atol=1e-6), name


def test_rows_without_advantage_may_be_left_out_where_there_is_no_kl_term(model: str) -> None:
    trunk, batch = load_policy(model), batch_of(7)
    logp = logp_of(trunk, batch)
    kept = batch["advantages"] != 0
    for loss_type in get_args(LossType):
        sizes = {
            "loss_type": loss_type,
            "max_completion_length": LONGEST,
            "num_responses": len(LENGTHS),
            "num_tokens": sum(LENGTHS),
        }
        whole = policy_loss(logp, batch["advantages"], batch["completion_mask"], **sizes)
        part = policy_loss(
            logp[kept], batch["advantages"][kept], batch["completion_mask"][kept], **sizes
        )
        assert torch.allclose(whole.loss, part.loss, atol=1e-7)


def test_advantages_by_hand() -> None:
    rewards = torch.tensor([[1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
    spread = (4 * 0.25 / 3) ** 0.5 + 1e-4
    assert torch.allclose(
        advantages(rewards, "group")[0], torch.tensor([0.5, -0.5, -0.5, 0.5]) / spread
    )
    assert advantages(rewards, "group")[1].abs().max() == 0
    assert torch.allclose(advantages(rewards, "none")[0], torch.tensor([0.5, -0.5, -0.5, 0.5]))
    assert torch.allclose(
        advantages(rewards, "batch")[0],
        torch.tensor([0.5, -0.5, -0.5, 0.5]) / (rewards.std() + 1e-4),
    )


def test_the_kl_is_zero_at_the_reference_and_positive_elsewhere(model: str) -> None:
    batch = batch_of(9)
    logp = logp_of(load_policy(model), batch).detach()
    sizes: dict[str, Any] = {
        "loss_type": "grpo",
        "max_completion_length": LONGEST,
        "num_responses": len(LENGTHS),
        "num_tokens": sum(LENGTHS),
        "beta": 0.1,
    }
    zero = batch["advantages"] * 0
    same = policy_loss(logp, zero, batch["completion_mask"], reference_logp_BT=logp, **sizes)
    assert float(same.kl) == 0
    assert float(same.loss) == 0
    away = policy_loss(
        logp, zero, batch["completion_mask"], reference_logp_BT=logp + batch["noise"], **sizes
    )
    gap = batch["noise"][batch["completion_mask"].bool()]
    assert float(away.kl) == pytest.approx(float((gap.exp() - gap - 1).mean()), rel=1e-5)
