"""From logits to the distribution tokens are drawn from; the random numbers are in noise.py.

It knows no model and no drafter. Temperature, top-k and top-p are applied here and nowhere else;
temperature 0 is the distribution with all its mass on the likeliest token, so that greedy decoding
is a case of sampling and not an exception to it. Shape suffixes: V vocabulary, `...` any leading
axes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from nextlat.errors import UsageError

INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True)
class Sampling:
    """How tokens are drawn.

    Attributes:
        temperature: 0 takes the likeliest token; 1 is the model's own distribution.
        top_p: nucleus: the likeliest tokens that together have at least this mass; 1 keeps all.
        top_k: only this many likeliest tokens; 0 keeps all.
        seed: int64; the same seed gives the same tokens.
    """

    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    seed: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.temperature < math.inf:
            raise UsageError(
                f"temperature {self.temperature}: it must be finite and not negative; 0 takes the "
                "likeliest token, 1 the model's own distribution"
            )
        if not 0 < self.top_p <= 1:
            raise UsageError(
                f"top_p {self.top_p}: it must be above 0 and at most 1; 1 keeps the whole "
                "distribution"
            )
        if not _is_whole(self.top_k) or self.top_k < 0:
            raise UsageError(
                f"top_k {self.top_k!r}: it must be a whole number from 0; 0 keeps the whole "
                "distribution"
            )
        if not _is_whole(self.seed) or self.seed not in INT64:
            raise UsageError(
                f"seed {self.seed!r}: it must be a whole number of 64 bits, from -2**63 to "
                "2**63 - 1"
            )

    @property
    def greedy(self) -> bool:
        """Whether the likeliest token is taken and nothing is random."""
        return self.temperature == 0

    def log_probs(self, logits_V: Tensor) -> Tensor:
        """Return `filtered_log_probs` under these settings, `[..., V]`."""
        return filtered_log_probs(logits_V, self.temperature, self.top_p, self.top_k)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def filtered_log_probs(
    logits_V: Tensor, temperature: float, top_p: float, top_k: int = 0
) -> Tensor:
    """Return log probabilities after temperature, then top-k, then top-p; dropped tokens have -inf.

    Tokens exactly as likely as the last one kept are kept too, so the result does not depend on the
    order of ids.

    Args:
        logits_V: logits, `[..., V]`.
        temperature: 0 puts all mass on the likeliest token (the first of equals).
        top_p: mass in (0, 1] the kept tokens reach at least.
        top_k: number of tokens kept; 0 for all.

    Returns:
        `[..., V]`, normalised, in the logits' dtype or float32 if that is lower.

    Example: probabilities [.5, .3, .2] with top_p=.6 become [.625, .375, 0].
    """
    logits_V = logits_V.to(torch.promote_types(logits_V.dtype, torch.float32))
    if logits_V.device.type == "mps" and temperature:
        logits_V = logits_V.cpu()  # tokens are drawn in float64, which an Apple GPU does not have
    if temperature == 0:
        best = logits_V.argmax(dim=-1, keepdim=True)
        return torch.full_like(logits_V, -math.inf).scatter_(-1, best, 0.0)
    # Subtracting the maximum first keeps tiny temperatures finite.
    scaled_V = (logits_V - logits_V.amax(dim=-1, keepdim=True)) / temperature
    if 0 < top_k < scaled_V.shape[-1]:
        least = scaled_V.topk(top_k, dim=-1).values[..., -1:]
        scaled_V = scaled_V.masked_fill(scaled_V < least, -math.inf)
    if top_p < 1:
        scaled_V = scaled_V.masked_fill(scaled_V < _nucleus_edge(scaled_V, top_p), -math.inf)
    return scaled_V.log_softmax(dim=-1)


def _nucleus_edge(scaled_V: Tensor, top_p: float) -> Tensor:
    """Return the logit of the last token the nucleus needs, `[..., 1]`.

    Looks at the likeliest 256 first and widens while they do not suffice: a full sort of a large
    vocabulary can cost as much as a small trunk's forward.
    """
    size = scaled_V.shape[-1]
    whole = scaled_V.double().logsumexp(dim=-1, keepdim=True)
    width = min(256, size)
    while True:
        top = scaled_V.topk(width, dim=-1).values
        mass = (top.double() - whole).exp().cumsum(dim=-1)
        if width == size or bool((mass[..., -1] >= top_p).all()):
            needed = (mass < top_p).sum(dim=-1, keepdim=True).clamp(max=width - 1)
            return top.gather(-1, needed)
        width = min(16 * width, size)


def token_log_probs(logits_V: Tensor, tokens: Tensor) -> Tensor:
    """Return each token's log probability at temperature 1 without filters, `[...]`.

    Args:
        logits_V: logits, `[..., V]`.
        tokens: ids, int64, `[...]`.
    """
    logits_V = logits_V.to(torch.promote_types(logits_V.dtype, torch.float32))
    return logits_V.log_softmax(dim=-1).gather(-1, tokens[..., None])[..., 0]


def draw(weights_V: Tensor, uniform: float) -> int:
    """Return the token whose slice of the cumulated weights holds the draw; never one of weight 0.

    Args:
        weights_V: not negative, not all 0, need not add up to 1.
        uniform: in [0, 1).
    """
    cumulated_V = weights_V.double().cumsum(dim=0)
    token = int(torch.searchsorted(cumulated_V, uniform * cumulated_V[-1:], right=True))
    if token == len(weights_V):  # rounding put the draw on the very end
        token = int(weights_V.nonzero()[-1])
    return token
