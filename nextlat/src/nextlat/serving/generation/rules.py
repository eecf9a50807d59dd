"""Rules on logits, and the acceptance that applies them and records log probabilities.

A rule is a function of the logits and of the tokens before them, never of what was drafted, so that
a request means the same with and without drafts. Shape suffixes: N positions, K drafts, K1 = K + 1,
V vocabulary.
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
        """Return the changed logits.

        Args:
            logits_V: of the position.
            before: the generated tokens in front of it.
        """
        ...


@dataclass(frozen=True)
class Bias:
    """Adds to the logits of single tokens (`logit_bias`).

    Attributes:
        of_token: from token id to what is added.
    """

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
    """Lowers the logits of tokens generated before, by OpenAI's definition.

    Attributes:
        presence: subtracted once.
        frequency: subtracted for each occurrence.
    """

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
    """Forbids tokens until enough others were generated (`min_tokens`).

    Attributes:
        token_ids: forbidden until then.
        min_tokens: generated tokens from which on nothing is forbidden.
    """

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
        logprob: of the chosen id.
        top: the likeliest ids and their log probabilities, likeliest first.
    """

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


def scores(logits_NV: Tensor, tokens: Sequence[int], num_top: int) -> list[TokenScore]:
    """Return the scores of tokens at their positions.

    Args:
        logits_NV: logits of the positions.
        tokens: N ids.
        num_top: how many of the likeliest ids to return at each position.
    """
    # In half precision, sums over a large vocabulary would lose the small probabilities.
    log_probs_NV = logits_NV.to(torch.promote_types(logits_NV.dtype, torch.float32)).log_softmax(
        dim=-1
    )
    token_scores = []
    for token, log_probs_V in zip(tokens, log_probs_NV, strict=True):
        best = log_probs_V.topk(min(num_top, log_probs_V.shape[-1]))
        top = tuple(zip(best.indices.tolist(), best.values.tolist(), strict=True))
        token_scores.append(TokenScore(token, float(log_probs_V[token]), top))
    return token_scores


class RuledAcceptance:
    """An acceptance that sees logits after the rules, and records what it chose.

    Args:
        inner: chooses and judges.
        rules: applied in order.
        num_top: likeliest tokens to record at each position; None records no scores.

    Attributes:
        tokens: chosen so far; those behind a stop are among them, so index by position.
        scores: of each token, where recorded.
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
        """Return a draft that the rules allow after the drafts picked before it.

        Where they allow none, the draft has confidence 0 and will be rejected.

        Args:
            logits_V: of the position.
            position: number of the token in the generated text.
            vocabulary: the tokens that the logits are of, where those are not all.
        """
        # A drafter that starts over at an earlier position has dropped what it picked from there.
        del self._picked[position - len(self.tokens) :]
        # Rules name tokens by ids of the whole vocabulary.
        if vocabulary is not None and self.rules:
            logits_V, vocabulary = vocabulary.spread(logits_V), None
        ruled_V = self._ruled(logits_V, [*self.tokens, *self._picked])
        # No draft id is allowed; a softmax of nothing but -inf would be NaN.
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
            # Position k is ruled as if the drafts before it stood: it is looked at only then.
            rows = [
                self._ruled(logits_V, [*self.tokens, *ids[:k]])
                for k, logits_V in enumerate(logits_K1V)
            ]
            ruled_K1V = torch.stack(rows)
        verification = self.inner.verify(drafts, ruled_K1V, position)
        chosen = [*ids[: verification.num_accepted], verification.next_token]
        # Scores are the model's own, before the rules.
        if self.num_top is not None:
            self.scores += scores(logits_K1V[: len(chosen)], chosen, self.num_top)
        self.tokens += chosen
        self._picked = []
        return verification

    def _ruled(self, logits_V: Tensor, before: Sequence[int]) -> Tensor:
        for rule in self.rules:
            logits_V = rule.apply(logits_V, before)
        return logits_V
