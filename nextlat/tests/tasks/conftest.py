"""Solvers that answer by rule, in place of trained models."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor
from torch.nn.functional import one_hot

Rule = Callable[[Tensor], Tensor]


class RuleSolver:
    """Predicts at every position the token a rule names; its latents are those same one-hot
    logits."""

    def __init__(self, vocab_size: int, rule: Rule) -> None:
        self.vocab_size = vocab_size
        self.rule = rule
        self.largest_batch = 0

    def logits(self, input_ids_BT: Tensor) -> Tensor:
        """Return 30 for the rule's token, 0 for the others."""
        self.largest_batch = max(self.largest_batch, len(input_ids_BT))
        return 30.0 * one_hot(self.rule(input_ids_BT), self.vocab_size).float()

    def hidden_states(self, input_ids_BT: Tensor) -> Tensor:
        """Return the logits."""
        return self.logits(input_ids_BT)

    def complete(self, input_ids_BT: Tensor, num_tokens: int) -> Tensor:
        """Follow the rule greedily."""
        start = input_ids_BT.shape[1]
        for _ in range(num_tokens):
            chosen = self.logits(input_ids_BT)[:, -1:].argmax(dim=-1)
            input_ids_BT = torch.cat([input_ids_BT, chosen], dim=1)
        return input_ids_BT[:, start:]


@pytest.fixture
def rule_solver() -> type[RuleSolver]:
    return RuleSolver
