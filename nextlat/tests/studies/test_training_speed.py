"""Training speed: memory is measured in a process of its own, whatever this one held before."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from nextlat.studies import arms
from nextlat.studies.training_speed import TRAINING_SPEED, measure, peak_memory_mb
from nextlat.training.build import build_learner, build_task

CONFIG = TRAINING_SPEED.arms("tiny")[0].config


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.mark.slow
def test_memory_is_of_training_alone_and_grows_with_it() -> None:
    held = np.ones(512 * 2**20, dtype=np.uint8)  # this process's own peak must not count
    task = build_task(CONFIG)
    plain = peak_memory_mb(arms.gpt(CONFIG), task)
    del held
    assert 0 < plain < 64
    wide = replace(CONFIG, trunk=replace(CONFIG.trunk, width=256))
    parameters = sum(one.numel() for one in build_learner(arms.gpt(wide), task).parameters())
    training = 4 * 4 * parameters / 2**20  # weights, gradients and two moments in float32
    assert peak_memory_mb(arms.gpt(wide), task) > training > 2 * plain


@pytest.mark.slow
def test_memory_is_told_beside_speed_with_its_ratio_to_plain_training() -> None:
    arm = next(arm for arm in TRAINING_SPEED.arms("tiny") if arm.name == "mtp-d8")
    task = build_task(arm.config)
    figures = measure(arm.config, task, build_learner(arm.config, task))
    assert figures["relative_memory"] == figures["peak_memory_mb"] / figures["plain_peak_memory_mb"]
    assert figures["relative_memory"] > 1.5
    assert figures["lowest_ratio"] <= figures["relative_speed"] <= figures["highest_ratio"]
