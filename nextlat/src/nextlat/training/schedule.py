"""Learning rate and loss weights as functions of the step. Pure."""

from __future__ import annotations

import math

from nextlat.training.run_config import ScheduleConfig


def learning_rate_factor(config: ScheduleConfig, step: int, num_steps: int) -> float:
    """Return the share of the peak learning rate at a step.

    Args:
        config: the schedule.
        step: from 0.
        num_steps: length of the run.
    """
    if step < config.warmup_steps:
        return (step + 1) / config.warmup_steps
    if config.kind == "cosine":
        length = max(1, num_steps - config.warmup_steps)
        done = min(1.0, (step - config.warmup_steps) / length)
        return config.final_factor + (1 - config.final_factor) * (1 + math.cos(math.pi * done)) / 2
    if config.kind == "warmup_stable_decay" and config.decay_steps:
        left = num_steps - step
        if left < config.decay_steps:
            return config.final_factor + (1 - config.final_factor) * left / config.decay_steps
    return 1.0


def ramps(config: ScheduleConfig, step: int) -> dict[str, float]:
    """Return the factor on each loss term's weight at a step; terms without a ramp are absent."""
    lengths = {
        "next_latent": config.next_latent_ramp_steps,
        "kl": config.kl_ramp_steps,
        "multi_token": config.multi_token_ramp_steps,
    }
    return {name: min(1.0, step / length) for name, length in lengths.items() if length}
