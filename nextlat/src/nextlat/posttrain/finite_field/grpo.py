"""GRPO for a small model: rollouts, reward, one update; resumable.

TRL's loop stays the reference (see policy_loss).

A stage's folder holds metrics.jsonl in TRL's log names, checkpoints/ while it runs, and model/ when
it is done. Rollouts, problems and updates are functions of (settings, seed, step), so that a
resumed stage equals an uninterrupted one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, PreTrainedModel

from nextlat.batch import Batch
from nextlat.errors import NonFiniteLossError
from nextlat.posttrain.finite_field.policy_loss import advantages, policy_loss
from nextlat.posttrain.finite_field.recipes import PolicySettings
from nextlat.posttrain.finite_field.rollouts import respond
from nextlat.tasks.finite_field import FiniteField, padded
from nextlat.tasks.finite_field_chains import NATURAL, Chain, Type
from nextlat.tasks.finite_field_traces import Judgement, judge
from nextlat.tasks.protocol import generator
from nextlat.training.checkpoint import (
    Checkpoint,
    load_checkpoint,
    newest_checkpoint,
    random_state,
    save_checkpoint,
)
from nextlat.training.metrics import MetricsFile
from nextlat.trunk.trunk import Trunk

CHECKPOINT_EVERY = 25
"""Steps between checkpoints (section 4 of our notes on the paper: each 25)."""

Report = Callable[[int], None]
"""Called after each step with the number of steps done."""


@dataclass(frozen=True)
class Rollout:
    """Responses to a step's problems, group after group."""

    chains: list[Chain]
    prompts: list[list[int]]
    responses: list[list[int]]
    judgements: list[Judgement]


class PolicyStage:
    """One stage of reinforcement learning.

    Args:
        start: folder of the model it starts from, which is also the reference of the KL term.
        out: the stage's folder.
        task: the problems.
        settings: GRPO.
        seed: of problems and rollouts.
    """

    def __init__(
        self, start: Path, out: Path, task: FiniteField, settings: PolicySettings, seed: int
    ) -> None:
        self.start, self.out, self.task, self.settings, self.seed = start, out, task, settings, seed
        self.model = _load(start)
        self.trunk = Trunk(self.model)
        self.optimizer = torch.optim.AdamW(
            self.model.parameters(), lr=settings.learning_rate, betas=(0.9, 0.99), weight_decay=0.0
        )
        self.special = task.rendering.special
        self.max_new_tokens = longest_response(task)
        self.step = 0

    @cached_property
    def frozen_start(self) -> Trunk:
        """The model the stage started from, without gradient; loaded when it is first needed."""
        return Trunk(_load(self.start).requires_grad_(False))

    def run(self, *, report: Report | None = None, stop_after: int | None = None) -> None:
        """Train to the last step, from the newest checkpoint on; write model/ at the end."""
        self.out.mkdir(parents=True, exist_ok=True)
        self._resume()
        metrics = MetricsFile(self.out, self.step)
        while self.step < self.settings.steps:
            began = time.perf_counter()
            rollout = self.roll_out()
            figures = self.update(rollout, self.rewards(rollout))
            self.step += 1
            metrics.write(self.step, {**figures, "step_time": time.perf_counter() - began})
            if report:
                report(self.step)
            if self.step % CHECKPOINT_EVERY == 0 or self.step == stop_after:
                self._save()
            if self.step == stop_after:
                return
        metrics.close()
        self.model.save_pretrained(self.out / "model")

    def _resume(self) -> None:
        newest = newest_checkpoint(self.out)
        if newest is not None:
            saved = load_checkpoint(newest)
            self.model.load_state_dict(saved.model)
            self.optimizer.load_state_dict(saved.optimizer)
            self.step = saved.step

    def _save(self) -> None:
        """Write a checkpoint, from which `_resume` continues bit for bit."""
        model, optimizer = self.model.state_dict(), self.optimizer.state_dict()
        save_checkpoint(self.out, Checkpoint(self.step, model, optimizer, [random_state()]))

    def sampler(self) -> Trunk:
        """Return the model that writes rollouts: the one being trained."""
        return self.trunk

    def roll_out(self) -> Rollout:
        """Return this step's problems with a group of responses each."""
        settings = self.settings
        rng = generator(self.seed, "policy", self.step)
        drawn = [self.task.chain(rng) for _ in range(settings.prompts)]
        chains = [chain for chain in drawn for _ in range(settings.num_generations)]
        prompts = [self.task.rendering.prompt(chain) for chain in chains]
        responses = respond(
            self.sampler(),
            prompts,
            temperature=settings.temperature,
            max_new_tokens=self.max_new_tokens,
            end=self.special["EOS"],
            pad=self.special["PAD"],
            generator=torch.Generator(self.trunk.device).manual_seed(int(rng.integers(2**62))),
        )
        judgements = [
            judge(chain, self.task.rendering.read(chain, response))
            for chain, response in zip(chains, responses, strict=True)
        ]
        return Rollout(chains, prompts, responses, judgements)

    def rewards(self, rollout: Rollout) -> Tensor:
        """Return `[P, G]` rewards: 1 for a right answer, or only where every step is right too."""
        by_answer = self.settings.reward == "answer"
        rewards = [
            float(judgement.answer if by_answer else judgement.steps)
            for judgement in rollout.judgements
        ]
        return torch.tensor(rewards).view(self.settings.prompts, self.settings.num_generations)

    def update(self, rollout: Rollout, rewards_PG: Tensor) -> dict[str, float]:
        """Take one optimiser step and return what is logged.

        Groups of one reward have no advantage; without a KL term they add nothing and are left out.
        """
        settings = self.settings
        figures = rollout_figures(rollout, rewards_PG, self.task)
        advantages_B = advantages(rewards_PG, settings.scale_rewards).flatten()
        counted = [
            number
            for number, advantage in enumerate(advantages_B.tolist())
            if advantage != 0 or settings.beta
        ]
        if not counted:
            return figures
        rows = [(rollout.prompts[number], rollout.responses[number]) for number in counted]
        batch = padded(rows, self.special["PAD"]).to(self.trunk.device)
        mask_BT = response_mask(batch)
        logp_BT, entropy_BT = self._logp(self.model, batch)
        policy = policy_loss(
            logp_BT,
            advantages_B[counted].to(logp_BT.device),
            mask_BT,
            loss_type=settings.loss_type,
            max_completion_length=self.max_new_tokens,
            num_responses=len(rollout.responses),
            num_tokens=sum(map(len, rollout.responses)),
            reference_logp_BT=self._reference_logp(batch) if settings.beta else None,
            beta=settings.beta,
            epsilon=settings.epsilon,
        )
        entropy = float((entropy_BT.detach() * mask_BT).sum() / mask_BT.sum())
        logged = {"kl": float(policy.kl), "entropy": entropy}
        return figures | logged | self.descend(policy.loss)

    def descend(self, loss: Tensor) -> dict[str, float]:
        """Take one step down a loss.

        Raises:
            NonFiniteLossError: it is not finite.
        """
        if not torch.isfinite(loss):
            raise NonFiniteLossError(
                f"the loss is {float(loss.detach())} at step {self.step + 1}; lower the learning "
                f"rate; the last checkpoint in {self.out} is untouched"
            )
        rate = self.settings.rate(self.step)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.max_grad_norm)
        self.optimizer.step()
        return {"loss": float(loss.detach()), "grad_norm": float(norm), "learning_rate": rate}

    @torch.no_grad()
    def _reference_logp(self, batch: Batch) -> Tensor:
        logp_BT, _ = self._logp(self.frozen_start.model, batch)
        return logp_BT

    def _logp(self, model: PreTrainedModel, batch: Batch) -> tuple[Tensor, Tensor]:
        logits_BTV = self.logits(model, batch.input_ids_BT, batch.attention_mask_BT)
        return token_logp(logits_BTV, batch.input_ids_BT, self.settings.temperature)

    @staticmethod
    def logits(model: PreTrainedModel, input_ids_BT: Tensor, mask_BT: Tensor | None) -> Tensor:
        """Return next-token logits `[B, T-1, V]` of all but the last position."""
        output = model(input_ids=input_ids_BT, attention_mask=mask_BT, use_cache=False)
        logits_BTV: Tensor = output.logits
        return logits_BTV[:, :-1]


def response_mask(batch: Batch) -> Tensor:
    """Return `[B, T-1]` whether each token after the first is of the response, which has labels."""
    assert batch.labels_BT is not None
    return batch.labels_BT[:, 1:] >= 0


def token_logp(
    logits_BTV: Tensor, input_ids_BT: Tensor, temperature: float
) -> tuple[Tensor, Tensor]:
    """Return log-probabilities `[B, T-1]` of the tokens after the first, and entropies."""
    # At the temperature the responses were sampled at: the ratio is of the policy that wrote them.
    logp_BTV = torch.log_softmax(logits_BTV.float() / temperature, -1)
    logp_BT = logp_BTV.gather(-1, input_ids_BT[:, 1:, None])[..., 0]
    return logp_BT, -(logp_BTV.exp() * logp_BTV).sum(-1)


def longest_response(task: FiniteField) -> int:
    """Return the most tokens of a response: those of the longest right one, and a few more."""
    config = task.config
    parts = config.composition_parts if config.composition_share else 1
    steps = config.min_steps * parts if config.composition_share else config.max_steps
    return 2 * max(steps, config.max_steps) + 3 * parts + 4


def _load(folder: Path) -> PreTrainedModel:
    model: PreTrainedModel = AutoModelForCausalLM.from_pretrained(folder)
    return model


def rollout_figures(rollout: Rollout, rewards_PG: Tensor, task: FiniteField) -> dict[str, float]:
    """Return what a step's rollouts show, in TRL's names."""
    judged = rollout.judgements
    end = task.rendering.special["EOS"]
    figures: dict[str, float] = {
        "reward": float(rewards_PG.mean()),
        "reward_std": float(rewards_PG.std(1).mean()),
        "frac_reward_zero_std": float((rewards_PG.std(1) == 0).float().mean()),
        "completions/mean_length": float(np.mean([len(row) for row in rollout.responses])),
        "completions/clipped_ratio": float(np.mean([row[-1] != end for row in rollout.responses])),
        "verified": float(np.mean([judgement.steps for judgement in judged])),
    }
    for kind in dict.fromkeys(chain.type for chain in rollout.chains):
        of_kind = [
            judgement
            for judgement, chain in zip(judged, rollout.chains, strict=True)
            if chain.type == kind
        ]
        figures |= _type_figures(kind, of_kind)
    return figures


def _type_figures(kind: Type, judgements: Sequence[Judgement]) -> dict[str, float]:
    """Return the reward of one type, and how often each strategy was taken."""
    figures = {f"reward|{kind}": float(np.mean([judgement.answer for judgement in judgements]))}
    if kind in NATURAL:
        for strategy in ("forward", "backward"):
            taken = [judgement.strategy == strategy for judgement in judgements]
            figures[f"route/{strategy}|{kind}"] = float(np.mean(taken))
    return figures
