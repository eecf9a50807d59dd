"""Accept or reject drafts: pure functions of numbers, without model, drafter or random state.

Reading order: `verify_greedy`, `verify_coupled`, `verify_speculative`. All take K drafts and what
the trunk says at the K + 1 positions they lead to, and return how many drafts stand and the trunk's
token after them. Shape suffixes: K drafts, K1 = K + 1, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from nextlat.decoding.noise import GumbelNoise
from nextlat.decoding.sampling import draw


@dataclass(frozen=True)
class Verification:
    """The outcome of verifying drafts.

    Attributes:
        num_accepted: how many drafts are accepted, from the first.
        next_token: the trunk's token after the accepted ones: a correction, or one more where all
            stand.
    """

    num_accepted: int
    next_token: int


def verify_greedy(draft_K: Tensor, logits_K1V: Tensor) -> Verification:
    """Accept the drafts that are the trunk's likeliest tokens.

    Args:
        draft_K: drafted ids, int64 `[K]`.
        logits_K1V: the trunk's logits before each draft and after the last.

    Example: drafts [4, 7], likeliest tokens [4, 5, 9] -> 1 accepted, next token 5.
    """
    chosen_K1 = logits_K1V.argmax(dim=-1)
    num_accepted = int((draft_K == chosen_K1[:-1]).long().cumprod(dim=0).sum())
    return Verification(num_accepted, int(chosen_K1[num_accepted]))


def verify_coupled(
    draft_K: Tensor, log_probs: Callable[[int], Tensor], noise: Callable[[int], GumbelNoise]
) -> Verification:
    """Accept the drafts that are the tokens the trunk samples with this noise.

    The trunk's token at a position is argmax(log p + Gumbel noise), an exact sample of p (the
    Gumbel-max identity). With noise that depends on the position alone, the trunk's tokens are the
    same whatever was drafted, so sampling is reproducible token by token with and without drafts. A
    drafter that proposes with the same noise agrees with the trunk on token j with probability 1 /
    sum_i max(p_i / p_j, q_i / q_j), in all at least (1 - TV) / (1 + TV), TV being the total
    variation between q and p, against 1 - TV of `verify_speculative`: the price of reproducibility.

    Args:
        draft_K: drafted ids, int64 `[K]`.
        log_probs: k -> the trunk's filtered log probabilities before draft k, `[V]`, -inf for
            dropped tokens; K is the place after the last. Asked for no place behind the first draft
            that falls.
        noise: k -> the noise of that place.
    """
    drafts = draft_K.tolist()
    for k, drafted_token in enumerate(drafts):
        token = noise(k).choose(log_probs(k))
        if token != drafted_token:
            return Verification(k, token)
    return Verification(len(drafts), noise(len(drafts)).choose(log_probs(len(drafts))))


def verify_speculative(
    draft_K: Tensor, draft_probs_KV: Tensor, target_probs_K1V: Tensor, uniform_K1: Tensor
) -> Verification:
    """Accept or reject by speculative sampling: the tokens follow the trunk's distribution exactly.

    Algorithm 1 of Leviathan et al. 2023 (arXiv 2211.17192): draft x stands with probability min(1,
    p(x) / q(x)); the first that falls is replaced by a draw from (p - q)+ normalised; where all
    stand one more is drawn from p.

    Args:
        draft_K: drafted ids, int64 `[K]`, each drawn from its row of `draft_probs_KV`.
        draft_probs_KV: q of each draft; one-hot for a drafter that draws nothing.
        target_probs_K1V: p, the trunk's filtered probabilities.
        uniform_K1: independent uniform draws in [0, 1): one for each draft, the last for the token
            after them.
    """
    num_drafts = len(draft_K)
    uniform = uniform_K1.tolist()
    for k, token in enumerate(draft_K.tolist()):
        p, q = float(target_probs_K1V[k, token]), float(draft_probs_KV[k, token])
        # u >= p / q without the division: a token that q excludes has q = 0.
        if uniform[k] * q >= p:
            # What q proposes too seldom; in double, since it is the difference of close numbers.
            residual_V = (target_probs_K1V[k].double() - draft_probs_KV[k].double()).clamp(min=0)
            if not bool(residual_V.any()):  # p equals q up to rounding
                residual_V = target_probs_K1V[k]
            return Verification(k, draw(residual_V, uniform[num_drafts]))
    return Verification(num_drafts, draw(target_probs_K1V[num_drafts], uniform[num_drafts]))


def one_hot(token: int, size: int) -> Tensor:
    """Return the distribution of a drafter that always proposes this token, float64 `[V]`."""
    probs_V = torch.zeros(size, dtype=torch.float64)
    probs_V[token] = 1.0
    return probs_V
