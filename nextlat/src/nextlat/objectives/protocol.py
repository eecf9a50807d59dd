"""What every training objective is: losses with names, the counts they are means over, and modules of its own.

An objective knows a `Trunk` and a `Batch`; it knows no task, optimiser or process group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from nextlat.batch import Batch
from nextlat.trunk.trunk import Trunk

Counts = dict[str, Tensor]
"""Term -> number of valid positions of each of its steps, float64 `[steps]`; means divide by these."""

FULL: Mapping[str, float] = {}
"""No ramp: every term at its whole weight."""


@dataclass(frozen=True)
class Losses:
    """0-dim losses of one batch; each objective adds its own terms by a subclass.

    Attributes:
        total: what is differentiated.
        next_token: mean cross-entropy over unmasked targets, in nats.
    """

    total: Tensor
    next_token: Tensor

    def named(self) -> dict[str, Tensor]:
        """Return every term by name, the total among them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


class Objective(nn.Module):
    """A training objective: `forward(trunk, batch) -> Losses`. Its parameters are the extra ones, never the trunk's.

    Splitting a batch over processes or accumulation steps changes nothing but rounding: the caller adds up `counts`
    of all parts and gives them to each `forward`; the parts' losses then add up to the whole batch's.
    """

    name: ClassVar[str]
    Config: ClassVar[type]
    file_name: ClassVar[str | None] = None
    """The file under `nextlat/` of a saved model that holds the objective's own tensors."""
    config: Any

    @classmethod
    def build(cls, trunk: Trunk, config: Any) -> Objective:
        """Make the objective for a trunk."""
        raise NotImplementedError

    def counts(self, batch: Batch) -> Counts:
        """Return how many valid positions each term's steps have in a batch."""
        raise NotImplementedError

    def forward(
        self,
        trunk: Trunk,
        batch: Batch,
        counts: Counts | None = None,
        ramps: Mapping[str, float] = FULL,
    ) -> Losses:
        """Return the losses of a batch.

        Args:
            trunk: the model.
            batch: sequences.
            counts: denominators of the means; the batch's own where None.
            ramps: term -> factor in [0, 1] on its weight; 1 where absent.
        """
        raise NotImplementedError


def loss_dtype(trunk: Trunk) -> torch.dtype:
    """Return the trunk's dtype, or float32 if that is lower."""
    return trunk.dtype if trunk.dtype in (torch.float32, torch.float64) else torch.float32


def mean_of(total: Tensor, count: Tensor) -> Tensor:
    """Return a sum over a count; 0 where nothing was valid."""
    return total / count.clamp(min=1).to(device=total.device, dtype=total.dtype)
