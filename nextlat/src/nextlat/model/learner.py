"""A trunk bound to an objective: the module that is trained, saved, loaded and decoded with."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from nextlat.batch import Batch
from nextlat.decoding import (
    AdaptiveLength,
    DraftLength,
    Generation,
    LengthPolicy,
    generate,
    length_policy,
)
from nextlat.decoding.lean import lean_trunk
from nextlat.model import storage
from nextlat.objectives.protocol import FULL, AnyObjective, Counts, Losses
from nextlat.trunk.trunk import Trunk


class Learner(nn.Module):
    """A causal language model and an objective over it. `NextLat` is the learner users meet.

    Args:
        trunk: any `transformers` causal language model, untouched.
        objective: what is minimised; its parameters are the extra ones.
    """

    def __init__(self, trunk: PreTrainedModel, objective: AnyObjective) -> None:
        super().__init__()
        self.trunk = trunk
        self.objective = objective
        self.view = Trunk(trunk)
        self._adaptive_policies: dict[tuple[str, int], AdaptiveLength] = {}

    def losses(
        self, batch: Batch, counts: Counts | None = None, ramps: Mapping[str, float] = FULL
    ) -> Losses:
        """Return the objective's losses; see `Objective.forward`."""
        losses: Losses = self.objective(self.view, batch, counts, ramps)
        return losses

    def forward(
        self,
        input_ids: Tensor,
        labels: Tensor | None = None,
        document_ids: Tensor | None = None,
        attention_mask: Tensor | None = None,
        counts: Counts | None = None,
        ramps: Mapping[str, float] = FULL,
    ) -> Losses:
        """Return the losses of a batch of sequences.

        Args:
            input_ids: token ids, `[B, T]`.
            labels: unshifted targets as in transformers; -100 masks the token terms only; the input
                ids where None.
            document_ids: which packed document a position belongs to; no term crosses from one to
                another.
            attention_mask: 1 real, 0 padding.
            counts: denominators, where the batch is a part of a larger one; see `Objective`.
            ramps: term -> factor on its weight.

        Raises:
            SequenceError: the sequence is not longer than the objective's horizon.
            DataError: shapes differ.
        """
        return self.losses(Batch(input_ids, labels, document_ids, attention_mask), counts, ramps)

    def generate(
        self,
        input_ids: Tensor,
        max_new_tokens: int = 64,
        draft_length: DraftLength | None = None,
        temperature: float = 0.0,
        top_p: float = 1.0,
        seed: int | None = None,
        stop: int | Sequence[int] | Sequence[Sequence[int]] | None = None,
    ) -> Generation:
        """Generate with the trunk alone or with the model's own drafts; the text is the trunk's.

        Llama-type models in float32 on the CPU are decoded by our own kernel (`decoding/lean`),
        which reads the trunk's parameters in place, so what is decoded is always the model as it is
        now.

        Args:
            input_ids: prompts of equal length, `[B, T]` or `[T]`.
            max_new_tokens: most tokens added to each.
            draft_length: None decodes plainly; a number drafts that many tokens a cycle; "adaptive"
                drafts while one more is expected to pay, by what this and earlier calls on this
                device and number of threads have cost.
            temperature: 0 takes the likeliest token.
            top_p: nucleus; 1 keeps the whole distribution.
            seed: makes sampling repeatable; sampled text is the same with and without drafts.
            stop: a token id, several, or several sequences of ids; generation ends after one is
                produced.

        Raises:
            UsageError: an argument is out of range, or drafts are wanted and the objective trains
                nothing that drafts.
            SequenceError: prompt and new tokens are longer than the trunk's positions.
        """
        view = lean_trunk(self.trunk)
        with self._policy(draft_length) as policy:
            return generate(
                view,
                self.objective.drafter(view) if policy.drafts else None,
                input_ids,
                max_new_tokens=max_new_tokens,
                length_policy=policy,
                temperature=temperature,
                top_p=top_p,
                seed=seed,
                stop=stop,
            )

    @contextlib.contextmanager
    def _policy(self, draft_length: DraftLength | None) -> Iterator[LengthPolicy]:
        """Lend the policy a draft length means.

        An adaptive one continues with what it learned where costs are the same. A call at the same
        time finds it lent and starts with another; the last to end is stored.
        """
        if draft_length != "adaptive":
            yield length_policy(draft_length)
            return
        conditions = (str(self.view.device), torch.get_num_threads())
        policy = self._adaptive_policies.pop(conditions, None) or AdaptiveLength()
        try:
            yield policy
        finally:
            self._adaptive_policies[conditions] = policy

    def save_pretrained(self, path: str | Path) -> None:
        """Write an ordinary transformers folder, with the objective's tensors in `nextlat/`."""
        storage.save(Path(path), self.trunk, self.objective)

    @classmethod
    def from_pretrained(cls, path: str | Path) -> Self:
        """Load what `save_pretrained` wrote.

        Raises:
            CheckpointError: the folder is absent, damaged or of another format version.
        """
        trunk, objective = storage.load(Path(path))
        return cls(trunk, objective)
