"""Recipes of the finite-field task: a model that learns demonstrations of both strategies.

The study of "Select and Improve" (`nextlat posttrain finite-field`) has recipes of its own, in
posttrain/finite_field.
"""

from __future__ import annotations

from nextlat.objectives.next_latent import NextLatentConfig
from nextlat.objectives.next_token import NextTokenConfig
from nextlat.tasks.finite_field import FiniteFieldConfig
from nextlat.training.run_config import (
    LoopConfig,
    OptimizerConfig,
    RunConfig,
    ScheduleConfig,
    TrunkConfig,
)


def paper() -> RunConfig:
    """A model of 34 million parameters; maps drawn a problem.

    Every size is ours: the paper has no such task.
    """
    return RunConfig(
        "finite_field",
        FiniteFieldConfig(draws_maps=True, facts_share=0.2, lists_share=0.2, long_lists_share=0.5),
        "next_latent",
        NextLatentConfig(horizon=2),
        TrunkConfig(family="smollm3", num_layers=8, num_heads=8, width=512, local_window=8),
        OptimizerConfig(learning_rate=5e-4, weight_decay=0.01),
        ScheduleConfig(kind="cosine", warmup_steps=200, final_factor=0.1),
        LoopConfig(
            steps=20_000, batch_size=512, precision="bf16", log_every=100, checkpoint_every=1000
        ),
    )


def desk() -> RunConfig:
    """Demonstrations of 2 to 5 steps with single steps and lists: five minutes on one core.

    Every size is ours.
    """
    return RunConfig(
        "finite_field",
        FiniteFieldConfig(facts_share=0.2, lists_share=0.2, long_lists_share=0.5),
        "next_token",
        NextTokenConfig(),
        TrunkConfig(family="smollm3", num_layers=3, num_heads=4, width=64, local_window=4),
        OptimizerConfig(learning_rate=2e-3, beta2=0.98, weight_decay=0.01),
        ScheduleConfig(kind="cosine", warmup_steps=50, final_factor=0.1),
        LoopConfig(steps=2000, batch_size=128, log_every=50, checkpoint_every=500, held_out=512),
    )


def tiny() -> RunConfig:
    """GF(5) for tests: seconds."""
    return RunConfig(
        "finite_field",
        FiniteFieldConfig(modulus=5, min_steps=2, max_steps=3),
        "next_latent",
        NextLatentConfig(horizon=1),
        TrunkConfig(num_layers=1, num_heads=2, width=16),
        OptimizerConfig(learning_rate=3e-3),
        ScheduleConfig(),
        LoopConfig(steps=20, batch_size=16, log_every=5, held_out=32),
    )
