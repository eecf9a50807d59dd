"""The loss of GRPO on a batch of responses, as TRL 1.16 computes it; a test compares both.

Shape suffixes: P prompts, G group, B = P * G responses, T time. The policy that sampled and the
policy trained are the same for the first update of a batch, so that without `old_logp_BT` the
importance ratio is 1 in value, not in gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from nextlat.posttrain.settings import LossType

STD_EPSILON = 1e-4


@dataclass(frozen=True)
class PolicyLoss:
    """Loss and what is logged of it.

    Attributes:
        loss: 0-dim, with gradient.
        kl: mean over response tokens of the k3 estimate of the divergence from the reference, or 0.
    """

    loss: Tensor
    kl: Tensor


def advantages(rewards_PG: Tensor, scale_rewards: Literal["group", "batch", "none"]) -> Tensor:
    """Return `[P, G]` rewards less their group's mean, scaled.

    The divisor is the sample standard deviation + 1e-4 of the group or of the batch, or 1.
    """
    # The group's mean is the baseline: a response is as good as it is better than its siblings.
    centred_PG = rewards_PG - rewards_PG.mean(1, keepdim=True)
    if scale_rewards == "group":
        return centred_PG / (rewards_PG.std(1, keepdim=True) + STD_EPSILON)
    if scale_rewards == "batch":
        return centred_PG / (rewards_PG.std() + STD_EPSILON)
    return centred_PG


def policy_loss(
    logp_BT: Tensor,
    advantages_B: Tensor,
    mask_BT: Tensor,
    *,
    loss_type: LossType,
    max_completion_length: int,
    num_responses: int,
    num_tokens: int,
    old_logp_BT: Tensor | None = None,
    reference_logp_BT: Tensor | None = None,
    beta: float = 0.0,
    epsilon: float = 0.2,
) -> PolicyLoss:
    """Return the clipped policy loss with a per-token KL penalty.

    Rows with zero advantage and no KL term add nothing; callers may leave them out of the batch, so
    the numbers of responses and tokens that loss types divide by are arguments.

    Args:
        logp_BT: log-probabilities of the response tokens under the policy trained.
        advantages_B: one a response.
        mask_BT: 1 on response tokens.
        loss_type: "grpo" averages each response over its tokens, then over responses; "bnpo" and
            "dapo" over all tokens (of the batch, which is not split here); "dr_grpo" divides by
            responses * max_completion_length.
        max_completion_length: for "dr_grpo".
        num_responses: responses of the whole batch.
        num_tokens: response tokens of the whole batch.
        old_logp_BT: under the policy that sampled; the policy itself where None.
        reference_logp_BT: under the reference, for the KL term.
        beta: weight of the KL term, the k3 estimate exp(d) - d - 1 with d = reference - policy.
        epsilon: clip range of the importance ratio.
    """
    mask_BT = mask_BT.to(logp_BT.dtype)
    # Detached: the ratio is 1 in value, but its gradient is that of the log-probabilities.
    old_BT = logp_BT.detach() if old_logp_BT is None else old_logp_BT
    ratio_BT = torch.exp(logp_BT - old_BT)
    token_BT = -_clipped(ratio_BT, advantages_B[:, None], epsilon)
    kl = logp_BT.new_zeros(())
    if reference_logp_BT is not None:
        kl_BT = _k3(logp_BT, reference_logp_BT)
        kl = (kl_BT.detach() * mask_BT).sum() / mask_BT.sum().clamp(min=1)
        token_BT = token_BT + beta * kl_BT
    token_BT = token_BT * mask_BT
    if loss_type == "grpo":
        # A response left out of the batch counts in the number of responses all the same.
        loss = (token_BT.sum(1) / mask_BT.sum(1).clamp(min=1)).sum() / num_responses
    elif loss_type == "dr_grpo":
        loss = token_BT.sum() / (num_responses * max_completion_length)
    else:
        loss = token_BT.sum() / max(1, num_tokens)
    return PolicyLoss(loss, kl)


def _clipped(ratio_BT: Tensor, advantages_B1: Tensor, epsilon: float) -> Tensor:
    """Return the clipped surrogate, a token each, `[B, T]`.

    The smaller of both is the pessimistic bound: clipping never makes a step look better.
    """
    clipped_BT = ratio_BT.clamp(1 - epsilon, 1 + epsilon)
    return torch.minimum(ratio_BT * advantages_B1, clipped_BT * advantages_B1)


def _k3(logp_BT: Tensor, reference_logp_BT: Tensor) -> Tensor:
    """Return the k3 estimate of the divergence from the reference, a token each, `[B, T]`.

    It is never negative, unlike the plain difference of log-probabilities, and has the same mean
    over tokens that the policy sampled.
    """
    gap_BT = reference_logp_BT - logp_BT
    return torch.exp(gap_BT) - gap_BT - 1
