"""The next-latent objective, written position by position with Python loops, in the trunk's own
dtype.

It shares nothing with the library but the dynamics' step: hidden states come from the untouched
transformers model.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from transformers import PreTrainedModel

Step = Callable[[Tensor, Tensor], Tensor]


def _logits(model: PreTrainedModel, h: Tensor, *, frozen: bool) -> Tensor:
    head = model.get_output_embeddings()
    weight = head.weight.detach() if frozen else head.weight
    return weight @ h


def _huber(a: Tensor, b: Tensor) -> Tensor:
    gap = (a - b).abs()
    return torch.where(gap < 1, 0.5 * gap**2, gap - 0.5).sum() / len(a)


class Naive:
    """Losses of one batch; `model` gives hidden states, `step` is the dynamics."""

    def __init__(
        self, model, step: Step, ids, labels=None, documents=None, mask=None, horizon: int = 2
    ) -> None:
        self.model, self.step, self.ids, self.horizon = model, step, ids, horizon
        self.labels = ids if labels is None else labels
        self.documents, self.mask = documents, mask
        out = model(input_ids=ids, attention_mask=mask, output_hidden_states=True, use_cache=False)
        self.h, self.e = out.hidden_states[-1], model.get_input_embeddings()(ids)
        self.batch, self.length = ids.shape

    def _real(self, b: int, t: int) -> bool:
        return self.mask is None or bool(self.mask[b, t])

    def _within(self, b: int, start: int, end: int) -> bool:
        if end >= self.length or not all(self._real(b, t) for t in range(start, end + 1)):
            return False
        return (
            self.documents is None
            or len({int(self.documents[b, t]) for t in range(start, end + 1)}) == 1
        )

    def _is_target(self, b: int, t: int) -> bool:
        """Whether the token at t is an unmasked target of the position before it."""
        return self._within(b, t - 1, t) and int(self.labels[b, t]) != -100

    def next_token(self) -> Tensor:
        terms = []
        for b in range(self.batch):
            for t in range(self.length - 1):
                if self._is_target(b, t + 1):
                    logits = _logits(self.model, self.h[b, t], frozen=False)
                    terms.append(torch.logsumexp(logits, 0) - logits[self.labels[b, t + 1]])
        return torch.stack(terms).mean()

    def _rolled(self, b: int, t: int, i: int) -> Tensor:
        h = self.h[b, t]
        for j in range(1, i + 1):
            h = self.step(h, self.e[b, t + j])
        return h

    def next_latent(self) -> Tensor:
        steps = []
        for i in range(1, self.horizon + 1):
            terms = [
                _huber(self._rolled(b, t, i), self.h[b, t + i].detach())
                for b in range(self.batch)
                for t in range(self.length)
                if self._within(b, t, t + i)
            ]
            steps.append(torch.stack(terms).mean())
        return torch.stack(steps).mean()

    def kl(self) -> Tensor:
        steps = []
        for i in range(1, self.horizon + 1):
            terms = []
            for b in range(self.batch):
                for t in range(self.length):
                    if (
                        not self._within(b, t, t + i)
                        or t + i + 1 >= self.length
                        or not self._is_target(b, t + i + 1)
                    ):
                        continue
                    p = torch.log_softmax(
                        _logits(self.model, self.h[b, t + i].detach(), frozen=True), 0
                    )
                    q = torch.log_softmax(
                        _logits(self.model, self._rolled(b, t, i), frozen=True), 0
                    )
                    terms.append((p.exp() * (p - q)).sum())
            steps.append(torch.stack(terms).mean())
        return torch.stack(steps).mean()
