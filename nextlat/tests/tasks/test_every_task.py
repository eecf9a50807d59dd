"""What holds of every task: its protocol, its bounds, and that any process makes the same data."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import numpy as np
import pytest
import torch

from nextlat.tasks import TASKS

SOURCE = """
import test_every_task
print(test_every_task.digest())
"""


def digest() -> str:
    """A hash of a training batch and held-out problems of every task."""
    told = hashlib.sha256()
    for kind in TASKS.values():
        task = kind(kind.Config(), 3)
        told.update(task.training_batch(11, 24).input_ids_BT.numpy().tobytes())
        for problem in task.held_out(20):
            told.update(
                problem.tobytes() if isinstance(problem, np.ndarray) else repr(problem).encode()
            )
    return told.hexdigest()


def test_another_process_makes_the_same_data() -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "77", "PYTHONPATH": str(Path(__file__).parent)}
    found = subprocess.run(
        [sys.executable, "-c", SOURCE], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == digest()


@pytest.mark.parametrize("name", list(TASKS))
def test_a_task_keeps_its_own_bounds(name: str) -> None:
    task = TASKS[name](TASKS[name].Config(), 0)
    assert task.name == name
    for step, size in ((0, 1), (7, 5), (2, 64)):
        batch = task.training_batch(step, size)
        assert len(batch) == size
        assert batch.input_ids_BT.dtype == torch.int64
        assert batch.input_ids_BT.shape[1] <= task.max_length
        assert 0 <= int(batch.input_ids_BT.min()) <= int(batch.input_ids_BT.max()) < task.vocab_size
        if batch.labels_BT is not None:
            assert set(batch.labels_BT[:, 0].tolist()) == {-100}
            assert int(batch.labels_BT.max()) < task.vocab_size
    held = task.batch(task.held_out(8)).input_ids_BT  # type: ignore[attr-defined]
    assert len(held) == 8
    # Chains outgrow their training lengths by design; every other task's held-out rows are its
    # longest.
    assert (
        held.shape[1] <= task.max_length
        if name == "finite_field"
        else held.shape[1] == task.max_length
    )
    assert int(held.max()) < task.vocab_size


@pytest.mark.parametrize("name", list(TASKS))
def test_configurations_are_frozen(name: str) -> None:
    config = TASKS[name].Config()
    with pytest.raises(FrozenInstanceError):
        setattr(config, fields(config)[0].name, 1)
