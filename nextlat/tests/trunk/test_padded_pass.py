"""Texts of different lengths read in one pass have the latents and the caches they have when each
is read alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from tiny_trunks import FAMILIES, tiny_trunk
from torch import Tensor
from transformers import AutoModelForCausalLM, DynamicCache, MistralConfig, PreTrainedModel

from nextlat.trunk.gru import GruConfig, GruForCausalLM
from nextlat.trunk.padded_pass import stacked_states
from nextlat.trunk.trunk import Trunk, roll_back

SIZE, POSITIONS = 23, 128


def ids(length: int, seed: int) -> Tensor:
    return torch.randint(SIZE, (length,), generator=torch.Generator().manual_seed(seed))


def sliding_trunk() -> PreTrainedModel:
    """Return a trunk that looks back five tokens, shorter than the texts."""
    torch.manual_seed(0)
    config = MistralConfig(
        vocab_size=SIZE,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        sliding_window=5,
        max_position_embeddings=POSITIONS,
        bos_token_id=None,
        eos_token_id=None,
    )
    return AutoModelForCausalLM.from_config(config).to(torch.float64).eval()


def models() -> list[Any]:
    known = [pytest.param(tiny_trunk(family), id=family) for family in FAMILIES]
    eager = tiny_trunk()
    eager.set_attn_implementation("eager")
    return [
        *known,
        pytest.param(eager, id="eager"),
        pytest.param(sliding_trunk(), id="sliding window"),
    ]


def read(trunk: Trunk, lengths: list[int]) -> list[DynamicCache]:
    caches = [trunk.new_cache() for _ in lengths]
    for number, (length, cache) in enumerate(zip(lengths, caches, strict=True)):
        trunk.extend(ids(length, number)[None], cache)
    return caches


def states(cache: DynamicCache) -> list[Tensor]:
    return [state for layer in cache.layers for state in (layer.keys, layer.values)]


def assert_near(found: list[Tensor], wanted: list[Tensor]) -> None:
    """Eager attention takes its softmax in float32."""
    for one, other in zip(found, wanted, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", models())
@torch.no_grad()
def test_one_pass_over_texts_of_different_lengths_equals_a_pass_each(
    model: PreTrainedModel,
) -> None:
    trunk, passes = Trunk(model), 0

    def counting(*_: object) -> None:
        nonlocal passes
        passes += 1

    # The last text has one position left: padding must not ask for a position that the model does
    # not have.
    lengths = [3, 11, 1, POSITIONS - 3]
    alone, together = read(trunk, lengths), read(trunk, lengths)
    hook = model.base_model.register_forward_hook(counting)
    for sizes in ([2, 1, 5, 1], [1, 1, 1, 1], [4, 7, 1, 1]):
        parts = [ids(size, 50 + size) for size in sizes]
        wanted = [
            trunk.extend(part[None], cache)[0] for part, cache in zip(parts, alone, strict=True)
        ]
        passes = 0
        found = trunk.extend_many(list(zip(parts, together, strict=True)))
        assert passes == 1
        assert_near(found, wanted)
        for cache in (*alone[:2], *together[:2]):
            roll_back(cache, 1)
    hook.remove()
    for mine, own in zip(together, alone, strict=True):
        assert_near(states(mine), states(own))


@torch.no_grad()
def test_texts_of_which_one_is_new_are_read_in_turn() -> None:
    trunk = Trunk(tiny_trunk())
    old, new = read(trunk, [4])[0], trunk.new_cache()
    found = trunk.extend_many([(ids(2, 8), old), (ids(3, 9), new)])
    torch.testing.assert_close(
        found[1], trunk.hidden_states(ids(3, 9)[None])[0], rtol=1e-10, atol=1e-10
    )
    torch.testing.assert_close(
        found[0],
        trunk.hidden_states(torch.cat([ids(4, 0), ids(2, 8)])[None])[0, 4:],
        rtol=1e-10,
        atol=1e-10,
    )
    assert (old.get_seq_length(), new.get_seq_length()) == (6, 3)


def test_a_trunk_without_positions_of_its_own_choosing_is_never_given_padding() -> None:
    assert not Trunk(GruForCausalLM(GruConfig(vocab_size=SIZE, hidden_size=8)))._takes_padding
    assert Trunk(tiny_trunk())._takes_padding


@torch.no_grad()
def test_stacked_states_are_keys_of_all_layers_then_values() -> None:
    cache = read(Trunk(tiny_trunk()), [4])[0]
    stacked = stacked_states(cache)
    assert stacked is not None
    expected = [layer.keys for layer in cache.layers] + [layer.values for layer in cache.layers]
    assert torch.equal(stacked, torch.cat(expected))


@torch.no_grad()
def test_caches_that_cannot_be_padded_have_no_stacked_states() -> None:
    class Foreign:
        """A cache of another kind of trunk."""

        def crop(self, max_length: int, /) -> None:
            pass

    empty = Trunk(tiny_trunk()).new_cache()
    assert stacked_states(empty) is None
    assert stacked_states(Foreign()) is None
    uneven = read(Trunk(tiny_trunk()), [4])[0]
    layer = uneven.layers[1]
    layer.keys, layer.values = layer.keys[..., :-1, :], layer.values[..., :-1, :]
    assert stacked_states(uneven) is None
