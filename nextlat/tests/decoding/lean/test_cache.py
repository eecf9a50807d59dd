"""The lean cache: growing moves what is there, forgetting is a shorter length, copies are apart."""

from __future__ import annotations

import copy
import ctypes

import torch
from hypothesis import given
from hypothesis import strategies as st

from nextlat.decoding.lean.cache import FIRST_CAPACITY, LeanCache
from nextlat.decoding.lean.kernel import CCache

LAYERS, HEADS, WIDTH = 2, 3, 4


def new_cache() -> LeanCache:
    def rotations(positions: int) -> tuple[torch.Tensor, torch.Tensor]:
        angles = torch.arange(positions)[:, None].expand(positions, WIDTH // 2).float()
        return angles.cos().contiguous(), angles.sin().contiguous()

    return LeanCache(LAYERS, HEADS, WIDTH, rotations)


def number(view: CCache, *, values: bool, layer: int, head: int, position: int) -> ctypes.c_float:
    """The last number of a state, in the memory that the kernel would read and write."""
    states = view.values if values else view.keys
    offset = (head * view.capacity + position) * WIDTH + WIDTH - 1
    return ctypes.c_float.from_address(states[layer] + offset * ctypes.sizeof(ctypes.c_float))


def fill(view: CCache) -> None:
    """Write a number that names its place into every state of the pass."""
    for position in range(view.past, view.past + view.rows):
        for layer in range(LAYERS):
            for head in range(HEADS):
                place = position + 1000 * head + 10_000 * layer
                number(view, values=False, layer=layer, head=head, position=position).value = place
                number(view, values=True, layer=layer, head=head, position=position).value = -place


def assert_filled(view: CCache, length: int) -> None:
    for position in (0, length // 2, length - 1):
        for layer in range(LAYERS):
            for head in range(HEADS):
                place = position + 1000 * head + 10_000 * layer
                key = number(view, values=False, layer=layer, head=head, position=position)
                value = number(view, values=True, layer=layer, head=head, position=position)
                assert (key.value, value.value) == (place, -place)


def test_capacity_doubles_and_what_was_written_moves_along() -> None:
    cache = new_cache()
    capacities = []
    for num_tokens in (FIRST_CAPACITY, 1, FIRST_CAPACITY, 5 * FIRST_CAPACITY):
        view = cache.view(num_tokens)
        capacities.append(view.capacity)
        assert (view.past, view.rows) == (cache.length, num_tokens)
        fill(view)
        cache.length += num_tokens
    # 256; 257 need 512; 513 need 1024; 1793 need 2048, twice what was there.
    assert capacities == [256, 512, 1024, 2048]
    assert_filled(cache.view(0), cache.length)


def test_a_pass_longer_than_twice_the_capacity_gets_what_it_needs() -> None:
    cache = new_cache()
    assert cache.view(1).capacity == 256
    assert cache.view(1000).capacity == 1000


def test_rotations_cover_the_capacity() -> None:
    cache = new_cache()
    view = cache.view(FIRST_CAPACITY + 1)
    last = ctypes.c_float.from_address(view.cosines + 4 * (WIDTH // 2) * (view.capacity - 1))
    torch.testing.assert_close(last.value, float(torch.tensor(view.capacity - 1.0).cos()))


@given(length=st.integers(0, 50), num_tokens=st.integers(-60, 60))
def test_crop_keeps_as_many_as_slicing_a_list_would(length: int, num_tokens: int) -> None:
    cache = new_cache()
    cache.length = length
    cache.crop(num_tokens)
    expected = length + num_tokens if num_tokens < 0 else num_tokens
    assert cache.get_seq_length() == max(0, min(length, expected))


def test_a_copy_has_the_contents_and_memory_of_its_own() -> None:
    cache = new_cache()
    fill(cache.view(7))
    cache.length = 7
    twin = copy.deepcopy(cache)
    mine, other = cache.view(1), twin.view(1)
    assert_filled(other, 7)
    number(other, values=False, layer=0, head=0, position=0).value = 99.0
    assert_filled(mine, 7)
    assert twin.get_seq_length() == 7


def test_an_empty_cache_is_copied_without_memory() -> None:
    assert copy.deepcopy(new_cache()).get_seq_length() == 0
