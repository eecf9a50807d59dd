"""Training speed and memory of each objective relative to plain next-token training, in one run.

Speed is timed in turn with plain training in one process. Memory needs processes of its own, since
a process's peak never falls: each of the two trains some steps in a fresh one, which says what they
added.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from multiprocessing import get_context
from resource import getpagesize
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from nextlat.batch import Batch
from nextlat.evaluation.process_memory import peak_bytes, resident_bytes
from nextlat.model.learner import Learner
from nextlat.recipes import stories
from nextlat.studies import arms
from nextlat.studies.study import Arm, Figures, Scale, Study
from nextlat.tasks import Task
from nextlat.training.build import TokenSizes, build_learner
from nextlat.training.loop import build_optimizer
from nextlat.training.run_config import RunConfig, TrunkConfig

ROUNDS = 9
STEPS = 2
MEMORY_STEPS = 3
"""Steps of a memory measurement: AdamW's moments come with the first, so the second has the whole
peak."""


def study_arms(scale: Scale) -> Sequence[Arm]:
    """Return next-latent and multi-token prediction at d = 1, 2 and 8, one step each."""
    base = getattr(stories, scale)()
    base = replace(base, loop=replace(base.loop, steps=1, held_out=1))
    compared = []
    for horizon in (1, 2, 8):
        compared.append(Arm(f"nextlat-d{horizon}", arms.next_latent(base, horizon=horizon)))
        compared.append(Arm(f"mtp-d{horizon}", arms.multi_token(base, horizon, 1.0)))
    return compared


def measure(config: RunConfig, task: Task, learner: Learner) -> Figures:
    """Return steps a second and peak memory relative to plain training.

    Speed is the median ratio of rounds in turn, with the extremes.
    """
    plain, own = _Timed(arms.gpt(config), task), _Timed(config, task)
    ratios, plain_seconds = [], []
    for timed in (plain, own):
        timed.seconds(task, 1)  # the first step loads code
    for _ in range(ROUNDS):
        plain_seconds.append(plain.seconds(task, STEPS))
        ratios.append(plain_seconds[-1] / own.seconds(task, STEPS))
    ratios.sort()
    plain_mb, own_mb = (peak_memory_mb(run, task) for run in (arms.gpt(config), config))
    return {
        "relative_speed": ratios[ROUNDS // 2],
        "lowest_ratio": ratios[0],
        "highest_ratio": ratios[-1],
        "plain_steps_per_s": STEPS / sorted(plain_seconds)[ROUNDS // 2],
        "peak_memory_mb": own_mb,
        "plain_peak_memory_mb": plain_mb,
        "relative_memory": own_mb / plain_mb,
        "extra_parameters": sum(
            parameter.numel() for parameter in own.learner.objective.parameters()
        ),
    }


class TrainingData(TokenSizes, Protocol):
    """What training needs of a task."""

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return the batch of one optimiser step."""


class _Timed:
    """A model and optimiser, on the GPU where there is one."""

    def __init__(self, config: RunConfig, task: TrainingData) -> None:
        self.batch_size = config.loop.batch_size
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.learner = build_learner(config, task).train().to(self.device)
        self.optimizer = build_optimizer(self.learner, config.optimizer)

    def seconds(self, task: TrainingData, count: int) -> float:
        """Return what `count` optimiser steps take, clipping included."""
        began = time.perf_counter()
        for step in range(count):
            batch = task.training_batch(step, self.batch_size).to(self.device)
            self.learner.losses(batch).total.backward()
            torch.nn.utils.clip_grad_norm_(self.learner.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad()
        if self.device == "cuda":
            torch.cuda.synchronize()
        return time.perf_counter() - began


@dataclass(frozen=True)
class _Batches:
    """What a process that only trains some steps needs of a task: its sizes and its first batches.

    Attributes:
        vocab_size: as the task's.
        max_length: likewise.
        arrays: the tensors of each batch as arrays, which pass between processes as they are.
    """

    vocab_size: int
    max_length: int
    arrays: tuple[dict[str, npt.NDArray[np.generic]], ...]

    @classmethod
    def of(cls, task: Task, count: int, batch_size: int) -> _Batches:
        """Return a task's first batches."""
        batches = [vars(task.training_batch(step, batch_size)) for step in range(count)]
        arrays = [
            {name: tensor.numpy() for name, tensor in batch.items() if tensor is not None}
            for batch in batches
        ]
        return cls(task.vocab_size, task.max_length, tuple(arrays))

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return the first rows of a batch."""
        return Batch(
            **{
                name: torch.from_numpy(rows[:batch_size])
                for name, rows in self.arrays[step].items()
            }
        )


def peak_memory_mb(config: RunConfig, task: Task) -> float:
    """Return the most memory that training adds to a new process, in MB of 2**20 bytes.

    It is memory of the process on the CPU, of torch's tensors on a GPU. The process is forked from
    a server that has imported this module and done nothing else, so it starts in a second and each
    starts alike.
    """
    batches = _Batches.of(task, MEMORY_STEPS, config.loop.batch_size)
    context = get_context("forkserver")
    context.set_forkserver_preload([__name__])
    with ProcessPoolExecutor(1, mp_context=context) as process:
        return (
            process.submit(_added_bytes, config, batches, torch.get_num_threads()).result() / 2**20
        )


def _added_bytes(config: RunConfig, batches: _Batches, threads: int) -> int:
    """Return the most memory that training adds to this process.

    A step in miniature comes first, which loads the code.
    """
    torch.set_num_threads(threads)
    small = TrunkConfig(
        config.trunk.family, num_layers=1, num_heads=1, width=8, tied=config.trunk.tied
    )
    _Timed(replace(config, trunk=small, loop=replace(config.loop, batch_size=1)), batches).seconds(
        batches, 1
    )
    gc.collect()
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated() if on_gpu else resident_bytes()
    _Timed(config, batches).seconds(batches, MEMORY_STEPS)
    added = (torch.cuda.max_memory_allocated() if on_gpu else peak_bytes()) - before
    return max(added, getpagesize())  # nothing smaller is counted


TRAINING_SPEED = Study(
    name="training-speed",
    question="How many optimiser steps a second does each objective make, and how much memory does "
    "it take, relative to plain next-token training?",
    arms=study_arms,
    measure=measure,
    paper={
        "1.3B parameters": {
            "nextlat-d1": 1.00,
            "nextlat-d2": 0.90,
            "nextlat-d8": 0.56,
            "mtp-d2": 0.83,
        }
    },
)
