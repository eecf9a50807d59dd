"""The lean trunk's weights: read in place, or copied and renewed, or kept after the release."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import tiny_trunk
from torch import Tensor

from nextlat.decoding.lean import kernel
from nextlat.decoding.lean.support import LINEAR_NAMES, decoder
from nextlat.decoding.lean.trunk import LeanTrunk, WeightStorage, lean_trunk, weights_named
from nextlat.errors import ModelError, UsageError
from nextlat.trunk.trunk import Trunk

pytestmark = pytest.mark.skipif(not kernel.available(), reason="there is no C compiler")

IDS = torch.randint(23, (1, 6), generator=torch.Generator().manual_seed(5))


def lean(weights: WeightStorage) -> LeanTrunk:
    return LeanTrunk(tiny_trunk(dtype=torch.float32, width=64), weights)


@torch.no_grad()
def latents(trunk: Trunk) -> Tensor:
    return trunk.extend(IDS, trunk.new_cache())


@torch.no_grad()
def train(trunk: Trunk) -> None:
    """Change the weights in place, as an optimiser does."""
    for parameter in trunk.model.parameters():
        parameter.mul_(1.5)


@pytest.mark.parametrize("weights", ["float32", "int8"])
def test_training_changes_what_is_decoded_next(weights: WeightStorage) -> None:
    trunk = lean(weights)
    before = latents(trunk)
    train(trunk)
    after = latents(trunk)
    assert not torch.allclose(before, after)
    # As if the trunk had been made of the trained model.
    assert torch.equal(after, latents(LeanTrunk(trunk.model, weights)))


def test_a_released_trunk_decodes_as_before_and_holds_no_layer_in_float32() -> None:
    trunk = lean("int8")
    before = latents(trunk)
    trunk.release()
    assert torch.equal(latents(trunk), before)
    for layer in decoder(trunk.model).layers:
        assert all(layer.get_submodule(name).weight.numel() == 0 for name in LINEAR_NAMES)


def test_several_rows_are_refused_with_the_way_to_read_them() -> None:
    trunk = lean("float32")
    with pytest.raises(UsageError, match="2 rows: one text at a time; give several to"):
        trunk.extend(IDS.expand(2, -1), trunk.new_cache())


def test_a_choice_of_weights_falls_back_only_where_it_may() -> None:
    # A width of 16 is half a group of codes.
    narrow = tiny_trunk(dtype=torch.float32, width=16)
    chosen = lean_trunk(narrow, "auto")
    assert isinstance(chosen, LeanTrunk)
    assert chosen.weights == "float32"
    with pytest.raises(ModelError, match="a width of 16, which is not a multiple of 32"):
        lean_trunk(narrow, "int8")
    wide = lean_trunk(tiny_trunk(dtype=torch.float32, width=64), "auto")
    assert isinstance(wide, LeanTrunk)
    assert wide.weights == "int8"


def test_models_outside_the_kernel_get_the_plain_trunk_or_an_error() -> None:
    gpt2 = tiny_trunk("gpt2", dtype=torch.float32)
    assert type(lean_trunk(gpt2)) is Trunk
    assert type(lean_trunk(gpt2, "auto")) is Trunk
    with pytest.raises(ModelError, match="not to be had with the model type gpt2"):
        lean_trunk(gpt2, "int8")


def test_words_for_weights() -> None:
    assert [weights_named(word) for word in ("auto", "float32", "int8")] == [
        "auto",
        "float32",
        "int8",
    ]
    with pytest.raises(UsageError, match="weights 'int4': give float32"):
        weights_named("int4")
