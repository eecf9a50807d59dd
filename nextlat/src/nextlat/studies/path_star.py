"""Path-Star: does NextLat leave the guess of the arm where GPT stays with it?"""

from __future__ import annotations

from collections.abc import Sequence

from nextlat.evaluation.solver import ModelSolver
from nextlat.model.learner import Learner
from nextlat.recipes import path_star
from nextlat.studies import arms
from nextlat.studies.study import Arm, Figures, Scale, Study
from nextlat.tasks import Task
from nextlat.training.run_config import RunConfig


def study_arms(scale: Scale) -> Sequence[Arm]:
    """Return GPT and NextLat; at paper scale the detached control too."""
    base = getattr(path_star, scale)()
    configs = {"gpt": arms.gpt(base), "nextlat": base}
    if scale == "paper":
        configs["control"] = arms.control(base)
    return [Arm(name, config, (0,)) for name, config in configs.items()]


def measure(config: RunConfig, task: Task, learner: Learner) -> Figures:
    """Return the share of paths found whole, of right arms, of right nodes by position."""
    return dict(task.score(ModelSolver(learner.view), task.held_out(2000)))


PATH_STAR = Study(
    name="path-star",
    question="Does next-latent prediction leave the guess of the arm where next-token prediction "
    "stays with it?",
    arms=study_arms,
    measure=measure,
    paper={
        "G(5,5)": {"gpt": 0.186, "nextlat": 0.998},
        "G(2,10)": {"gpt": 0.494, "nextlat": 0.971},
        "figure": True,
    },
)
