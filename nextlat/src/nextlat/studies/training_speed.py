"""Training speed: steps a second of each objective relative to plain next-token training, in one run."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import torch

from nextlat.learner import Learner
from nextlat.recipes import stories
from nextlat.studies import arms
from nextlat.studies.study import Arm, Figures, Scale, Study
from nextlat.tasks import Task
from nextlat.training.build import build_learner
from nextlat.training.loop import build_optimizer
from nextlat.training.run_config import RunConfig

ROUNDS = 9
STEPS = 2


def study_arms(scale: Scale) -> Sequence[Arm]:
    """Return next-latent and multi-token prediction at d = 1, 2 and 8; their runs are one step long."""
    base = getattr(stories, scale)()
    base = replace(base, loop=replace(base.loop, steps=1, held_out=1))
    found = []
    for horizon in (1, 2, 8):
        found.append(Arm(f"nextlat-d{horizon}", arms.next_latent(base, horizon=horizon)))
        found.append(Arm(f"mtp-d{horizon}", arms.multi_token(base, horizon, 1.0)))
    return found


def measure(config: RunConfig, task: Task, learner: Learner) -> Figures:
    """Return steps a second relative to plain training: the median ratio of rounds in turn, and the extremes."""
    plain, own = _Timed(arms.gpt(config), task), _Timed(config, task)
    ratios, plain_seconds = [], []
    for one in (plain, own):
        one.seconds(task, 1)
    for _ in range(ROUNDS):
        plain_seconds.append(plain.seconds(task, STEPS))
        ratios.append(plain_seconds[-1] / own.seconds(task, STEPS))
    ratios.sort()
    return {
        "relative_speed": ratios[ROUNDS // 2],
        "lowest_ratio": ratios[0],
        "highest_ratio": ratios[-1],
        "plain_steps_per_s": STEPS / sorted(plain_seconds)[ROUNDS // 2],
        "extra_parameters": sum(parameter.numel() for parameter in own.learner.objective.parameters()),
    }


class _Timed:
    """A model and optimiser."""

    def __init__(self, config: RunConfig, task: Task) -> None:
        self.batch_size = config.loop.batch_size
        self.learner = build_learner(config, task).train()
        self.optimizer = build_optimizer(self.learner, config.optimizer)

    def seconds(self, task: Task, count: int) -> float:
        """Return what `count` optimiser steps take, clipping included."""
        began = time.perf_counter()
        for step in range(count):
            self.learner.losses(task.training_batch(step, self.batch_size)).total.backward()
            torch.nn.utils.clip_grad_norm_(self.learner.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad()
        return time.perf_counter() - began


TRAINING_SPEED = Study(
    name="training-speed",
    question="How many optimiser steps a second does each objective make, relative to plain next-token training?",
    arms=study_arms,
    measure=measure,
    paper={"1.3B parameters": {"nextlat-d1": 1.00, "nextlat-d2": 0.90, "nextlat-d8": 0.56, "mtp-d2": 0.83}},
)
