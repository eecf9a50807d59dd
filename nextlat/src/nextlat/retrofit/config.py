"""Configuration of a retrofit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from nextlat.errors import UsageError

MIN_TOKENS = 1000
"""Fewer tokens leave nothing to hold out."""

OF_THE_SAMPLES = ("rows", "max_prompt_tokens", "max_new_tokens", "temperatures", "dtype", "seed")
"""Settings that decide what is sampled; with other ones the samples would be others."""


@dataclass(frozen=True)
class RetrofitConfig:
    """What is sampled and what is fitted.

    Attributes:
        tokens: tokens of text, prompts and answers together, to sample; at least `MIN_TOKENS`.
        rows: rows sampled together, one chunk.
        max_prompt_tokens: longer prompts lose their beginning.
        max_new_tokens: most tokens of an answer.
        temperatures: rows take them in turn; 0 is greedy.
        dtype: of sampling, kept latents apart (always bfloat16), and of the fit's matrix products.
        horizon: rollout steps the dynamics are fitted over.
        hidden_size: inner width of the dynamics; 4/3 of the trunk's width where None.
        separate_norms: whether the dynamics normalise state and embedding each by itself.
        draft_vocab: the most frequent ids that drafts are taken from; 0 keeps the whole vocabulary.
        latent_weight: weight of the SmoothL1 term.
        kl_weight: weight of the KL term.
        learning_rate: peak of AdamW's, reached after 5% of the steps, then a cosine to 0.
        weight_decay: of AdamW.
        batch_size: starts of rollouts a step.
        passes: passes over the training rows.
        evaluations: how often held-out acceptance is measured; the best state is kept.
        held_out: share of the prompts held out.
        seed: of prompts, samples, initial weights and order.
    """

    tokens: int = 300_000
    rows: int = 32
    max_prompt_tokens: int = 512
    max_new_tokens: int = 192
    temperatures: tuple[float, ...] = (0.0, 0.7, 1.0)
    dtype: Literal["float32", "bfloat16"] = "float32"
    horizon: int = 2
    hidden_size: int | None = None
    separate_norms: bool = True
    draft_vocab: int = 8192
    latent_weight: float = 1.0
    kl_weight: float = 1.0
    learning_rate: float = 2e-3
    weight_decay: float = 0.01
    batch_size: int = 512
    passes: float = 4.0
    evaluations: int = 20
    held_out: float = 0.1
    seed: int = 0

    def __post_init__(self) -> None:
        if self.tokens < MIN_TOKENS:
            raise UsageError(
                f"tokens {self.tokens}: at least {MIN_TOKENS} are needed to fit and to hold out; "
                "300000 is a start"
            )
        if self.horizon < 2:
            raise UsageError(
                f"horizon {self.horizon}: drafts of drafts are fitted too; give 2 or more"
            )
        for name in ("rows", "max_new_tokens", "max_prompt_tokens", "batch_size", "evaluations"):
            if getattr(self, name) < 1:
                raise UsageError(f"{name} {getattr(self, name)}: give 1 or more")
        if self.draft_vocab < 0 or (self.hidden_size is not None and self.hidden_size < 1):
            raise UsageError("draft_vocab is 0 (whole vocabulary) or more, hidden_size 1 or more")
        if not self.temperatures or not all(0 <= t < math.inf for t in self.temperatures):
            raise UsageError(
                f"temperatures {self.temperatures}: give one or more, finite and not negative"
            )
        if not 0 < self.held_out <= 0.5:
            raise UsageError(f"held_out {self.held_out}: give a share above 0, at most 0.5")
        for name in ("latent_weight", "kl_weight", "weight_decay"):
            if not 0 <= getattr(self, name) < math.inf:
                raise UsageError(
                    f"{name} {getattr(self, name)}: it is finite and not negative; 0 turns it off"
                )
        for name in ("learning_rate", "passes"):
            if not 0 < getattr(self, name) < math.inf:
                raise UsageError(f"{name} {getattr(self, name)}: it is finite and above 0")
