"""Recipes of plain text."""

from __future__ import annotations

from nextlat.objectives.next_latent import NextLatentConfig
from nextlat.tasks.stories import StoriesConfig
from nextlat.training.run_config import (
    LoopConfig,
    OptimizerConfig,
    RunConfig,
    ScheduleConfig,
    TrunkConfig,
)


def paper() -> RunConfig:
    """TinyStories at the paper's size (arXiv 2511.05963, section 3's table and section 4).

    Name the text by task.corpus; the data set itself is not shipped.
    """
    return RunConfig(
        "stories",
        StoriesConfig(vocab_size=1000, length=256),  # section 4
        "next_latent",
        NextLatentConfig(
            horizon=1,  # section 4: d = 1 and 8
            latent_weight=1.0,  # table: lambda_h 1
            kl_weight=1.0,  # table: lambda_KL 1
            dynamics_hidden_size=2048,  # table
        ),
        TrunkConfig(num_layers=8, num_heads=8, width=768),  # table
        OptimizerConfig(learning_rate=3e-4, weight_decay=0.1, grad_clip=1.0),  # table
        ScheduleConfig(),  # constant learning rate
        LoopConfig(
            steps=100_000, batch_size=256, precision="bf16", log_every=500, checkpoint_every=5000
        ),  # table; rest ours
    )


def desk() -> RunConfig:
    """A 2.6M-parameter model: a quarter of an hour on one core. Every size is ours."""
    return RunConfig(
        "stories",
        StoriesConfig(vocab_size=1024, length=128),
        "next_latent",
        NextLatentConfig(horizon=1),
        TrunkConfig(num_layers=4, num_heads=4, width=192),
        OptimizerConfig(learning_rate=1e-3),
        ScheduleConfig(kind="cosine", warmup_steps=50, final_factor=0.1, kl_ramp_steps=200),
        LoopConfig(steps=800, batch_size=16, log_every=50, checkpoint_every=200, held_out=200),
    )


def tiny() -> RunConfig:
    """Made-up stories for tests: seconds."""
    return RunConfig(
        "stories",
        StoriesConfig(vocab_size=300, length=32),
        "next_latent",
        NextLatentConfig(horizon=2),
        TrunkConfig(num_layers=1, num_heads=2, width=16),
        OptimizerConfig(learning_rate=3e-3),
        ScheduleConfig(kl_ramp_steps=10),
        LoopConfig(steps=20, batch_size=8, log_every=5, held_out=16),
    )
