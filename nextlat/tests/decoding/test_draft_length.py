"""How much is drafted: the adaptive policy against the best fixed length, on simulated models and a
fake clock."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from nextlat.decoding.draft_length import (
    AdaptiveLength,
    FixedLength,
    LengthPolicy,
    length_policy,
)
from nextlat.errors import UsageError

LONGEST = 16


@dataclass
class Machine:
    """Seconds of a draft step and of a verification, and how drafts fare.

    Attributes:
        draft: seconds of one draft.
        first: what the first draft adds to a verification of 1 second.
        further: what each later one adds.
        chances: the kinds of drafts, equally frequent: (confidence, probability that it stands).
        noise: spread of every duration, relative.
    """

    draft: float
    first: float
    further: float
    chances: list[tuple[float, float]]
    noise: float = 0.2

    def verify(self, k: int) -> float:
        return 1 + (self.first + self.further * (k - 1) if k else 0)

    def best_fixed(self) -> tuple[int, float]:
        """Return the best fixed length and its tokens a second, in closed form."""
        a = sum(chance for _, chance in self.chances) / len(self.chances)
        rates = [
            sum(a**j for j in range(k + 1)) / (self.verify(k) + k * self.draft)
            for k in range(LONGEST + 1)
        ]
        best = max(range(LONGEST + 1), key=rates.__getitem__)
        return best, rates[best]


def simulate(
    machine: Machine,
    cycles: int,
    policy_of: Callable[[Callable[[], float]], LengthPolicy],
    *,
    may_drop: bool = True,
) -> tuple[float, list[int]]:
    """Return tokens a second and the lengths verified."""
    draws = random.Random(0)
    now = [0.0]

    def passes(seconds: float) -> None:
        now[0] += seconds * draws.uniform(1 - machine.noise, 1 + machine.noise)

    policy = policy_of(lambda: now[0])
    tokens, lengths = 0, []
    for _ in range(cycles):
        policy.begin(64)
        fates: list[bool] = []
        while policy.wants_more():
            confidence, chance = draws.choice(machine.chances)
            passes(machine.draft)
            if not policy.keeps(confidence, may_drop=may_drop):
                break
            fates.append(draws.random() < chance)
        accepted = [*fates, False].index(False)
        passes(machine.verify(len(fates)))
        policy.end(accepted)
        tokens += 1 + accepted
        lengths.append(len(fates))
    return tokens / now[0], lengths


def adaptive(clock: Callable[[], float]) -> AdaptiveLength:
    return AdaptiveLength(max_length=LONGEST, clock=clock)


COSTS = {
    "cheap": (0.05, 0.02, 0.02),
    "usual": (0.15, 0.1, 0.1),
    "dear": (0.5, 0.3, 0.3),
    "jump": (0.05, 0.8, 0.05),
}


@pytest.mark.parametrize("costs", COSTS)
@pytest.mark.parametrize("chance", [0.0, 0.2, 0.5, 0.8, 0.95])
def test_throughput_is_near_that_of_the_best_fixed_length(costs: str, chance: float) -> None:
    machine = Machine(*COSTS[costs], [(0.5, chance)])
    _, best = machine.best_fixed()
    rate, _ = simulate(machine, 800, adaptive)
    assert rate > 0.92 * best


@pytest.mark.parametrize("may_drop", [True, False])
@pytest.mark.parametrize("skew", [1, 3])
def test_telling_confidence_beats_every_fixed_length_calibrated_or_not(
    skew: int, may_drop: bool
) -> None:
    kinds = [(chance**skew, chance) for chance in (0.98, 0.95, 0.9, 0.5, 0.15, 0.05)]
    machine = Machine(*COSTS["usual"], kinds)
    _, best = machine.best_fixed()
    rate, _ = simulate(machine, 800, adaptive, may_drop=may_drop)
    assert rate > 1.02 * best


@pytest.mark.parametrize("costs", COSTS)
def test_drafts_that_never_stand_are_hardly_made(costs: str) -> None:
    _, lengths = simulate(Machine(*COSTS[costs], [(0.9, 0.0)]), 600, adaptive)
    settled = lengths[100:]
    extra = sum(COSTS[costs][0] + COSTS[costs][1] for length in settled if length)
    assert settled.count(0) > len(settled) / 2
    assert extra < 0.06 * len(settled)  # seconds lost to probes, of 1 second a cycle


def test_it_recovers_when_drafts_come_to_stand() -> None:
    machine = Machine(*COSTS["usual"], [(0.5, 0.0)])
    clock = [0.0]
    policy = adaptive(lambda: clock[0])

    def lengths_of(chance: float) -> list[int]:
        machine.chances = [(0.5, chance)]
        found = []
        draws = random.Random(2)
        for _ in range(300):
            policy.begin(64)
            fates: list[bool] = []
            while policy.wants_more():
                clock[0] += machine.draft
                policy.keeps(0.5, may_drop=False)
                fates.append(draws.random() < chance)
            clock[0] += machine.verify(len(fates))
            policy.end([*fates, False].index(False))
            found.append(len(fates))
        return found

    assert sum(lengths_of(0.0)[100:]) < 60
    assert sum(lengths_of(0.95)[-50:]) / 50 > 3
    assert sum(lengths_of(0.0)[-100:]) < 30


def test_a_likely_draft_is_kept_and_an_unlikely_one_dropped_where_allowed() -> None:
    """At a rate of 1 token a second and .3 seconds more to verify, a draft must stand 3 times in
    10."""
    clock = [0.0]
    for confidence, may_drop, kept in ((0.9, True, True), (0.15, True, False), (0.15, False, True)):
        policy = AdaptiveLength(clock=lambda: clock[0])
        for length in (0, 1, 1, 1):
            policy.begin(1 if length else 0)
            while policy.wants_more():
                policy.keeps(0.75, may_drop=False)
            clock[0] += 1 + 0.5 * length
            policy.end(0)
        policy.begin(1)
        assert policy.keeps(confidence, may_drop=may_drop) is kept


def test_no_cycle_drafts_more_than_it_may() -> None:
    clock = [0.0]
    policy = AdaptiveLength(max_length=5, clock=lambda: clock[0])
    for cycle in range(200):
        limit = cycle % 9
        policy.begin(limit)
        made = 0
        while policy.wants_more():
            policy.keeps(0.99, may_drop=True)
            made += 1
        assert made <= min(limit, 5)
        clock[0] += 1.0
        policy.end(made)
    assert policy.drafts


def test_fixed_lengths() -> None:
    policy = FixedLength(3)
    for limit, expected in ((9, 3), (2, 2), (0, 0)):
        policy.begin(limit)
        made = 0
        while policy.wants_more():
            assert policy.keeps(0.0, may_drop=True)
            made += 1
        assert made == expected
    assert policy.drafts
    assert not FixedLength(0).drafts


def test_arguments_mean_policies() -> None:
    assert not length_policy(None).drafts
    assert not length_policy(0).drafts
    fixed = length_policy(4)
    assert isinstance(fixed, FixedLength)
    assert fixed.length == 4
    assert isinstance(length_policy("adaptive"), AdaptiveLength)


@pytest.mark.parametrize("value", [-1, "fast", 1.5, True, [2]])
def test_what_is_no_draft_length_is_refused(value: object) -> None:
    with pytest.raises(
        UsageError, match=r"draft_length .* must be None, a whole number from 0, or 'adaptive'"
    ):
        length_policy(value)  # type: ignore[arg-type]


def test_lengths_out_of_range_are_refused() -> None:
    with pytest.raises(UsageError, match="draft length -1"):
        FixedLength(-1)
    with pytest.raises(UsageError, match="max_length 0"):
        AdaptiveLength(max_length=0)
