"""Checkpoints: the newest two are held, what is read is what was written, damage is named."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from nextlat.errors import CheckpointError
from nextlat.training.checkpoint import (
    FORMAT_VERSION,
    Checkpoint,
    load_checkpoint,
    newest_checkpoint,
    random_state,
    restore_random_state,
    save_checkpoint,
)


def checkpoint(step: int) -> Checkpoint:
    weights = {"weight": torch.tensor([1.0, float(step)])}
    return Checkpoint(step, weights, {"state": {}, "param_groups": []}, [random_state()])


def test_the_newest_two_remain(tmp_path: Path) -> None:
    assert newest_checkpoint(tmp_path) is None
    for step in (5, 10, 100):
        save_checkpoint(tmp_path, checkpoint(step))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "step-00000010.pt",
        "step-00000100.pt",
    ]
    newest = newest_checkpoint(tmp_path)
    assert newest is not None
    saved = load_checkpoint(newest)
    assert saved.step == 100
    assert saved.model["weight"].tolist() == [1.0, 100.0]
    assert saved.optimizer == {"state": {}, "param_groups": []}


def test_random_states_go_on_where_they_were() -> None:
    before = random_state()
    drawn = torch.rand(3)
    restore_random_state(before)
    assert torch.equal(drawn, torch.rand(3))


def test_a_partial_file_is_not_a_checkpoint(tmp_path: Path) -> None:
    save_checkpoint(tmp_path, checkpoint(1))
    (tmp_path / "step-00000002.partial").write_bytes(b"half")
    newest = newest_checkpoint(tmp_path)
    assert newest is not None
    assert newest.name == "step-00000001.pt"


def test_damaged_and_foreign_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "damaged.pt").write_bytes(b"nothing of ours")
    with pytest.raises(
        CheckpointError, match=r"(?s)damaged\.pt cannot be read: .*; remove it to resume"
    ):
        load_checkpoint(tmp_path / "damaged.pt")
    torch.save({"format_version": FORMAT_VERSION + 1}, tmp_path / "newer.pt")
    with pytest.raises(CheckpointError, match=f"format version {FORMAT_VERSION + 1}"):
        load_checkpoint(tmp_path / "newer.pt")
