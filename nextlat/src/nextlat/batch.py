"""One batch of token sequences, which tasks make and objectives read. It knows no model.

Shape suffixes: B batch, T time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields

import torch
from torch import Tensor

from nextlat.errors import DataError

IGNORED = -100
"""The label that masks a token term, as in transformers."""


@dataclass(frozen=True)
class Batch:
    """Token sequences and what masks them.

    Attributes:
        input_ids_BT: token ids, int64.
        labels_BT: unshifted targets as in transformers (the label at t is the token at t); -100
            masks the token terms only. None means the input ids themselves.
        document_ids_BT: which packed document a position belongs to; terms never cross from one to
            another. None means one document a row.
        attention_mask_BT: 1 for real positions, 0 for padding. None means no padding.
    """

    input_ids_BT: Tensor
    labels_BT: Tensor | None = None
    document_ids_BT: Tensor | None = None
    attention_mask_BT: Tensor | None = None

    def __post_init__(self) -> None:
        shape = self.input_ids_BT.shape
        if len(shape) != 2:
            raise DataError(f"input_ids has shape {tuple(shape)}; it must be [batch, time]")
        for name, tensor in self._tensors():
            if tensor.shape != shape:
                raise DataError(
                    f"{name} has shape {tuple(tensor.shape)}; it must equal input_ids' "
                    f"{tuple(shape)}"
                )

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        for field in fields(self):
            tensor = getattr(self, field.name)
            if tensor is not None:
                yield field.name, tensor

    def __len__(self) -> int:
        return self.input_ids_BT.shape[0]

    def to(self, device: torch.device | str) -> Batch:
        """Return the batch on `device`."""
        return Batch(**{name: tensor.to(device) for name, tensor in self._tensors()})

    def rows(self, chosen: slice) -> Batch:
        """Return some of the rows."""
        return Batch(**{name: tensor[chosen] for name, tensor in self._tensors()})
