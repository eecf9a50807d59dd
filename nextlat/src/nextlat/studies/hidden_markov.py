"""Hidden Markov models: is the exact belief easier to read off NextLat's latents?"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from nextlat.evaluation.belief import linear_recovery
from nextlat.evaluation.latent_rank import effective_rank
from nextlat.evaluation.solver import ModelSolver
from nextlat.model.learner import Learner
from nextlat.recipes import hidden_markov
from nextlat.studies import arms
from nextlat.studies.study import Arm, Figures, Scale, Study
from nextlat.tasks import Task
from nextlat.tasks.hidden_markov import HiddenMarkov
from nextlat.training.run_config import RunConfig

SEEDS = {"tiny": (0,), "desk": (0, 1, 2), "paper": (0, 1, 2)}


def study_arms(scale: Scale) -> Sequence[Arm]:
    """Return GPT, NextLat at horizons 1, 2 and 8, and the detached control."""
    base = getattr(hidden_markov, scale)()
    configs = {
        "gpt": arms.gpt(base),
        "nextlat-d1": arms.next_latent(base, horizon=1),
        "nextlat-d2": arms.next_latent(base, horizon=2),
        "nextlat-d8": arms.next_latent(base, horizon=8),
        "control-d2": arms.control(base, horizon=2),
    }
    return [Arm(name, config, SEEDS[scale]) for name, config in configs.items()]


def measure(config: RunConfig, task: Task, learner: Learner) -> Figures:
    """Return loss, its gap to the exact one, belief recovery and effective rank."""
    assert isinstance(task, HiddenMarkov)
    examined = task.examine(
        ModelSolver(learner.view), task.held_out(2000 if task.config.length > 12 else 200)
    )
    latents, beliefs = examined.latents_NTD, examined.beliefs_NTS
    quarter = max(1, beliefs.shape[1] // 4)
    figures: Figures = dict(examined.figures)
    figures["belief_r2_last_quarter"] = linear_recovery(
        latents[:, -quarter:], beliefs[:, -quarter:]
    )
    figures["effective_rank"] = effective_rank(
        torch.from_numpy(latents[:256].reshape(-1, latents.shape[-1]))
    )
    return figures


HIDDEN_MARKOV = Study(
    name="hidden-markov",
    question="Is the exact belief of a hidden Markov model easier to read off the latents of "
    "next-latent prediction, at matched next-token loss?",
    arms=study_arms,
    measure=measure,
    paper={},
)
