"""Counts add up."""

from __future__ import annotations

import pytest

from nextlat.decoding.stats import DecodingStats


def test_counts_of_cycles() -> None:
    stats = DecodingStats()
    for drafted, accepted in ((2, 2), (0, 0), (3, 1), (1, 0)):
        stats.record(drafted, accepted)
    assert (stats.cycles, stats.drafted, stats.accepted) == (4, 6, 3)
    assert stats.accepted_by_position == [2, 1, 0]
    assert stats.drafted_by_position == [3, 2, 1]
    assert sum(stats.accepted_by_position) == stats.accepted
    assert stats.tokens == 7
    assert stats.accepted_per_cycle == pytest.approx(0.75)
    assert stats.tokens_per_cycle == pytest.approx(1.75)
    assert stats.acceptance_rate == pytest.approx(0.5)
    assert stats.acceptance_by_position == pytest.approx([2 / 3, 0.5, 0])


def test_totals_of_different_lengths() -> None:
    a, b = DecodingStats(), DecodingStats()
    a.record(1, 1)
    b.record(3, 2)
    b.record(0, 0)
    whole = DecodingStats.total([a, b, DecodingStats()])
    assert whole == DecodingStats(3, 4, 3, [2, 1, 0], [2, 1, 1])


def test_nothing_is_no_division_by_zero() -> None:
    stats = DecodingStats()
    assert (stats.accepted_per_cycle, stats.tokens_per_cycle, stats.acceptance_rate) == (0, 0, 0)
    assert stats.acceptance_by_position == []
