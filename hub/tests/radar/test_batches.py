"""Batches of a day: pages of the order, and seeded draws that never show a work twice."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from academichub.hub import Hub
from academichub.radar.batches import POOL, ShownBatches, draw_batches, page_of_order
from academichub.radar.lineup import Candidate, LineUp
from academichub.radar.radar import Radar
from academichub.store.batches_store import BatchScope

from .conftest import make_work


def invented_line(count: int, first: int = 1) -> LineUp:
    works = tuple(Candidate(make_work(n, f"Work {n}"), None) for n in range(first, first + count))
    scores = np.linspace(0.9, 0.1, count)
    latent = np.random.default_rng(0).normal(size=(count, 4)).astype(np.float32)
    latent /= np.linalg.norm(latent, axis=1, keepdims=True)
    return LineUp(works, scores, latent, {}, tuple(() for _ in works), None)


def keys(line: LineUp, batches: list[list[int]]) -> list[list[str]]:
    return [[line.candidates[position].work.key for position in batch] for batch in batches]


@given(st.integers(0, 60), st.integers(1, 25))
def test_the_pages_are_the_whole_order_once(count: int, size: int) -> None:
    line = invented_line(count)
    pages = [page_of_order(line, size, number) for number in range(count // size + 2)]
    assert [position for page in pages for position in page] == list(range(count))
    assert all(len(page) == size for page in pages[: count // size])
    assert pages[-1] == []


def test_pages_by_hand() -> None:
    line = invented_line(7)
    assert page_of_order(line, 3, 0) == [0, 1, 2]
    assert page_of_order(line, 3, 1) == [3, 4, 5]
    assert page_of_order(line, 3, 2) == [6]
    assert page_of_order(line, 3, 3) == []


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 60), st.integers(1, 12), st.integers(0, 8), st.integers(0, 5))
def test_drawn_batches_are_disjoint_complete_and_repeatable(
    count: int, size: int, batch: int, seed: int
) -> None:
    line = invented_line(count)
    batches = draw_batches(line, size, batch, seed, {})
    flat = [position for positions in batches for position in positions]
    assert len(flat) == len(set(flat)) == min(count, size * (batch + 1))
    assert all(positions == sorted(positions) for positions in batches)
    assert batches[0] == page_of_order(line, size, 0)
    assert draw_batches(line, size, batch, seed, {}) == batches
    assert draw_batches(line, size, max(0, batch - 1), seed, {}) == batches[: max(1, batch)]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 12), st.integers(0, 6), st.integers(0, 50), st.integers(0, 150))
def test_a_draw_comes_from_what_is_next_and_not_shown(
    size: int, batch: int, seed: int, num_shown: int
) -> None:
    line = invented_line(200)
    shown = {line.candidates[position].work.key for position in range(0, num_shown, 2)}
    batches = draw_batches(line, size, batch, seed, {}, shown)
    spent = set(range(0, num_shown, 2)) | set(batches[0])
    for positions in batches[1:]:
        unseen = [position for position in range(200) if position not in spent]
        assert set(positions) <= set(unseen[:POOL])
        spent |= set(positions)


def test_a_large_batch_has_a_pool_of_twice_its_size() -> None:
    line = invented_line(400)
    drawn = draw_batches(line, 100, 1, 3, {})[1]
    assert len(drawn) == 100
    assert max(drawn) < 100 + 200


def test_batch_zero_is_the_first_page_and_the_seed_moves_only_the_others() -> None:
    line = invented_line(100)
    with_one, with_two = draw_batches(line, 10, 1, 1, {}), draw_batches(line, 10, 1, 2, {})
    assert with_one[0] == with_two[0] == list(range(10))
    assert with_one[1] != with_two[1]


def test_better_works_are_drawn_more_often() -> None:
    line = invented_line(70)
    mean = np.mean([np.mean(draw_batches(line, 10, 1, seed, {})[1]) for seed in range(40)])
    assert mean < 37  # drawn evenly, positions 10 to 69 would have a mean of 39.5


def test_what_was_shown_does_not_come_again_when_the_library_grows() -> None:
    before = invented_line(40, first=100)
    shown = keys(before, draw_batches(before, 10, 1, 7, {}))
    grown = invented_line(80, first=60)  # forty new works above the old ones
    batches = keys(grown, draw_batches(grown, 10, 2, 7, dict(enumerate(shown))))
    assert set(batches[1]) == set(shown[1])
    assert not set(batches[2]) & (set(shown[0]) | set(shown[1]))
    assert not set(batches[0]) & set(batches[2])


def test_what_another_seed_showed_is_not_drawn() -> None:
    line = invented_line(60)
    other = keys(line, draw_batches(line, 10, 2, 1, {}))
    shown = {key for batch in other for key in batch}
    batches = keys(line, draw_batches(line, 10, 3, 2, {}, shown))
    assert [set(batch) & shown for batch in batches[1:]] == [set(), set(), set()]
    assert [len(batch) for batch in batches] == [10, 10, 10, 10]


def test_shown_batches_are_stored_by_day_and_scope_and_forgotten_later(hub: Hub) -> None:
    number = Radar(hub.database).number()
    batches = ShownBatches(hub.database, BatchScope(number, "2026-03-11", "a", 1))
    batches.put([["k1", "k2"], ["k3"]])
    batches.put([["k1", "k9"], ["k3"], ["k4"]])
    assert batches.get() == {0: ["k1", "k2", "k9"], 1: ["k3"], 2: ["k4"]}
    assert ShownBatches(hub.database, BatchScope(number, "2026-03-11", "b", 1)).get() == {}
    ShownBatches(hub.database, BatchScope(number, "2026-05-01", "a", 1)).put([["k1"]])
    assert batches.get() == {}


def test_the_works_of_any_seed_are_those_of_the_same_day_and_filters(hub: Hub) -> None:
    number = Radar(hub.database).number()
    scopes = [
        BatchScope(number, "2026-03-11", "filters", 1),
        BatchScope(number, "2026-03-11", "filters", 12),
        BatchScope(number, "2026-03-11", "filters_2", 1),
        BatchScope(number, "2026-03-11", "filter%", 1),
        BatchScope(number, "2026-03-12", "filters", 1),
    ]
    for position, scope in enumerate(scopes):
        ShownBatches(hub.database, scope).put([[f"k{position}"]])
    shown = [ShownBatches(hub.database, scope).by_any_seed() for scope in scopes]
    assert shown == [{"k0", "k1"}, {"k0", "k1"}, {"k2"}, {"k3"}, {"k4"}]
