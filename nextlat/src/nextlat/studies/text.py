"""Text: next-token loss beside GPT's, accepted drafts by position, and speed-up by draft length."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nextlat.evaluation.solver import ModelSolver
from nextlat.learner import Learner
from nextlat.recipes import stories
from nextlat.studies import arms
from nextlat.studies.study import Arm, Figures, Scale, Study
from nextlat.tasks import Task
from nextlat.training.run_config import RunConfig


def study_arms(scale: Scale) -> Sequence[Arm]:
    """Return GPT, NextLat at d = 1 and 2, the detached control, MTP at d = 2; same data and steps."""
    base = getattr(stories, scale)()
    configs = {
        "gpt": arms.gpt(base),
        "nextlat-d1": arms.next_latent(base, horizon=1),
        "nextlat-d2": arms.next_latent(base, horizon=2),
        "control-d2": arms.control(base, horizon=2),
        "mtp-d2": arms.multi_token(base, 2, 0.5),  # weight: the middle of the paper's sweep
    }
    return [Arm(name, replace(config), (0,)) for name, config in configs.items()]


def measure(config: RunConfig, task: Task, learner: Learner) -> Figures:
    """Return the held-out loss, and how drafting goes on held-out prompts."""
    return dict(task.score(ModelSolver(learner.view), task.held_out(config.loop.held_out)))


TEXT = Study(
    name="text",
    question="What does next-latent prediction cost in next-token loss on text, "
    "and how many of its drafts are accepted?",
    arms=study_arms,
    measure=measure,
    paper={"perplexity at 1.3B": {"gpt": 10.52, "nextlat-d1": 10.83, "nextlat-d2": 10.88, "mtp-d1": 10.90}},
)
