"""Schedules at hand-worked steps."""

from __future__ import annotations

import pytest

from nextlat.training.run_config import ScheduleConfig
from nextlat.training.schedule import learning_rate_factor, ramps


def factors(config: ScheduleConfig, num_steps: int) -> list[float]:
    return [learning_rate_factor(config, step, num_steps) for step in range(num_steps)]


def test_warm_up_rises_linearly_then_stays() -> None:
    assert factors(ScheduleConfig(warmup_steps=4), 6) == [0.25, 0.5, 0.75, 1, 1, 1]


def test_cosine_falls_from_one_to_its_end() -> None:
    found = factors(ScheduleConfig(kind="cosine", final_factor=0.2), 4)
    assert found == pytest.approx([1.0, 0.8828427, 0.6, 0.3171573])


def test_warmup_stable_decay() -> None:
    config = ScheduleConfig(
        kind="warmup_stable_decay", warmup_steps=2, decay_steps=4, final_factor=0
    )
    assert factors(config, 8) == pytest.approx([0.5, 1, 1, 1, 1, 0.75, 0.5, 0.25])


def test_ramps_rise_from_zero_and_absent_ones_are_whole() -> None:
    config = ScheduleConfig(kl_ramp_steps=4)
    assert [ramps(config, step)["kl"] for step in (0, 1, 4, 9)] == [0, 0.25, 1, 1]
    assert ramps(ScheduleConfig(), 0) == {}
