"""The lean trunk is the transformers model to rounding, and itself bit for bit however many tokens
it reads at once."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor, nn
from transformers import (
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    PreTrainedModel,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from nextlat.decoding import (
    AdaptiveLength,
    Draft,
    FixedLength,
    LatentDrafter,
    PromptLookupDrafter,
    RandomDrafter,
    generate,
)
from nextlat.decoding.lean import LeanTrunk, kernel, lean_trunk, weights_named
from nextlat.decoding.lean.weights import packed, unpacked
from nextlat.dynamics import LatentDynamics
from nextlat.errors import ModelError, UsageError
from nextlat.model.nextlat import NextLat
from nextlat.trunk.trunk import Trunk

pytestmark = pytest.mark.skipif(not kernel.available(), reason="there is no C compiler")

SIZE = 101
COMMON: dict[str, Any] = {
    "vocab_size": SIZE,
    "hidden_size": 96,
    "intermediate_size": 160,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 600,
    "bos_token_id": None,
    "eos_token_id": None,
    "pad_token_id": 0,
}
ROTATED = {"rope_type": "llama3", "rope_theta": 10000.0, "factor": 4.0, "low_freq_factor": 1.0,
           "high_freq_factor": 4.0, "original_max_position_embeddings": 64}  # fmt: skip
MODELS = {
    "llama": (LlamaForCausalLM, LlamaConfig, {"tie_word_embeddings": True}),
    "llama_untied": (LlamaForCausalLM, LlamaConfig, {"tie_word_embeddings": False}),
    "llama_biased": (LlamaForCausalLM, LlamaConfig, {"attention_bias": True, "mlp_bias": True}),
    "llama_rotated": (LlamaForCausalLM, LlamaConfig, {"rope_parameters": ROTATED}),
    "llama_odd": (
        LlamaForCausalLM,
        LlamaConfig,
        {"hidden_size": 60, "intermediate_size": 77, "num_key_value_heads": 3},
    ),
    "mistral": (MistralForCausalLM, MistralConfig, {"sliding_window": None}),
    "qwen2": (Qwen2ForCausalLM, Qwen2Config, {"tie_word_embeddings": True}),
    "qwen3": (Qwen3ForCausalLM, Qwen3Config, {"head_dim": 32, "tie_word_embeddings": False}),
}
CHUNKS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 17, 28)


def built(name: str = "llama", **changes: Any) -> PreTrainedModel:
    """A random model whose biases and norms are random too."""
    kind, config, own = MODELS[name]
    torch.manual_seed(3)
    model = kind(config(**{**COMMON, **own, **changes})).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    return model


def lean(model: PreTrainedModel, **options: Any) -> LeanTrunk:
    found = lean_trunk(model, **options)
    assert isinstance(found, LeanTrunk)
    return found


def text(length: int, seed: int = 0) -> Tensor:
    return torch.randint(SIZE, (1, length), generator=torch.Generator().manual_seed(seed))


def read(trunk: LeanTrunk, ids: Tensor, sizes: tuple[int, ...]) -> Tensor:
    cache = trunk.new_cache()
    assert sum(sizes) == ids.shape[1]
    return torch.cat([trunk.extend(part, cache) for part in ids.split(sizes, dim=1)], dim=1)


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


@pytest.mark.parametrize("name", MODELS)
def test_latents_and_logits_are_those_of_transformers(name: str) -> None:
    model, ids = built(name), text(sum(CHUNKS))
    trunk = lean(model)
    h, wanted = read(trunk, ids, CHUNKS), Trunk(model).hidden_states(ids)
    torch.testing.assert_close(h, wanted, rtol=1e-4, atol=2e-5)
    torch.testing.assert_close(trunk.logits(h), model(input_ids=ids).logits, rtol=1e-4, atol=5e-5)


@pytest.mark.parametrize("weights", ["float32", "int8"])
@pytest.mark.parametrize("name", ["llama", "qwen2", "qwen3"])
def test_rows_do_not_depend_on_how_many_are_computed_together(name: str, weights: str) -> None:
    trunk, ids = lean(built(name), weights=weights), text(90)
    h = read(trunk, ids, CHUNKS)
    for sizes in ((90,), (1,) * 90, (64, 26), (7,) * 12 + (6,)):
        assert torch.equal(read(trunk, ids, sizes), h)
    logits = trunk.logits(h)
    assert torch.equal(
        torch.cat([trunk.logits(h[:, at : at + 1]) for at in range(90)], dim=1), logits
    )


def test_rows_do_not_depend_on_the_number_of_threads() -> None:
    trunk, ids, before = lean(built()), text(90), torch.get_num_threads()
    h = read(trunk, ids, CHUNKS)
    try:
        torch.set_num_threads(4)
        for _ in range(5):
            assert torch.equal(read(trunk, ids, CHUNKS), h)
    finally:
        torch.set_num_threads(before)


def test_a_cache_rolled_back_copied_and_grown_is_as_if_read_anew() -> None:
    trunk, ids, other = lean(built()), text(560), text(9, seed=1)
    cache = trunk.new_cache()
    trunk.extend(ids[:, :250], cache)
    for _ in range(2):
        trunk.extend(other, cache)
        cache.crop(-9)
    twin = copy.deepcopy(cache)
    trunk.extend(other, twin)
    h = trunk.extend(ids[:, 250:], cache)
    assert (cache.get_seq_length(), twin.get_seq_length()) == (560, 259)
    assert torch.equal(h, read(trunk, ids, (560,))[:, 250:])
    cache.crop(100)
    assert torch.equal(trunk.extend(ids[:, 100:130], cache), read(trunk, ids, (560,))[:, 100:130])


@pytest.mark.parametrize("weights", ["float32", "int8"])
@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_text_is_the_same_with_and_without_drafts(temperature: float, weights: str) -> None:
    trunk, prompts = lean(built("qwen3"), weights=weights), torch.cat([text(12), text(12, seed=5)])
    told = [
        generate(
            trunk,
            drafter,
            prompts,
            max_new_tokens=24,
            length_policy=policy,
            temperature=temperature,
            seed=1,
        )
        for drafter, policy in (
            (None, None),
            (RandomDrafter(SIZE), FixedLength(3)),
            (PromptLookupDrafter(), FixedLength(7)),
            (PromptLookupDrafter(), AdaptiveLength()),
        )
    ]
    assert all(torch.equal(out.sequences, told[0].sequences) for out in told)


def test_equal_logits_tie_alike_with_and_without_drafts() -> None:
    model = built("llama_untied")
    model.lm_head.weight.data[50:100] = model.lm_head.weight.data[
        :50
    ]  # every likeliest token has an equal
    trunk = lean(model)
    plain = generate(trunk, None, text(8), max_new_tokens=30)
    drafted = generate(
        trunk, RandomDrafter(50), text(8), max_new_tokens=30, length_policy=FixedLength(5)
    )
    assert torch.equal(plain.sequences, drafted.sequences)
    assert int(plain.sequences[0, 8:].remainder(100).max()) < 50


def test_a_model_trained_further_is_decoded_as_it_is_now() -> None:
    nl = NextLat(built())
    nl.trunk.config.eos_token_id = nl.trunk.generation_config.eos_token_id = None
    packed_once = lean(nl.trunk, weights="int8")
    before = nl.generate(text(8), 20).sequences
    with torch.enable_grad():
        optimizer = torch.optim.SGD(nl.parameters(), lr=3.0)
        for _ in range(3):
            nl(text(20, seed=2)).total.backward()
            nl_norm = nn.utils.clip_grad_norm_(nl.parameters(), 1.0)
            assert torch.isfinite(nl_norm)
            optimizer.step()
    after = nl.generate(text(8), 20).sequences
    assert not torch.equal(after, before)
    assert torch.equal(after, generate(Trunk(nl.trunk), None, text(8), max_new_tokens=20).sequences)
    assert torch.equal(
        read(packed_once, text(9), (9,)), read(lean(nl.trunk, weights="int8"), text(9), (9,))
    )
    moved = lean(nl.trunk)
    nl.trunk.lm_head.weight = nl.trunk.model.embed_tokens.weight = nn.Parameter(
        torch.randn(SIZE, 96)
    )
    h = read(moved, text(9), (9,))
    assert torch.equal(h, read(lean(nl.trunk), text(9), (9,)))
    torch.testing.assert_close(moved.logits(h), nl.trunk.lm_head(h), rtol=1e-4, atol=1e-4)


def test_int8_is_the_model_with_its_weights_rounded() -> None:
    model, ids = built("qwen2"), text(40)
    trunk = lean(model, weights="int8")
    h = read(trunk, ids, (40,))
    rounded = copy.deepcopy(model)
    for layer in [one for one in rounded.model.modules() if isinstance(one, nn.Linear)]:
        layer.weight.data = unpacked(*packed(layer.weight.data))
    torch.testing.assert_close(h, Trunk(rounded).hidden_states(ids), rtol=1e-4, atol=2e-5)
    head = unpacked(*packed(model.lm_head.weight.data))
    torch.testing.assert_close(trunk.logits(h), h @ head.T, rtol=1e-4, atol=5e-5)


def test_released_weights_are_freed_and_decoding_stays() -> None:
    model, ids = built("qwen2"), text(40)
    trunk = lean(model, weights="int8")
    before = read(trunk, ids, (40,))
    trunk.release()
    assert sum(one.numel() for one in model.model.layers.parameters()) < 3 * 2 * (96 + 96 + 160)
    assert torch.equal(read(trunk, ids, (40,)), before)
    assert torch.equal(trunk.logits(before), lean(built("qwen2"), weights="int8").logits(before))


def test_packing_loses_at_most_half_a_step_and_nothing_of_coarser_weights() -> None:
    torch.manual_seed(0)
    weight = torch.randn(40, 96) * torch.rand(40, 1)
    groups = weight.view(40, 3, 32)
    steps = torch.maximum((groups.amax(-1) - groups.amin(-1)) / 255, groups.abs().amax(-1) / 127)
    error = (unpacked(*packed(weight)) - weight).view(40, 3, 32).abs().amax(-1)
    assert bool((error <= 0.5 * steps * 1.001 + 1e-7).all())
    nibbles = torch.randint(16, (40, 3, 32)).float()
    nibbles[..., 0], nibbles[..., 1] = 0, 15
    of_4_bits = (nibbles * torch.rand(40, 3, 1) + torch.randn(40, 3, 1)).view(
        40, 96
    )  # as GGUF's Q4_1 stores them
    torch.testing.assert_close(unpacked(*packed(of_4_bits)), of_4_bits, rtol=1e-6, atol=1e-6)
    bytes_ = torch.randint(-127, 128, (40, 3, 32)).float()
    bytes_[..., 0] = 127
    of_8_bits = (bytes_ * torch.rand(40, 3, 1)).view(40, 96)  # Q8_0
    torch.testing.assert_close(unpacked(*packed(of_8_bits)), of_8_bits, rtol=1e-6, atol=1e-5)
    flat = torch.full((2, 32), 0.3)
    torch.testing.assert_close(
        unpacked(*packed(torch.cat([flat, torch.zeros(2, 32)]))), torch.cat([flat, 0 * flat])
    )


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("mistral", {"sliding_window": 32}),
        ("qwen2", {"use_sliding_window": True, "sliding_window": 32, "max_window_layers": 1}),
        ("llama", {"hidden_act": "gelu"}),
        ("llama", {"rope_parameters": {"rope_type": "dynamic", "rope_theta": 1e4, "factor": 2.0}}),
    ],
)
def test_what_the_kernel_does_not_know_decodes_with_the_plain_trunk(
    name: str, changes: dict[str, Any]
) -> None:
    model = built(name, **changes)
    assert type(lean_trunk(model)) is type(lean_trunk(model, "auto")) is Trunk
    with pytest.raises(ModelError, match="int8"):
        lean_trunk(model, "int8")


def test_adapters_hooks_and_other_types_decode_with_the_plain_trunk() -> None:
    hooked = built()
    hooked.model.layers[1].mlp.register_forward_hook(lambda module, args, out: 2 * out)
    adapted = built()
    adapted.model.layers[0].self_attn.q_proj = nn.Sequential(
        adapted.model.layers[0].self_attn.q_proj
    )
    for model in (hooked, adapted, built().to(torch.bfloat16), built().double()):
        assert type(lean_trunk(model)) is Trunk
    with pytest.raises(ModelError, match="width of 60"):
        lean_trunk(built("llama_odd"), "int8")


def test_auto_is_int8_where_it_can_be_had() -> None:
    for name, held in (("llama", "int8"), ("llama_odd", "float32")):
        trunk = lean_trunk(built(name), "auto")
        assert isinstance(trunk, LeanTrunk)
        assert trunk.weights == held
    assert weights_named("auto") == "auto"
    with pytest.raises(UsageError, match="weights 'int4': give float32"):
        weights_named("int4")


def test_several_rows_at_once_are_refused() -> None:
    trunk = lean(built())
    with pytest.raises(UsageError, match="one text at a time"):
        trunk.extend(text(6).repeat(2, 1), trunk.new_cache())


@pytest.mark.parametrize("separate_norms", [True, False])
@pytest.mark.parametrize("short", [True, False])
def test_latent_drafts_are_those_of_rounded_dynamics(short: bool, separate_norms: bool) -> None:
    """The kernel's step in 8-bit codes against torch's with the weights these codes stand for."""
    model, dynamics = built(), LatentDynamics(96, 64, separate_norms=separate_norms)
    dynamics.norm.weight.copy_(torch.linspace(0.5, 2, 192))
    if short:
        dynamics.limit_drafts(torch.arange(0, SIZE, 2))
    rounded = copy.deepcopy(dynamics)
    for layer in rounded.layers:
        layer.weight.copy_(unpacked(*packed(layer.weight)))
    told = []
    for trunk, own in ((lean(model), dynamics), (Trunk(model), rounded)):
        drafter = LatentDrafter(trunk, own)
        drafter.begin([1, 2], torch.randn(2, 96, generator=torch.Generator().manual_seed(3)))
        drafts = drafter.drafts(
            5, lambda logits, ahead, vocabulary=None: Draft(7, float(logits.std()))
        )
        told.append([next(drafts).confidence for _ in range(4)])
    assert told[0] == pytest.approx(told[1], rel=0.02)


def test_dynamics_trained_further_draft_as_they_are_now() -> None:
    trunk, dynamics = lean(built()), LatentDynamics(96, 64)

    def first() -> float:
        drafter = LatentDrafter(trunk, dynamics)
        drafter.begin([1], torch.ones(1, 96))
        return next(
            drafter.drafts(5, lambda logits, ahead, vocabulary=None: Draft(7, float(logits.std())))
        ).confidence

    before = first()
    assert first() == before
    dynamics.layers[-1].weight.mul_(3.0)
    assert first() != before


def test_dynamics_of_odd_sizes_and_types_are_left_to_torch() -> None:
    trunk = lean(built())
    assert trunk.latent_step(LatentDynamics(96, 50), None, None) is None
    assert trunk.latent_step(LatentDynamics(96, 64).bfloat16(), None, None) is None
    assert Trunk(built()).latent_step(LatentDynamics(96, 64), None, None) is None


def test_logits_keep_their_gradient() -> None:
    model = built()
    h = torch.randn(2, 3, 96, requires_grad=True)
    with torch.enable_grad():
        lean(model).logits(h).sum().backward()
    torch.testing.assert_close(
        h.grad, model.lm_head.weight.sum(dim=0).expand(2, 3, 96), rtol=1e-4, atol=1e-4
    )
