"""Group words: does NextLat track state better, and do its dynamics outrun the training length?"""

from __future__ import annotations

from collections.abc import Sequence

import torch

from nextlat.evaluation.solver import ModelSolver
from nextlat.model.learner import Learner
from nextlat.objectives.next_latent import NextLatent
from nextlat.recipes import group_words
from nextlat.studies import arms
from nextlat.studies.study import Arm, Figures, Scale, Study
from nextlat.tasks import Task
from nextlat.tasks.group_words import GroupWords
from nextlat.tasks.protocol import Problems
from nextlat.training.run_config import RunConfig

SEEDS = {"tiny": (0,), "desk": (0, 1, 2), "paper": (0, 1, 2)}
WORDS = 1000


def study_arms(scale: Scale) -> Sequence[Arm]:
    """Return GPT, NextLat, the detached control and the GRU."""
    base = getattr(group_words, scale)()
    configs = {
        "gpt": arms.gpt(base),
        "nextlat": base,
        "control": arms.control(base),
        "gru": arms.gru(base),
    }
    return [Arm(name, config, SEEDS[scale]) for name, config in configs.items()]


def measure(config: RunConfig, task: Task, learner: Learner) -> Figures:
    """Return the trunk's accuracies, and those of the dynamics alone from the first latent on."""
    assert isinstance(task, GroupWords)
    words = task.held_out(WORDS)
    figures: Figures = {}
    trunk = task.score(ModelSolver(learner.view), words)
    figures |= {f"trunk_{name}": value for name, value in trunk.items() if name != "chance"}
    if isinstance(learner.objective, NextLatent):
        logits = dynamics_logits(learner, task, words)
        rolled = task.accuracies(logits, words)
        figures |= {f"dynamics_{name}": value for name, value in rolled.items() if name != "chance"}
    return figures


@torch.no_grad()
def dynamics_logits(learner: Learner, task: GroupWords, words: Problems) -> torch.Tensor:
    """Return logits `[B, k, V]` of the dynamics, after the trunk has read BOS and x_1."""
    assert isinstance(learner.objective, NextLatent)
    ids = task.batch(words).input_ids_BT
    first_BD = learner.view.hidden_states(ids[:, :2])[:, 1]
    rolled_BKD = learner.objective.dynamics.rollout(first_BD, learner.view.embed(ids[:, 2:-1]))
    return learner.view.logits(torch.cat([first_BD[:, None], rolled_BKD], dim=1))


GROUP_WORDS = Study(
    name="group-words",
    question="Does next-latent prediction track a group's state better than next-token prediction, "
    "and do its dynamics alone keep the state beyond the training length?",
    arms=study_arms,
    measure=measure,
    paper={
        "trunk": "tracks better than GPT inside the training length of 12",
        "dynamics": "over 95% to length 36; every transformer fails there",
    },
)
