"""Recipes of the group word problem."""

from __future__ import annotations

from nextlat.objectives.next_latent import NextLatentConfig
from nextlat.tasks.group_words import GroupWordsConfig
from nextlat.training.run_config import (
    LoopConfig,
    OptimizerConfig,
    RunConfig,
    ScheduleConfig,
    TrunkConfig,
)


def paper() -> RunConfig:
    """A5 at the paper's size (arXiv 2511.05963 section 3's table, column A5, and section 4)."""
    return RunConfig(
        "group_words",
        # Section 4: trained on 12, tested to 36.
        GroupWordsConfig(group="A5", train_length=12, test_length=36),
        "next_latent",
        NextLatentConfig(
            horizon=1,  # not known to us for A5; one step is enough for the paper's theorem
            latent_weight=1.0,  # table: lambda_h 1
            kl_weight=0.0,  # table: lambda_KL 0
            dynamics_hidden_size=1024,  # table
        ),
        TrunkConfig(num_layers=2, num_heads=8, width=512),  # table
        # Table; betas are the defaults.
        OptimizerConfig(learning_rate=1e-4, weight_decay=0.01, grad_clip=1.0),
        ScheduleConfig(),  # constant learning rate
        # Table; logging is ours.
        LoopConfig(steps=400_000, batch_size=1024, log_every=500, checkpoint_every=5000),
    )


def desk() -> RunConfig:
    """Four generators of A5, length 8: two cores learn it in minutes.

    Every size is ours (docs/log.md).
    """
    return RunConfig(
        "group_words",
        GroupWordsConfig(group="A5", alphabet="generators", train_length=8, test_length=24),
        "next_latent",
        NextLatentConfig(horizon=1, latent_weight=1.0, kl_weight=0.0),  # weights as the paper's A5
        TrunkConfig(num_layers=2, num_heads=4, width=64),
        OptimizerConfig(
            learning_rate=2e-3, weight_decay=0.01
        ),  # as high as stays stable at this width
        ScheduleConfig(
            kind="warmup_stable_decay", warmup_steps=100, decay_steps=1000, final_factor=0.05
        ),
        LoopConfig(steps=3000, batch_size=256, log_every=100, checkpoint_every=500),
    )


def tiny() -> RunConfig:
    """S3 for tests: seconds, learns nothing of note."""
    return RunConfig(
        "group_words",
        GroupWordsConfig(group="S3", train_length=4, test_length=6),
        "next_latent",
        NextLatentConfig(horizon=1),
        TrunkConfig(num_layers=1, num_heads=2, width=16),
        OptimizerConfig(learning_rate=3e-3),
        ScheduleConfig(),
        LoopConfig(steps=20, batch_size=16, log_every=5, held_out=32),
    )
