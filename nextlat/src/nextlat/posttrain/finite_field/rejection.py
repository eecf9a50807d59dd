"""Rejection-sampling fine-tuning, the control of GRPO.

As many rollouts and updates, but the rollouts are the frozen starting model's, and each update
imitates the right ones only: nothing is learnt from wrong responses, and nothing from what the
model has become.
"""

from __future__ import annotations

from torch import Tensor

from nextlat.posttrain.finite_field.grpo import (
    PolicyStage,
    Rollout,
    response_mask,
    rollout_figures,
    token_logp,
)
from nextlat.tasks.finite_field import padded
from nextlat.trunk.trunk import Trunk


class RejectionStage(PolicyStage):
    """One stage of rejection-sampling fine-tuning.

    Of GRPO's settings the KL term and clipping are unused.
    """

    def sampler(self) -> Trunk:
        """Return the model that writes rollouts: the one the stage started from."""
        return self.frozen_start

    def update(self, rollout: Rollout, rewards_PG: Tensor) -> dict[str, float]:
        """Take one step of maximum likelihood on the rewarded responses."""
        figures = rollout_figures(rollout, rewards_PG, self.task)
        rewarded = [number for number, reward in enumerate(rewards_PG.flatten().tolist()) if reward]
        if not rewarded:
            return figures
        batch = padded(
            [(rollout.prompts[number], rollout.responses[number]) for number in rewarded],
            self.special["PAD"],
        ).to(self.trunk.device)
        mask_BT = response_mask(batch)
        logits_BTV = self.logits(self.model, batch.input_ids_BT, batch.attention_mask_BT)
        logp_BT, _ = token_logp(logits_BTV, batch.input_ids_BT, 1.0)
        loss = -(logp_BT * mask_BT).sum() / mask_BT.sum()
        return figures | self.descend(loss)
