"""Every kind of trunk grows, crops and copies its own kind of cache alike, and takes no other."""

from __future__ import annotations

import copy

import pytest
import torch
from tiny_trunks import tiny_trunk

from nextlat.decoding.lean import LeanTrunk, lean_trunk
from nextlat.trunk.cache import TextCache
from nextlat.trunk.trunk import Trunk, roll_back

IDS = torch.randint(23, (1, 9), generator=torch.Generator().manual_seed(3))


def trunks() -> dict[str, Trunk]:
    model = tiny_trunk(dtype=torch.float32, width=64)
    return {"plain": Trunk(model), "lean": lean_trunk(model)}


@pytest.mark.parametrize("kind", ["plain", "lean"])
@torch.no_grad()
def test_a_cache_cut_back_and_a_copied_one_continue_the_text(kind: str) -> None:
    trunk = trunks()[kind]
    whole = Trunk(trunk.model).hidden_states(IDS)[0]
    cache = trunk.new_cache()
    trunk.extend(IDS[:, :5], cache)
    trunk.extend(torch.tensor([[1, 2, 3]]), cache)
    roll_back(cache, 3)
    twin = copy.deepcopy(cache)
    for grown in (cache, twin):  # each grows on its own, though one was copied from the other
        h_TD = trunk.extend(IDS[:, 5:], grown)[0]
        torch.testing.assert_close(h_TD, whole[5:], rtol=1e-4, atol=1e-4)


@torch.no_grad()
def test_a_lean_trunk_names_a_cache_that_is_not_its_own() -> None:
    plain, lean = trunks().values()
    if not isinstance(lean, LeanTrunk):
        pytest.skip("the kernel cannot be built here: there is no C compiler")
    with pytest.raises(TypeError, match=r"DynamicCache: give one made by new_cache\(\)"):
        lean.extend(IDS, plain.new_cache())


class CountedCrops(TextCache):
    """A cache that remembers what it was told to forget."""

    def __init__(self) -> None:
        self.crops: list[int] = []

    def crop(self, max_length: int, /) -> None:
        self.crops.append(max_length)


def test_rolling_back_forgets_the_last_tokens_and_nothing_where_there_are_none() -> None:
    # Crop by 0 would mean "keep the first 0 tokens", so it must not be called at all.
    cache = CountedCrops()
    roll_back(cache, 3)
    roll_back(cache, 0)
    roll_back(cache, 1)
    assert cache.crops == [-3, -1]
