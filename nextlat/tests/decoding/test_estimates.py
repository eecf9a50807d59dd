"""Running estimates."""

from __future__ import annotations

import random

import pytest

from nextlat.decoding.estimates import AcceptanceByDepth, Calibration, CostByLength, MovingAverage


def test_an_average_starts_plain_and_then_forgets() -> None:
    average = MovingAverage(0.1)
    for x in (1.0, 2.0, 6.0):
        average.add(x)
    assert average.value == pytest.approx(3)
    for _ in range(200):
        average.add(10.0)
    assert average.value == pytest.approx(10, abs=1e-3)


def test_a_belief_counts_as_so_many_values() -> None:
    average = MovingAverage(0.1, value=0.5, count=2)
    average.add(2.0)
    assert average.value == pytest.approx((0.5 + 0.5 + 2.0) / 3)


def test_an_interrupted_cost_counts_as_four() -> None:
    average = MovingAverage(0.1)
    average.add_cost(1.0)
    average.add_cost(1000.0)
    assert average.value == pytest.approx((1 + 4) / 2)


def test_costs_by_length_find_the_jump_and_the_slope() -> None:
    draws = random.Random(0)
    costs = CostByLength(0.05)
    for _ in range(400):
        costs.add(0, draws.uniform(0.9, 1.1))
        k = draws.choice([1, 2, 4, 6])
        costs.add(k, 1.8 + 0.05 * k + draws.uniform(-0.05, 0.05))
    assert costs.at(0) == pytest.approx(1.0, abs=0.05)
    assert [costs.at(k) for k in (1, 3, 8)] == pytest.approx([1.85, 1.95, 2.2], abs=0.06)
    assert costs.steps(4) == pytest.approx([0.85, 0.05, 0.05, 0.05], abs=0.06)


def test_costs_by_length_know_the_blocks_a_processor_computes_in() -> None:
    draws, blocks = random.Random(0), {0: 1.0, 1: 1.0, 2: 1.05, 3: 1.1, 4: 1.1, 5: 2.0, 6: 2.1}
    costs = CostByLength(0.05)
    for slow in (1.0, 3.0):
        for _ in range(300):
            k = draws.choice(list(blocks))
            costs.add(k, slow * blocks[k] * draws.uniform(0.98, 1.02))
        assert [costs.at(k) / slow for k in blocks] == pytest.approx(list(blocks.values()), rel=0.1)
        assert costs.steps(6)[4] / slow == pytest.approx(0.9, abs=0.1)
    # The machine is at its first speed again; length 2 alone is tried, and the others follow it.
    for _ in range(300):
        costs.add(2, 1.05)
    assert costs.at(5) == pytest.approx(2.0, rel=0.4)


def test_costs_not_seen_count_as_flat_and_never_as_falling() -> None:
    costs = CostByLength(0.05)
    assert costs.steps(3) == [0, 0, 0]
    costs.add(4, 2.0)
    assert [costs.at(k) for k in (0, 1, 9)] == [2, 2, 2]
    costs.add(0, 1.0)
    assert costs.at(0) == 1
    assert costs.at(2) == pytest.approx(1.5)  # one length only: drawn towards the cost of none
    for _ in range(50):
        costs.add(8, 1.0)
    assert min(costs.steps(8)) >= 0
    assert costs.steps(0) == []


def test_calibration_learns_what_confidence_is_worth() -> None:
    draws = random.Random(1)
    calibration = Calibration(0.03)
    assert calibration(0.93) == pytest.approx(0.925)
    for _ in range(2000):
        calibration.add(0.93, draws.random() < 0.4)
        calibration.add(0.2, draws.random() < 0.8)
    assert calibration(0.91) == pytest.approx(0.4, abs=0.15)
    assert calibration(0.25) == pytest.approx(0.8, abs=0.15)
    assert calibration(1.0) > 0.98
    assert calibration(0.0) < 0.05


def test_deeper_drafts_start_from_what_the_ones_before_them_taught() -> None:
    depth = AcceptanceByDepth(0.03, 0.7)
    assert depth.at(5) == 0.7
    for _ in range(300):
        depth.add(1, 1.0)
    assert depth.at(1) == depth.at(4) > 0.98
    for _ in range(300):
        depth.add(2, 0.0)
    assert depth.at(1) > 0.98
    assert depth.at(2) == depth.at(9) < 0.02


def test_costs_measured_beforehand_are_followed_from_the_first_cycle() -> None:
    measured = [1.0, 1.0, 1.1, 1.2, 2.2, 2.4]
    costs = CostByLength(0.05, measured)
    assert [costs.at(k) for k in range(6)] == pytest.approx(measured)
    assert costs.at(2.5) == pytest.approx(1.15) and costs.at(7) == pytest.approx(2.8)
    assert costs.steps(4) == pytest.approx([0, 0.1, 0.1, 1.0])
    for _ in range(200):
        costs.add(2, 3 * 1.1)  # the machine is three times slower, which one length tells of all
    assert [costs.at(k) / 3 for k in (2, 4)] == pytest.approx([1.1, 2.2], rel=0.1)
    for _ in range(200):
        costs.add(4, 3 * 4.4)  # and this length is worse than it was when measured
    assert costs.at(4) == pytest.approx(13.2, rel=0.1)
