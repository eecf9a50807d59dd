"""Recipes of Path-Star."""

from __future__ import annotations

from nextlat.objectives.next_latent import NextLatentConfig
from nextlat.tasks.path_star import PathStarConfig
from nextlat.training.run_config import (
    LoopConfig,
    OptimizerConfig,
    RunConfig,
    ScheduleConfig,
    TrunkConfig,
)


def paper() -> RunConfig:
    """G(5,5) at the paper's size (arXiv 2511.05963, section 3's table and section 4)."""
    return RunConfig(
        "path_star",
        # Section 4.
        PathStarConfig(degree=5, path_length=5, num_nodes=100, num_train_graphs=200_000),
        "next_latent",
        NextLatentConfig(
            horizon=3,  # section 4: length - 2
            latent_weight=1.0,  # table: lambda_h 1
            kl_weight=1.0,  # table: lambda_KL 1
            dynamics_hidden_size=384,  # table
        ),
        TrunkConfig(num_layers=12, num_heads=6, width=384),  # table
        OptimizerConfig(learning_rate=5e-4, weight_decay=0.1, grad_clip=100.0),  # table
        ScheduleConfig(),  # constant learning rate
        # Table: 20k steps of 512. Precision, logging and checkpoints are ours.
        LoopConfig(
            steps=20_000,
            batch_size=512,
            precision="bf16",
            log_every=100,
            evaluate_every=1000,
            checkpoint_every=500,
            held_out=20_000,
        ),
    )


def desk() -> RunConfig:
    """G(2,3) of 10 nodes: the smallest star with an arm to guess. Every size is ours."""
    return RunConfig(
        "path_star",
        PathStarConfig(degree=2, path_length=3, num_nodes=10),
        "next_latent",
        NextLatentConfig(horizon=1),  # length - 2, as the paper sets it
        TrunkConfig(num_layers=4, num_heads=4, width=64),
        OptimizerConfig(learning_rate=1e-3),
        ScheduleConfig(warmup_steps=100),
        LoopConfig(
            steps=4000, batch_size=128, log_every=100, evaluate_every=500, checkpoint_every=500
        ),
    )


def tiny() -> RunConfig:
    """G(2,3) for tests: seconds."""
    return RunConfig(
        "path_star",
        PathStarConfig(degree=2, path_length=3, num_nodes=10, num_train_graphs=64),
        "next_latent",
        NextLatentConfig(horizon=1),
        TrunkConfig(num_layers=1, num_heads=2, width=16),
        OptimizerConfig(learning_rate=3e-3),
        ScheduleConfig(),
        LoopConfig(steps=20, batch_size=16, log_every=5, held_out=32),
    )
