"""The arms every study compares: the same run under another objective or trunk."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TypedDict, Unpack

from nextlat.objectives.multi_token import MultiTokenConfig
from nextlat.objectives.next_latent import NextLatentConfig
from nextlat.objectives.next_token import NextTokenConfig
from nextlat.training.run_config import RunConfig


class LatentChanges(TypedDict, total=False):
    """Keys of next-latent prediction that arms differ in."""

    horizon: int
    latent_weight: float
    kl_weight: float
    detach_start: bool


def gpt(base: RunConfig) -> RunConfig:
    """Return the run with plain next-token prediction."""
    return replace(base, objective_name="next_token", objective=NextTokenConfig())


def next_latent(base: RunConfig, **changes: Unpack[LatentChanges]) -> RunConfig:
    """Return the run with next-latent prediction, some of its keys changed."""
    return replace(base, objective_name="next_latent", objective=replace(_latent(base), **changes))


def control(base: RunConfig, **changes: Unpack[LatentChanges]) -> RunConfig:
    """Return the control: next-token prediction, with dynamics fitted on detached states."""
    changes["detach_start"] = True
    return next_latent(base, **changes)


def gru(base: RunConfig) -> RunConfig:
    """Return plain next-token prediction with a one-layer GRU of the trunk's width."""
    return replace(gpt(base), trunk=replace(base.trunk, family="nextlat_gru", num_layers=1))


def multi_token(base: RunConfig, horizon: int, token_weight: float) -> RunConfig:
    """Return the run with multi-token prediction."""
    return replace(
        base, objective_name="multi_token", objective=MultiTokenConfig(horizon, token_weight)
    )


def _latent(base: RunConfig) -> NextLatentConfig:
    assert isinstance(base.objective, NextLatentConfig), asdict(base)["objective"]
    return base.objective
