"""Text: next-token loss beside GPT's, accepted drafts by position, and speed-up by draft length."""

from __future__ import annotations

import time
from collections.abc import Sequence

import torch
from torch import Tensor

from nextlat.decoding import (
    BigramDrafter,
    DecodingStats,
    Drafter,
    FixedLength,
    PromptLookupDrafter,
    generate,
)
from nextlat.evaluation.solver import ModelSolver
from nextlat.model.learner import Learner
from nextlat.recipes import stories
from nextlat.studies import arms
from nextlat.studies.study import Arm, Figures, Scale, Study
from nextlat.tasks import Task
from nextlat.tasks.stories import Stories
from nextlat.training.run_config import RunConfig

PROMPTS = 16
DRAFT_LENGTHS = (1, 2, 3, 4, 6)


def study_arms(scale: Scale) -> Sequence[Arm]:
    """Return GPT, NextLat at d = 1 and 2, the detached control and MTP at d = 2."""
    base = getattr(stories, scale)()
    configs = {
        "gpt": arms.gpt(base),
        "nextlat-d1": arms.next_latent(base, horizon=1),
        "nextlat-d2": arms.next_latent(base, horizon=2),
        "control-d2": arms.control(base, horizon=2),
        "mtp-d2": arms.multi_token(base, 2, 0.5),  # weight: the middle of the paper's sweep
    }
    seeds = (0,) if scale == "tiny" else (0, 1, 2)
    return [Arm(name, config, seeds) for name, config in configs.items()]


def measure(config: RunConfig, task: Task, learner: Learner) -> Figures:
    """Return the held-out loss, and accepted drafts and speed-up by draft length."""
    assert isinstance(task, Stories)
    figures: Figures = dict(
        task.score(ModelSolver(learner.view), task.held_out(config.loop.held_out))
    )
    half = task.config.length // 2
    prompts = torch.stack([torch.as_tensor(block)[:half] for block in task.held_out(PROMPTS)])
    for name, drafter in drafters(learner).items():
        figures |= drafting(learner, drafter, prompts, half, name)
    return figures


def drafters(learner: Learner) -> dict[str, Drafter]:
    """Return the drafters of a model: its objective's own, or the free ones where it has none."""
    own = learner.objective.drafter(learner.view)
    if own is not None:
        return {"own": own}
    return {
        "lookup": PromptLookupDrafter.build(learner.view, None),
        "bigram": BigramDrafter.build(learner.view, None),
    }


def drafting(
    learner: Learner, drafter: Drafter, prompts: Tensor, num_tokens: int, name: str
) -> Figures:
    """Return accepted drafts and speed-up over plain greedy decoding; both take turns."""
    equal = True
    lengths = [length for length in DRAFT_LENGTHS if length < num_tokens]
    seconds = dict.fromkeys((0, *lengths), 0.0)
    stats: dict[int, list[DecodingStats]] = {length: [] for length in lengths}
    for prompt in prompts:
        plain = None
        # Plain decoding is length 0 and comes first: every other length must give its tokens.
        for length in seconds:
            began = time.perf_counter()
            out = generate(
                learner.view,
                drafter,
                prompt,
                max_new_tokens=num_tokens,
                length_policy=FixedLength(length),
            )
            seconds[length] += time.perf_counter() - began
            if plain is None:
                plain = out.sequences
            else:
                equal = equal and torch.equal(out.sequences, plain)
                stats[length].append(out.stats)
    totals = {length: DecodingStats.total(parts) for length, parts in stats.items()}
    longest = totals[lengths[-1]]
    speed_ups = [seconds[0] / seconds[length] for length in lengths]
    return {
        f"{name}_speed_up_by_draft_length": speed_ups,
        f"{name}_accepted_per_cycle_by_draft_length": [
            totals[length].accepted / max(1, totals[length].cycles) for length in lengths
        ],
        f"{name}_accepted_share_by_position": [
            accepted / max(1, longest.cycles) for accepted in longest.accepted_by_position
        ],
        f"{name}_best_speed_up": max(speed_ups),
        f"{name}_all_equal": float(equal),
    }


TEXT = Study(
    name="text",
    question="What does next-latent prediction cost in next-token loss on text, and how many "
    "drafts are accepted?",
    arms=study_arms,
    measure=measure,
    paper={
        "perplexity at 1.3B": {
            "gpt": 10.52,
            "nextlat-d1": 10.83,
            "nextlat-d2": 10.88,
            "mtp-d1": 10.90,
        }
    },
)
