"""A trunk bound to an objective: the module that is trained, saved and loaded. `NextLat` is the one users meet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from torch import Tensor, nn
from transformers import PreTrainedModel

from nextlat.batch import Batch
from nextlat.model import storage
from nextlat.objectives.protocol import FULL, Counts, Losses, Objective
from nextlat.trunk.trunk import Trunk


class Learner(nn.Module):
    """A causal language model and an objective over it.

    Args:
        trunk: any `transformers` causal language model, untouched.
        objective: what is minimised; its parameters are the extra ones.
    """

    def __init__(self, trunk: PreTrainedModel, objective: Objective) -> None:
        super().__init__()
        self.trunk = trunk
        self.objective = objective
        self.view = Trunk(trunk)

    def losses(
        self, batch: Batch, counts: Counts | None = None, ramps: Mapping[str, float] = FULL
    ) -> Losses:
        """Return the objective's losses; see `Objective.forward`."""
        found: Losses = self.objective(self.view, batch, counts, ramps)
        return found

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
            labels: unshifted targets as in transformers; -100 masks the token terms only; the input ids where None.
            document_ids: which packed document a position belongs to; no term crosses from one to another.
            attention_mask: 1 real, 0 padding.
            counts: denominators, where the batch is a part of a larger one; see `Objective`.
            ramps: term -> factor on its weight.

        Raises:
            SequenceError: the sequence is not longer than the objective's horizon.
            DataError: shapes differ.
        """
        return self.losses(Batch(input_ids, labels, document_ids, attention_mask), counts, ramps)

    def save_pretrained(self, path: str | Path) -> None:
        """Write an ordinary transformers folder, and the objective's own tensors in `nextlat/` beside it."""
        storage.save(Path(path), self.trunk, self.objective)

    @classmethod
    def from_pretrained(cls, path: str | Path) -> Self:
        """Load what `save_pretrained` wrote.

        Raises:
            CheckpointError: the folder is absent, damaged or of another format version.
        """
        trunk, objective = storage.load(Path(path))
        return cls(trunk, objective)
