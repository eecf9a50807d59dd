"""Another batch: disjoint, complete, seeded, and never twice what was shown."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.hub import Hub
from academichub.radar.batches import ShownBatches, choose_batches
from academichub.radar.lineup import Candidate, LineUp
from academichub.radar.radar import Radar

from .conftest import make_work


def a_line(count: int, first: int = 1) -> LineUp:
    works = tuple(Candidate(make_work(n, f"Work {n}"), None) for n in range(first, first + count))
    scores = np.linspace(0.9, 0.1, count)
    latent = np.random.default_rng(0).normal(size=(count, 4)).astype(np.float32)
    latent /= np.linalg.norm(latent, axis=1, keepdims=True)
    return LineUp(works, scores, latent, tuple(() for _ in works), None)


def keys(line: LineUp, batches: list[list[int]]) -> list[list[str]]:
    return [[line.candidates[place].work.key for place in batch] for batch in batches]


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 60), st.integers(1, 12), st.integers(0, 8), st.integers(0, 5))
def test_batches_are_disjoint_complete_and_repeatable(
    count: int, size: int, batch: int, seed: int
) -> None:
    line = a_line(count)
    batches = choose_batches(line, size, batch, seed, {})
    flat = [place for one in batches for place in one]
    assert len(flat) == len(set(flat)) == min(count, size * (batch + 1))
    assert all(one == sorted(one) for one in batches)
    assert choose_batches(line, size, batch, seed, {}) == batches
    assert choose_batches(line, size, max(0, batch - 1), seed, {}) == batches[: max(1, batch)]


def test_batch_zero_is_the_radars_first_and_the_seed_moves_only_the_others() -> None:
    line = a_line(100)
    one, two = choose_batches(line, 10, 1, 1, {}), choose_batches(line, 10, 1, 2, {})
    assert one[0] == two[0]
    assert max(one[0]) < 30
    assert 0 in one[0]
    assert one[1] != two[1]


def test_better_works_are_drawn_more_often() -> None:
    line = a_line(100)
    drawn = np.mean([np.mean(choose_batches(line, 10, 1, seed, {})[1]) for seed in range(40)])
    assert drawn < 45  # places 10 to 99 drawn evenly would have a mean near 55


def test_what_was_shown_does_not_come_again_when_the_library_grows() -> None:
    before = a_line(40, first=100)
    shown = keys(before, choose_batches(before, 10, 1, 7, {}))
    grown = a_line(80, first=60)  # forty new works above the old ones
    batches = keys(grown, choose_batches(grown, 10, 2, 7, dict(enumerate(shown))))
    assert set(batches[1]) == set(shown[1])
    assert not set(batches[2]) & (set(shown[0]) | set(shown[1]))
    assert not set(batches[0]) & set(batches[2])


def test_shown_batches_are_kept_by_day_and_scope_and_forgotten_later(hub: Hub) -> None:
    number = Radar(hub.database).number()
    here = ShownBatches(hub.database, number, "2026-03-11", "a")
    here.put([["k1", "k2"], ["k3"]])
    here.put([["k1", "k9"], ["k3"], ["k4"]])
    assert here.get() == {0: ["k1", "k2", "k9"], 1: ["k3"], 2: ["k4"]}
    assert ShownBatches(hub.database, number, "2026-03-11", "b").get() == {}
    ShownBatches(hub.database, number, "2026-05-01", "a").put([["k1"]])
    assert here.get() == {}
