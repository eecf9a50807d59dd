"""The laws of exact rows at every level of instructions that this machine can execute, at odd sizes
too.

A kernel compiled for a lower level is what another processor would run, so that one machine's tests
speak for others.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedModel,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from nextlat.decoding.lean import LeanTrunk, building
from nextlat.decoding.lean.building import LEVELS, NATIVE, X86_64_V3, Level
from nextlat.decoding.lean.kernel import CLinear, Kernel
from nextlat.decoding.lean.weights import packed, unpacked
from nextlat.trunk.trunk import Trunk

VOCABULARY = 101
ROWS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 13)
"""Every number of rows that has a loop of its own, and two that are computed in parts."""

# No width is a multiple of a vector's lanes or of a task's outputs.
ODD = {
    "hidden_size": 63,
    "intermediate_size": 77,
    "num_attention_heads": 3,
    "num_key_value_heads": 1,
    "head_dim": 14,
}
# Widths are multiples of 32, as 8-bit codes need; heads have a rest.
PACKED = {"hidden_size": 96, "intermediate_size": 160, "num_attention_heads": 16, "num_key_value_heads": 2, "head_dim": 10}  # fmt: skip
MODELS: dict[str, tuple[Any, Any, dict[str, int]]] = {
    "llama": (LlamaForCausalLM, LlamaConfig, ODD),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config, ODD),
    "llama packed": (LlamaForCausalLM, LlamaConfig, PACKED),
    "qwen3 packed": (Qwen3ForCausalLM, Qwen3Config, PACKED),
}
TRUNKS = [(name, "float32") for name in MODELS] + [
    (name, "int8") for name in MODELS if "packed" in name
]


@pytest.fixture(scope="module", params=LEVELS, ids=lambda level: level.name)
def level(request: pytest.FixtureRequest) -> Level:
    reason = building.cannot_execute(request.param)
    if reason:
        pytest.skip(reason)
    return request.param


@pytest.fixture(scope="module")
def kernel(level: Level) -> Kernel:
    library = building.library(level)
    if library is None:
        pytest.skip(f"there is no C compiler that builds for {level.name}")
    return Kernel(library)


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def random_model(name: str) -> PreTrainedModel:
    model_class, config_class, sizes = MODELS[name]
    torch.manual_seed(3)
    config = config_class(
        **sizes,
        vocab_size=VOCABULARY,
        num_hidden_layers=2,
        max_position_embeddings=200,
        attention_bias=True,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    model = model_class(config).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def random_text(length: int, seed: int) -> Tensor:
    return torch.randint(VOCABULARY, (length,), generator=torch.Generator().manual_seed(seed))


def latents(trunk: LeanTrunk, text: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """Read a text in passes of these sizes."""
    cache = trunk.new_cache()
    return torch.cat([trunk.extend(part[None], cache)[0] for part in text.split(sizes)])


@pytest.mark.parametrize(("name", "weights"), TRUNKS)
def test_rows_do_not_depend_on_how_many_are_computed_together(
    kernel: Kernel, name: str, weights: Any
) -> None:
    model = random_model(name)
    trunk, text = LeanTrunk(model, weights, kernel), random_text(sum(ROWS) + 20, seed=0)
    in_one_pass = latents(trunk, text, (len(text),))
    logits = trunk.logits(in_one_pass)
    for sizes in ((1,) * len(text), (*ROWS, 20), (67, 11)):
        assert torch.equal(latents(trunk, text, sizes), in_one_pass)
        assert torch.equal(torch.cat([trunk.logits(h) for h in in_one_pass.split(sizes)]), logits)
    if weights == "float32":
        torch.testing.assert_close(
            in_one_pass, Trunk(model).hidden_states(text[None])[0], rtol=1e-4, atol=2e-5
        )


@pytest.mark.parametrize("num_threads", [1, 3])
@pytest.mark.parametrize(("name", "weights"), TRUNKS)
def test_several_texts_in_one_pass_are_each_what_they_are_alone(
    kernel: Kernel, name: str, weights: Any, num_threads: int
) -> None:
    trunk, before = LeanTrunk(random_model(name), weights, kernel), torch.get_num_threads()
    texts = [random_text(40, seed) for seed in range(5)]
    caches: list[Any] = [trunk.new_cache() for _ in texts]
    read = [0] * len(texts)
    alone = [latents(trunk, text, (40,)) for text in texts]
    try:
        torch.set_num_threads(num_threads)
        for sizes in ((1, 1, 1, 1, 1), (7, 1, 2, 13, 5), (1, 8, 3, 1, 1), (2, 9, 4, 6, 3)):
            parts = [
                text[start : start + size]
                for text, start, size in zip(texts, read, sizes, strict=True)
            ]
            together = trunk.extend_many(list(zip(parts, caches, strict=True)))
            for h, whole, start, size in zip(together, alone, read, sizes, strict=True):
                assert torch.equal(h, whole[start : start + size])
            read = [start + size for start, size in zip(read, sizes, strict=True)]
    finally:
        torch.set_num_threads(before)


class Layer:
    """A linear layer as the kernel takes it, with the weights it stands for in float64."""

    def __init__(self, weight_OI: Tensor, *, int8: bool) -> None:
        codes, scales = packed(weight_OI) if int8 else (weight_OI.contiguous(), None)
        self._alive = (codes, scales)
        self.exact = (weight_OI if scales is None else unpacked(codes, scales)).double()
        self.linear = CLinear(
            codes.data_ptr(), None if scales is None else scales.data_ptr(), None, *weight_OI.shape
        )


@pytest.mark.parametrize("int8", [False, True], ids=["float32", "int8"])
def test_a_linear_layer_of_any_width_gives_each_row_the_same(kernel: Kernel, int8: bool) -> None:
    for width in (32, 64, 96) if int8 else (*range(1, 36), 67, 95):
        generator = torch.Generator().manual_seed(width)
        for out in (1, 3, 50):  # alone, fewer than a tile, more than a task
            layer = Layer(torch.randn(out, width, generator=generator), int8=int8)
            x = torch.randn(max(ROWS), width, generator=generator)
            single = torch.cat(
                [kernel.linear(layer.linear, row[None].contiguous(), 1) for row in x]
            )
            for rows in ROWS:
                assert torch.equal(
                    kernel.linear(layer.linear, x[:rows].contiguous(), 1), single[:rows]
                )
            torch.testing.assert_close(
                single.double(), x.double() @ layer.exact.T, rtol=1e-5, atol=1e-5
            )


@pytest.mark.parametrize(("width", "second"), [(2, 1), (32, 16)], ids=["rest", "vectors"])
def test_a_product_is_rounded_before_it_is_added_only_where_there_is_no_fused_operation(
    kernel: Kernel, level: Level, width: int, second: int
) -> None:
    """(1 + 2^-12)^2 - (1 + 2^-11) is 2^-24; the square rounded to float32 is 1 + 2^-11, which
    leaves 0.

    In a layer of width 2 both products are left over from vectors; 16 apart they meet in one lane
    of vectors of any size.
    """
    x, weight = torch.zeros(max(ROWS), width), torch.zeros(50, width)
    x[:, 0], weight[:, 0] = 1.0, -(1 + 2**-11)
    x[:, second] = weight[:, second] = 1 + 2**-12
    layer = Layer(weight, int8=False)
    sums = {
        float(y)
        for rows in ROWS
        for y in kernel.linear(layer.linear, x[:rows].contiguous(), 1).flatten()
    }
    lacks_fused = level.name in ("avx", "x86-64-v2") or (
        level == NATIVE and building.cannot_execute(X86_64_V3)
    )
    if level == NATIVE and not building.IS_X86_64:
        assert sums in ({0.0}, {2.0**-24})
    else:
        assert sums == ({0.0} if lacks_fused else {2.0**-24})


def test_a_level_this_machine_cannot_execute_is_refused() -> None:
    impossible = replace(LEVELS[-1], name="impossible", requires=frozenset({"no-such-instruction"}))
    with pytest.raises(ValueError, match=r"level impossible cannot run here: .*; take NATIVE"):
        building.library(impossible)
