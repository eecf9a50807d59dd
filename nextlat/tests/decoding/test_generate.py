"""Speculation changes no token: against a naive loop without cache, transformers' own generate, and
itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import ClassVar

import pytest
import torch
from tiny_trunks import FAMILIES, tiny_trunk
from torch import Tensor
from transformers import PreTrainedModel

from nextlat.decoding import (
    DRAFTERS,
    AdaptiveLength,
    BigramDrafter,
    Draft,
    Drafter,
    FixedLength,
    Generation,
    Pick,
    RowDecoding,
    Sampling,
    Stops,
    acceptance_for,
    generate,
    length_policy,
)
from nextlat.decoding.context import Context
from nextlat.dynamics import LatentDynamics
from nextlat.errors import UsageError
from nextlat.trunk.gru import GruConfig, GruForCausalLM
from nextlat.trunk.trunk import Trunk

PROMPTS = torch.randint(23, (2, 6), generator=torch.Generator().manual_seed(4))
NUM_NEW = 11
LENGTHS = (0, 1, 2, 3, 4, 5, "adaptive")


@torch.no_grad()
def naive_greedy(model: PreTrainedModel, prompts_BT: Tensor, num_new: int) -> Tensor:
    """Recompute everything for every token."""
    ids = prompts_BT
    for _ in range(num_new):
        ids = torch.cat([ids, model(input_ids=ids).logits[:, -1:].argmax(-1)], dim=1)
    return ids


class ShiftedOracle(Drafter):
    """Knows the trunk's greedy continuation and drafts it, shifted by so many ids: 0 is always
    right, 1 never."""

    name: ClassVar[str] = "oracle"

    def __init__(self, model: PreTrainedModel, shift: int) -> None:
        self.model = model
        self.shift = shift
        self.ids: list[int] = []

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        self.ids = []
        self.observe(prompt_ids, h_TD)

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        assert len(token_ids) == len(h_AD)
        self.ids += token_ids

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        ids = torch.tensor([[*self.ids, token]])
        while True:
            ids = naive_greedy(self.model, ids, 1)
            yield Draft((int(ids[0, -1]) + self.shift) % 23, 0.9)


class OwnLogits(Drafter):
    """Drafts with the trunk's own logits: where noise is shared it must be right each time."""

    name: ClassVar[str] = "own"

    def __init__(self, model: PreTrainedModel) -> None:
        self.model = model
        self.ids: list[int] = []

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        self.ids = list(prompt_ids)

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        self.ids += token_ids

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        ids = [*self.ids, token]
        for ahead in itertools.count(1):
            draft = pick(self.model(input_ids=torch.tensor([ids])).logits[0, -1], ahead)
            yield draft
            ids.append(draft.token)


def drafter_named(name: str, trunk: Trunk) -> Drafter:
    torch.manual_seed(0)
    drafter = DRAFTERS[name].build(trunk, LatentDynamics(trunk.width).double())
    return drafter.fit(PROMPTS.flatten()) if isinstance(drafter, BigramDrafter) else drafter


def check_counts(out: Generation) -> None:
    stats = out.stats
    assert stats.tokens == stats.cycles + stats.accepted == sum(out.num_new_tokens)
    assert (
        sum(stats.accepted_by_position)
        == stats.accepted
        <= stats.drafted
        == sum(stats.drafted_by_position)
    )
    assert sorted(stats.accepted_by_position, reverse=True) == stats.accepted_by_position


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", DRAFTERS)
def test_greedy_text_is_the_naive_loops_for_every_drafter_and_length(
    family: str, name: str
) -> None:
    model = tiny_trunk(family)
    trunk = Trunk(model)
    wanted = naive_greedy(model, PROMPTS, NUM_NEW)
    theirs = model.generate(
        PROMPTS,
        attention_mask=torch.ones_like(PROMPTS),
        do_sample=False,
        max_new_tokens=NUM_NEW,
        pad_token_id=0,
    )
    assert torch.equal(theirs, wanted)
    for length in LENGTHS:
        out = generate(
            trunk,
            drafter_named(name, trunk),
            PROMPTS,
            max_new_tokens=NUM_NEW,
            length_policy=length_policy(length),  # type: ignore[arg-type]
        )
        assert torch.equal(out.sequences, wanted), length
        assert out.num_new_tokens == [NUM_NEW] * 2
        assert out.finish_reasons == ["length"] * 2
        check_counts(out)
        if length == 0:
            assert (out.stats.cycles, out.stats.drafted) == (2 * NUM_NEW, 0)


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_a_perfect_drafter_gives_length_plus_one_tokens_a_cycle(length: int) -> None:
    model = tiny_trunk()
    num_new = 3 * (length + 1)
    out = generate(
        Trunk(model),
        ShiftedOracle(model, 0),
        PROMPTS[0],
        max_new_tokens=num_new,
        length_policy=FixedLength(length),
    )
    assert torch.equal(out.sequences, naive_greedy(model, PROMPTS[:1], num_new))
    assert (out.stats.cycles, out.stats.accepted, out.stats.drafted) == (3, 3 * length, 3 * length)
    assert out.stats.accepted_by_position == [3] * length


@pytest.mark.parametrize("length", [1, 3])
def test_an_always_wrong_drafter_gives_one_token_a_cycle(length: int) -> None:
    model = tiny_trunk()
    out = generate(
        Trunk(model),
        ShiftedOracle(model, 1),
        PROMPTS,
        max_new_tokens=NUM_NEW,
        length_policy=FixedLength(length),
    )
    assert torch.equal(out.sequences, naive_greedy(model, PROMPTS, NUM_NEW))
    assert (out.stats.cycles, out.stats.accepted) == (2 * NUM_NEW, 0)
    assert out.stats.accepted_by_position == [0] * length


def test_plain_decoding_runs_the_trunk_once_a_token_and_needs_no_drafter() -> None:
    model = tiny_trunk()
    forwards: list[int] = []
    model.base_model.register_forward_hook(lambda *_: forwards.append(1))
    generate(Trunk(model), None, PROMPTS[0], max_new_tokens=NUM_NEW)
    assert len(forwards) == NUM_NEW
    forwards.clear()
    generate(
        Trunk(model),
        ShiftedOracle(tiny_trunk(), 0),
        PROMPTS[0],
        max_new_tokens=12,
        length_policy=FixedLength(3),
    )
    assert len(forwards) == 1 + 3
    with pytest.raises(UsageError, match="needs a drafter"):
        generate(Trunk(model), None, PROMPTS[0], length_policy=FixedLength(1))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_rolled_back_context_goes_on_as_if_it_had_never_seen_the_drafts(family: str) -> None:
    trunk = Trunk(tiny_trunk(family))
    ids = PROMPTS.flatten().tolist()
    context = Context(trunk)
    with torch.no_grad():
        context.extend(ids[:5])
        context.extend([ids[5], 1, 2, 3])
        context.roll_back(3)
        context.extend([4])
        context.roll_back(1)
        continued = context.extend(ids[6:])
        wanted = trunk.hidden_states(torch.tensor([ids]))[0]
    torch.testing.assert_close(continued, wanted[6:], rtol=1e-10, atol=1e-10)


def test_a_trunk_without_cache_decodes_too() -> None:
    torch.manual_seed(0)
    model = GruForCausalLM(GruConfig(vocab_size=23, hidden_size=16, initializer_range=1.0)).double()
    wanted = naive_greedy(model, PROMPTS, NUM_NEW)
    for name, length in itertools.product(("latent", "random"), (None, 3)):
        trunk = Trunk(model)
        drafter = drafter_named(name, trunk)
        out = generate(
            trunk, drafter, PROMPTS, max_new_tokens=NUM_NEW, length_policy=length_policy(length)
        )
        assert torch.equal(out.sequences, wanted)


@pytest.mark.parametrize("name", DRAFTERS)
@pytest.mark.parametrize(
    ("temperature", "top_p", "top_k"), [(1.0, 1.0, 0), (0.7, 0.8, 0), (2.5, 1.0, 5)]
)
def test_coupled_sampling_is_the_same_with_and_without_drafts(
    name: str, temperature: float, top_p: float, top_k: int
) -> None:
    trunk = Trunk(tiny_trunk("qwen3"))

    def run(length: object, seed: int) -> list[list[int]]:
        out = generate(
            trunk,
            drafter_named(name, trunk),
            PROMPTS,
            max_new_tokens=14,
            length_policy=length_policy(length),  # type: ignore[arg-type]
            temperature=temperature,
            top_p=top_p,
            top_k=top_k,
            seed=seed,
        )
        check_counts(out)
        return out.sequences.tolist()

    plain = run(None, 11)
    for length in (1, 2, 5, "adaptive"):
        assert run(length, 11) == plain
    assert run(2, 12) != plain
    assert run(None, -1) != plain


@pytest.mark.parametrize("acceptance", ["coupled", "speculative"])
def test_drafts_from_the_trunks_own_logits_all_stand(acceptance: str) -> None:
    model = tiny_trunk()
    out = generate(
        Trunk(model),
        OwnLogits(model),
        PROMPTS,
        max_new_tokens=20,
        length_policy=FixedLength(3),
        temperature=1.3,
        top_p=0.9,
        seed=3,
        acceptance=acceptance,  # type: ignore[arg-type]
    )
    assert out.stats.accepted == out.stats.drafted == 30


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_stops_end_alike_with_and_without_drafts_even_inside_accepted_ones(
    temperature: float,
) -> None:
    model = tiny_trunk()
    trunk = Trunk(model)
    free = (
        generate(trunk, None, PROMPTS[0], max_new_tokens=12, temperature=temperature, seed=2)
        .sequences[0]
        .tolist()
    )
    new = free[6:]
    drafter = ShiftedOracle(model, 0) if temperature == 0 else OwnLogits(model)
    for end in range(1, 12):
        for stop in (
            [new[:end]],
            [new[max(0, end - 2) : end], [22, 22, 22]],
            new[end - 1],
            [new[end - 1]],
        ):
            plain, fast = (
                generate(
                    trunk,
                    drafter,
                    PROMPTS[0],
                    max_new_tokens=12,
                    length_policy=length_policy(length),
                    temperature=temperature,
                    seed=2,
                    stop=stop,
                    return_logprobs=True,
                )
                for length in (None, 4)
            )
            length = Stops.parse(stop).end(new, 0)
            assert (
                fast.sequences[0].tolist()
                == plain.sequences[0].tolist()
                == free[: 6 + (length or 12)]
            )
            assert plain.finish_reasons == fast.finish_reasons == ["stop"]
            assert plain.logprobs is not None
            assert fast.logprobs is not None
            assert fast.logprobs[0] == pytest.approx(plain.logprobs[0], abs=1e-10)
            check_counts(fast)


def test_short_rows_are_filled_up_with_the_pad_token() -> None:
    model = tiny_trunk()
    trunk = Trunk(model)
    free = naive_greedy(model, PROMPTS, 12).tolist()
    stop = [free[0][6:9]]
    assert Stops.parse(stop).end(free[1][6:], 0) is None
    for pad, expected in ((None, 0), (21, 21)):
        model.generation_config.pad_token_id = pad
        out = generate(trunk, None, PROMPTS, max_new_tokens=12, stop=stop)
        assert out.sequences.tolist() == [free[0][:9] + [expected] * 9, free[1]]
        assert out.num_new_tokens == [3, 12]
        assert out.finish_reasons == ["stop", "length"]


@pytest.mark.parametrize("length", [None, 3])
def test_the_end_of_text_ends_as_in_transformers(length: int | None) -> None:
    model = tiny_trunk("gpt2")
    trunk = Trunk(model)
    free = naive_greedy(model, PROMPTS, 12)
    end = int(free[0, 6 + 4])
    model.generation_config.eos_token_id = [end, 22]
    theirs = model.generate(
        PROMPTS,
        attention_mask=torch.ones_like(PROMPTS),
        do_sample=False,
        max_new_tokens=12,
        pad_token_id=end,
    )
    out = generate(
        trunk,
        ShiftedOracle(model, 0),
        PROMPTS,
        max_new_tokens=12,
        length_policy=length_policy(length),
    )
    assert out.finish_reasons[0] == "stop"
    assert torch.equal(out.sequences, theirs)


def test_logprobs_are_the_trunks_own_at_temperature_1() -> None:
    model = tiny_trunk()
    trunk = Trunk(model)
    for length, acceptance in itertools.product((None, 3), ("coupled", "speculative")):
        out = generate(
            trunk,
            drafter_named("latent", trunk),
            PROMPTS,
            max_new_tokens=10,
            length_policy=length_policy(length),
            temperature=1.7,
            top_k=6,
            seed=1,
            acceptance=acceptance,  # type: ignore[arg-type]
            return_logprobs=True,
        )
        log_probs = model(input_ids=out.sequences).logits[:, 5:-1].log_softmax(-1)
        wanted = log_probs.gather(-1, out.sequences[:, 6:, None])[..., 0]
        torch.testing.assert_close(
            torch.tensor(out.logprobs, dtype=torch.float64), wanted, rtol=1e-9, atol=1e-9
        )
    assert generate(trunk, None, PROMPTS, max_new_tokens=2).logprobs is None


def test_tokens_stream_as_soon_as_they_are_certain() -> None:
    model = tiny_trunk()
    trunk = Trunk(model)
    row = RowDecoding(
        trunk,
        ShiftedOracle(model, 0),
        FixedLength(2),
        acceptance_for(Sampling(), "coupled", 0),
        Stops.parse(None),
        PROMPTS[0].tolist(),
        7,
    )
    parts = list(row.cycles())
    assert [len(part) for part in parts] == [3, 3, 1]
    assert (
        list(itertools.chain(*parts))
        == row.tokens
        == naive_greedy(model, PROMPTS[:1], 7)[0, 6:].tolist()
    )
    assert row.stats.tokens == 7


def test_one_adaptive_policy_serves_many_generations() -> None:
    model = tiny_trunk()
    policy = AdaptiveLength()
    for _ in range(3):
        out = generate(
            Trunk(model),
            ShiftedOracle(model, 0),
            PROMPTS,
            max_new_tokens=NUM_NEW,
            length_policy=policy,
        )
        assert torch.equal(out.sequences, naive_greedy(model, PROMPTS, NUM_NEW))
    assert policy.rate > 0
