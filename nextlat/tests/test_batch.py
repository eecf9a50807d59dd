"""A batch checks the shapes of what masks it, and cuts and moves all of it together."""

from __future__ import annotations

import pytest
import torch

from nextlat.batch import Batch
from nextlat.errors import DataError

IDS = torch.arange(12).view(3, 4)


@pytest.mark.parametrize("name", ["labels_BT", "document_ids_BT", "attention_mask_BT"])
def test_masks_of_another_shape_are_named(name: str) -> None:
    with pytest.raises(DataError, match=rf"{name} has shape \(3, 3\); .* \(3, 4\)"):
        Batch(IDS, **{name: IDS[:, :3]})


def test_ids_without_rows_are_refused() -> None:
    with pytest.raises(DataError, match=r"shape \(4,\); it must be \[batch, time\]"):
        Batch(IDS[0])


def test_rows_and_devices_change_every_tensor_and_invent_none() -> None:
    batch = Batch(IDS, labels_BT=IDS + 1, attention_mask_BT=torch.ones_like(IDS))
    part = batch.rows(slice(1, 3))
    assert len(batch) == 3
    assert len(part) == 2
    assert torch.equal(part.input_ids_BT, IDS[1:])
    assert part.labels_BT is not None
    assert torch.equal(part.labels_BT, IDS[1:] + 1)
    assert part.document_ids_BT is None
    moved = batch.to("meta")
    assert moved.labels_BT is not None
    assert {moved.input_ids_BT.device.type, moved.labels_BT.device.type} == {"meta"}
    assert moved.document_ids_BT is None
