"""What every training objective is: named losses, the counts they are means over, and its modules.

An objective may also train something that drafts; it then says which drafter that is and what a
saved model says of it. It knows a `Trunk` and a `Batch`, and no task, optimiser or process group.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, asdict, dataclass, fields
from typing import Any, ClassVar, Generic, Protocol, Self, TypeAlias, TypeVar

import torch
from torch import Tensor, nn

from nextlat.batch import Batch
from nextlat.configuration import Json
from nextlat.decoding.drafters import Drafter
from nextlat.trunk.trunk import Trunk

Counts = dict[str, Tensor]
"""Term -> number of valid positions of each of its steps, float64 `[steps]`.

Means divide by these.
"""

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


class ObjectiveConfig(Protocol):
    """What every objective's configuration has; each is a frozen dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[object]]]

    @property
    def isolate_documents(self) -> bool:
        """Whether attention stays within packed documents and positions restart in each."""
        ...


ConfigT = TypeVar("ConfigT", bound=ObjectiveConfig)


class Objective(nn.Module, Generic[ConfigT]):
    """A training objective: `forward(trunk, batch) -> Losses`.

    Its parameters are the extra ones, never the trunk's. Splitting a batch over processes or
    accumulation steps changes nothing but rounding: the caller adds up `counts` of all parts and
    gives them to each `forward`; the parts' losses then add up to the whole batch's.

    A new objective is one file and one row of `OBJECTIVES`. It implements `build`, `counts` and
    `forward`; with parameters of its own it names a `file_name`; where it trains something that
    drafts, it implements `drafter`, and `draft_description` for readers of the saved model.

    Attributes:
        name: its key in `OBJECTIVES`.
        Config: the type of its configuration.
        file_name: the file under `nextlat/` of a saved model that holds the objective's own
            tensors; None where it has none.
        config: as given to `build`.
    """

    name: ClassVar[str]
    Config: ClassVar[type[ObjectiveConfig]]
    file_name: ClassVar[str | None] = None
    config: ConfigT

    @classmethod
    def build(cls, trunk: Trunk, config: ConfigT) -> Self:
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

    def drafter(self, trunk: Trunk) -> Drafter | None:
        """Return a drafter that uses what was trained; None where the objective trains none.

        Args:
            trunk: the trunk that was trained, or a faster view of the same model.
        """
        return None

    def config_mapping(self) -> dict[str, Json]:
        """Return the configuration as a saved model's `objective_config`."""
        return asdict(self.config)

    def draft_description(self, trunk: Trunk, verifier: str | None) -> dict[str, Json]:
        """Return what a saved model's `config.json` says of the draft model; {} without one.

        Args:
            trunk: whose text the drafts are verified against.
            verifier: the name under which the trunk is loaded; None where it lies beside the head.
        """
        return {}

    def load_tensors(self, tensors: Mapping[str, Tensor]) -> None:
        """Take the tensors of a saved model.

        Raises:
            RuntimeError: a tensor is absent, unknown or of another shape.
        """
        self.load_state_dict(tensors, strict=True)


AnyObjective: TypeAlias = Objective[Any]
"""An objective whose configuration's type is not known, as in registries and saved models."""


def loss_dtype(trunk: Trunk) -> torch.dtype:
    """Return the trunk's dtype, or float32 if that is lower."""
    return trunk.dtype if trunk.dtype in (torch.float32, torch.float64) else torch.float32


def mean_of(total: Tensor, count: Tensor) -> Tensor:
    """Return a sum over a count; 0 where nothing was valid."""
    # A part of a batch may have no valid position at all; its share of the mean is then 0, not NaN.
    return total / count.clamp(min=1).to(device=total.device, dtype=total.dtype)
