"""Rules on logits, and the acceptance that applies them to a row's tokens and notes their log probabilities.

A rule is a function of the logits and of the tokens before them, never of what was drafted, so a request means the
same with and without drafts. Shape suffixes: K drafts, K1 = K + 1, V vocabulary.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from nextlat.decoding.acceptance import Verification
from nextlat.decoding.token_choice import Acceptance, Draft, DraftVocabulary


class LogitRule(Protocol):
    """Changes the logits of one position."""

    def apply(self, logits_V: Tensor, before: Sequence[int]) -> Tensor:
        """Return the changed logits; `before` holds the generated tokens in front of the position."""
        ...


@dataclass(frozen=True)
class Bias:
    """Adds to the logits of single tokens (`logit_bias`)."""

    of_token: Mapping[int, float]

    def apply(self, logits_V: Tensor, before: Sequence[int]) -> Tensor:
        """See `LogitRule`."""
        ids = torch.tensor(list(self.of_token), device=logits_V.device)
        added = torch.tensor(
            list(self.of_token.values()), dtype=logits_V.dtype, device=logits_V.device
        )
        return logits_V.index_add(-1, ids, added)


@dataclass(frozen=True)
class Penalties:
    """Lowers the logits of generated tokens: once if they occurred, and for each time (OpenAI's definition)."""

    presence: float
    frequency: float

    def apply(self, logits_V: Tensor, before: Sequence[int]) -> Tensor:
        """See `LogitRule`."""
        if not before:
            return logits_V
        return Bias(
            {i: -self.presence - self.frequency * n for i, n in Counter(before).items()}
        ).apply(logits_V, ())


@dataclass(frozen=True)
class NotYet:
    """Forbids tokens until a number of others was generated (`min_tokens`)."""

    token_ids: tuple[int, ...]
    min_tokens: int

    def apply(self, logits_V: Tensor, before: Sequence[int]) -> Tensor:
        """See `LogitRule`."""
        if len(before) >= self.min_tokens:
            return logits_V
        return logits_V.index_fill(
            -1, torch.tensor(self.token_ids, device=logits_V.device), -math.inf
        )


@dataclass(frozen=True)
class TokenScore:
    """Log probabilities at one position, in nats, under the model at temperature 1 without rules.

    Attributes:
        token: chosen id.
        logprob: of the chosen one.
        top: the likeliest ids and theirs, likeliest first.
    """

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


def scores(logits_NV: Tensor, tokens: Sequence[int], num_top: int) -> list[TokenScore]:
    """Return the scores of tokens at their positions.

    Args:
        logits_NV: logits in front of each.
        tokens: N ids.
        num_top: how many of the likeliest to tell.
    """
    log_probs_NV = logits_NV.to(torch.promote_types(logits_NV.dtype, torch.float32)).log_softmax(
        dim=-1
    )
    told = []
    for token, log_probs_V in zip(tokens, log_probs_NV, strict=True):
        best = log_probs_V.topk(min(num_top, log_probs_V.shape[-1]))
        top = tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True))
        told.append(TokenScore(token, float(log_probs_V[token]), top))
    return told


class RuledAcceptance:
    """An acceptance that sees logits after the rules, and notes what it chose.

    Args:
        inner: chooses and judges.
        rules: applied in order.
        num_top: likeliest tokens to note at each position; None notes nothing.

    Attributes:
        tokens: chosen so far; those behind a stop are among them, so index by position.
        scores: of each token, where noted.
    """

    def __init__(
        self, inner: Acceptance, rules: Sequence[LogitRule] = (), num_top: int | None = None
    ) -> None:
        self.inner = inner
        self.rules = rules
        self.num_top = num_top
        self.may_drop = inner.may_drop
        self.tokens: list[int] = []
        self.scores: list[TokenScore] = []
        self._picked: list[int] = []

    def pick(
        self, logits_V: Tensor, position: int, vocabulary: DraftVocabulary | None = None
    ) -> Draft:
        """Return a draft the rules allow after the drafts picked before it; a hopeless one where they allow none."""
        del self._picked[position - len(self.tokens) :]
        if vocabulary is not None and self.rules:
            logits_V, vocabulary = vocabulary.spread(logits_V), None
        ruled_V = self._ruled(logits_V, [*self.tokens, *self._picked])
        if self.rules and bool(ruled_V.max() == -math.inf):
            draft = Draft(int(logits_V.argmax()), 0.0)
        else:
            draft = self.inner.pick(ruled_V, position, vocabulary)
        self._picked.append(draft.token)
        return draft

    def verify(self, drafts: list[Draft], logits_K1V: Tensor, position: int) -> Verification:
        """Judge the drafts by the ruled logits."""
        ids = [draft.token for draft in drafts]
        ruled_K1V = logits_K1V
        if self.rules:
            rows = [
                self._ruled(logits_V, [*self.tokens, *ids[:k]])
                for k, logits_V in enumerate(logits_K1V)
            ]
            ruled_K1V = torch.stack(rows)
        verification = self.inner.verify(drafts, ruled_K1V, position)
        chosen = [*ids[: verification.num_accepted], verification.next_token]
        if self.num_top is not None:
            self.scores += scores(logits_K1V[: len(chosen)], chosen, self.num_top)
        self.tokens += chosen
        self._picked = []
        return verification

    def _ruled(self, logits_V: Tensor, before: Sequence[int]) -> Tensor:
        for rule in self.rules:
            logits_V = rule.apply(logits_V, before)
        return logits_V
