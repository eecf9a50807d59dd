"""Training speed: steps a second relative to plain next-token training, in one run, with memory."""

from __future__ import annotations

import resource
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

ROUNDS = 7
STEPS = 2


def study_arms(scale: Scale) -> Sequence[Arm]:
    """Return one run whose model is timed under every objective: nothing is trained for its own sake."""
    base = getattr(stories, scale)()
    return [Arm("timed", replace(arms.gpt(base), loop=replace(base.loop, steps=1, held_out=1)), (0,))]


def measure(config: RunConfig, task: Task, learner: Learner) -> Figures:
    """Return steps a second of each objective relative to plain training: medians of interleaved rounds."""
    timed = {name: _Timed(variant, task) for name, variant in variants(config).items()}
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for one in timed.values():
        one.steps(task, 1)
    for _ in range(ROUNDS):
        for name, one in timed.items():
            began = time.perf_counter()
            one.steps(task, STEPS)
            seconds[name].append(time.perf_counter() - began)
    figures: Figures = {}
    for name, values in seconds.items():
        ratios = sorted(plain / value for plain, value in zip(seconds["gpt"], values, strict=True))
        figures[f"{name}_relative_speed"] = ratios[len(ratios) // 2]
        figures[f"{name}_relative_speed_range"] = [ratios[0], ratios[-1]]
        figures[f"{name}_parameters"] = timed[name].parameters
    figures["gpt_steps_per_s"] = STEPS / sorted(seconds["gpt"])[ROUNDS // 2]
    figures["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return figures


def variants(config: RunConfig) -> dict[str, RunConfig]:
    """Return the run under plain, next-latent (d = 1, 2, 8) and multi-token (d = 1, 2, 8) prediction."""
    base = stories.desk() if config.trunk.width > 16 else stories.tiny()
    base = replace(base, task=config.task, trunk=config.trunk, loop=config.loop)
    found = {"gpt": arms.gpt(base)}
    for horizon in (1, 2, 8):
        found[f"nextlat-d{horizon}"] = arms.next_latent(base, horizon=horizon)
        found[f"mtp-d{horizon}"] = arms.multi_token(base, horizon, 1.0)
    return found


class _Timed:
    """A model and optimiser of one variant."""

    def __init__(self, config: RunConfig, task: Task) -> None:
        self.config = config
        self.learner = build_learner(config, task).train()
        self.optimizer = build_optimizer(self.learner, config.optimizer)
        self.parameters = sum(parameter.numel() for parameter in self.learner.parameters())

    def steps(self, task: Task, count: int) -> None:
        """Do optimiser steps, clipping included."""
        for step in range(count):
            self.learner.losses(task.training_batch(step, self.config.loop.batch_size)).total.backward()
            torch.nn.utils.clip_grad_norm_(self.learner.parameters(), 1.0)
            self.optimizer.step()
            self.optimizer.zero_grad()


TRAINING_SPEED = Study(
    name="training-speed",
    question="How many optimiser steps a second does each objective make, relative to plain next-token training?",
    arms=study_arms,
    measure=measure,
    paper={"1.3B parameters": {"nextlat-d1": 1.00, "nextlat-d2": 0.90, "nextlat-d8": 0.56, "mtp-d2": 0.83}},
)
