"""Recipes of the hidden Markov models. The task is ours: no number here comes from the paper."""

from __future__ import annotations

from nextlat.objectives.next_latent import NextLatentConfig
from nextlat.tasks.hidden_markov import HiddenMarkovConfig
from nextlat.training.run_config import (
    LoopConfig,
    OptimizerConfig,
    RunConfig,
    ScheduleConfig,
    TrunkConfig,
)


def paper() -> RunConfig:
    """A large process for a GPU: not in the paper, kept so that every task has the three scales."""
    return RunConfig(
        "hidden_markov",
        HiddenMarkovConfig(num_states=64, num_symbols=64, length=256),
        "next_latent",
        NextLatentConfig(horizon=8),
        TrunkConfig(num_layers=8, num_heads=8, width=512),
        OptimizerConfig(learning_rate=3e-4),
        ScheduleConfig(kind="cosine", warmup_steps=1000, final_factor=0.1, kl_ramp_steps=1000),
        LoopConfig(steps=50_000, batch_size=256, log_every=500, checkpoint_every=5000),
    )


def desk() -> RunConfig:
    """Eight states, eight symbols, 32 symbols a sequence: minutes on one core."""
    return RunConfig(
        "hidden_markov",
        HiddenMarkovConfig(),
        "next_latent",
        NextLatentConfig(horizon=2),
        TrunkConfig(num_layers=2, num_heads=4, width=64),
        OptimizerConfig(learning_rate=2e-3),
        ScheduleConfig(kind="cosine", warmup_steps=100, final_factor=0.05),
        LoopConfig(steps=1000, batch_size=64, log_every=100, checkpoint_every=500, held_out=1000),
    )


def tiny() -> RunConfig:
    """The fractal process for tests: seconds."""
    return RunConfig(
        "hidden_markov",
        HiddenMarkovConfig(process="mess3", length=12),
        "next_latent",
        NextLatentConfig(horizon=2),
        TrunkConfig(num_layers=1, num_heads=2, width=16),
        OptimizerConfig(learning_rate=3e-3),
        ScheduleConfig(),
        LoopConfig(steps=20, batch_size=16, log_every=5, held_out=64),
    )
