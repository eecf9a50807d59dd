"""Texts decoded together are bit for bit those decoded alone, whatever is drafted for each and
whenever each ends."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
import torch
from tiny_trunks import tiny_trunk
from torch import Tensor
from transformers import Qwen3Config, Qwen3ForCausalLM

from nextlat.decoding import (
    AdaptiveLength,
    Drafter,
    FixedLength,
    LatentDrafter,
    LatentLookupDrafter,
    LengthPolicy,
    PromptLookupDrafter,
    RandomDrafter,
    RowDecoding,
    Sampling,
    Stops,
    acceptance_for,
    advance,
    generate,
)
from nextlat.decoding.batch import PASS_TOKENS, decode
from nextlat.decoding.lean import LeanTrunk, kernel, lean_trunk
from nextlat.decoding.token_choice import Draft
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk

SIZE = 101
NUM_NEW = 20
needs_compiler = pytest.mark.skipif(not kernel.available(), reason="there is no C compiler")
KINDS = (
    "plain",
    pytest.param("float32", marks=needs_compiler),
    pytest.param("int8", marks=needs_compiler),
)
LEAN = KINDS[1:]
PROMPTS = torch.randint(SIZE, (5, 7), generator=torch.Generator().manual_seed(1))
DRAFTING = {
    "none": (None, lambda: FixedLength(0)),
    "random, fixed": (lambda: RandomDrafter(SIZE), lambda: FixedLength(3)),
    "random, adaptive": (lambda: RandomDrafter(SIZE), AdaptiveLength),
    "lookup, fixed": (PromptLookupDrafter, lambda: FixedLength(5)),
    "lookup, adaptive": (PromptLookupDrafter, AdaptiveLength),
}


def trunk_of(kind: str) -> Trunk:
    if kind == "plain":
        return Trunk(tiny_trunk(vocab_size=SIZE))
    torch.manual_seed(3)
    config = Qwen3Config(
        vocab_size=SIZE,
        hidden_size=96,
        intermediate_size=160,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        head_dim=32,
        max_position_embeddings=600,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=0,
    )
    model = Qwen3ForCausalLM(config).eval()
    for parameter in model.parameters():
        parameter.data += 0.1 * torch.randn_like(parameter)
    trunk = lean_trunk(model, kind)  # type: ignore[arg-type]
    assert isinstance(trunk, LeanTrunk)
    return trunk


@pytest.fixture(scope="module")
def trunks() -> dict[str, Trunk]:
    return {
        kind: trunk_of(kind)
        for kind in ("plain", *(("float32", "int8") if kernel.available() else ()))
    }


@pytest.fixture(autouse=True)
def no_gradients() -> Iterator[None]:
    with torch.no_grad():
        yield


def row(
    trunk: Trunk,
    number: int,
    *,
    temperature: float = 0.0,
    drafter: Drafter | None = None,
    policy: LengthPolicy | None = None,
    prompt: Sequence[int] | None = None,
    stop: Any = None,
    new: int = NUM_NEW,
) -> RowDecoding:
    choice = acceptance_for(Sampling(temperature, seed=9), "coupled", number)
    ids = list(prompt or PROMPTS[number % len(PROMPTS)].tolist())
    return RowDecoding(
        trunk, drafter, policy or FixedLength(0), choice, Stops.parse(stop), ids, new, True
    )


def alone(trunk: Trunk, number: int, **options: Any) -> RowDecoding:
    found = row(trunk, number, **options)
    for _ in found.cycles():
        pass
    return found


@pytest.mark.parametrize("drafting", DRAFTING)
@pytest.mark.parametrize("temperature", [0.0, 0.9])
@pytest.mark.parametrize("kind", KINDS)
def test_texts_are_those_decoded_alone(
    trunks: dict[str, Trunk], kind: str, temperature: float, drafting: str
) -> None:
    trunk, (drafter, policy) = trunks[kind], DRAFTING[drafting]
    lengths = [8 * (number + 1) for number in range(5)]  # rows leave one after another
    prompts = [PROMPTS[number, : 2 + number].tolist() for number in range(5)]
    shared = policy()
    rows = [
        row(
            trunk,
            at,
            temperature=temperature,
            drafter=drafter and drafter(),
            policy=shared,
            prompt=ids,
            new=new,
        )
        for at, (new, ids) in enumerate(zip(lengths, prompts, strict=True))
    ]
    decode(rows)
    for at, (new, ids) in enumerate(zip(lengths, prompts, strict=True)):
        wanted = alone(trunk, at, temperature=temperature, prompt=ids, new=new)
        assert rows[at].tokens == wanted.tokens
        assert len(rows[at].tokens) == new
        assert rows[at].stats.tokens == new
        if kind != "plain":
            assert rows[at].logprobs == wanted.logprobs
        else:
            assert rows[at].logprobs == pytest.approx(wanted.logprobs, abs=1e-9)


@pytest.mark.parametrize("kind", LEAN)
@pytest.mark.parametrize("threads", [1, 3])
def test_a_pass_over_several_texts_gives_each_what_a_pass_of_its_own_does(
    trunks: dict[str, Trunk], kind: str, threads: int
) -> None:
    trunk, draws, before = trunks[kind], random.Random(0), torch.get_num_threads()
    texts = [
        torch.randint(SIZE, (300,), generator=torch.Generator().manual_seed(at)) for at in range(6)
    ]
    together: list[Any] = [trunk.new_cache() for _ in texts]
    single: list[Any] = [trunk.new_cache() for _ in texts]
    at = [0] * len(texts)
    try:
        torch.set_num_threads(threads)
        for _ in range(12):
            chosen = draws.sample(range(len(texts)), draws.randint(1, len(texts)))
            parts = [texts[n][at[n] : at[n] + draws.choice((1, 1, 2, 3, 5, 9, 24))] for n in chosen]
            found = trunk.extend_many(
                [(part, together[n]) for part, n in zip(parts, chosen, strict=True)]
            )
            wanted = [
                trunk.extend(part[None], single[n])[0]
                for part, n in zip(parts, chosen, strict=True)
            ]
            assert all(map(torch.equal, found, wanted))
            logits = trunk.logits(torch.cat(found)).split([len(part) for part in parts])
            assert all(
                torch.equal(trunk.logits(h), own) for h, own in zip(wanted, logits, strict=True)
            )
            for n, part in zip(chosen, parts, strict=True):
                back = draws.randint(0, len(part) - 1)
                together[n].crop(-back or len(texts[n]))
                single[n].crop(-back or len(texts[n]))
                at[n] += len(part) - back
                assert together[n].get_seq_length() == at[n]
    finally:
        torch.set_num_threads(before)


def test_a_plain_trunk_reads_texts_in_turn(trunks: dict[str, Trunk]) -> None:
    trunk = trunks["plain"]
    parts = [PROMPTS[0], PROMPTS[1, :3]]
    found = trunk.extend_many([(ids, trunk.new_cache()) for ids in parts])
    for h, ids in zip(found, parts, strict=True):
        assert torch.equal(h, trunk.extend(ids[None], trunk.new_cache())[0])


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_of_prompts_is_the_prompts_one_by_one(trunks: dict[str, Trunk], kind: str) -> None:
    trunk = trunks[kind]
    many = PROMPTS.repeat(4, 1)  # more rows than a pass takes
    out = generate(
        trunk, PromptLookupDrafter(), many, max_new_tokens=12, length_policy=AdaptiveLength()
    )
    for at in range(len(many)):
        one = generate(trunk, None, many[at], max_new_tokens=12)
        assert torch.equal(out.sequences[at : at + 1], one.sequences)
    assert out.stats.tokens == 12 * len(many)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_stops_early_leaves_and_makes_room(trunks: dict[str, Trunk], kind: str) -> None:
    trunk = trunks[kind]
    texts = [alone(trunk, at, temperature=0.9).tokens for at in range(5)]
    stop = texts[1][4]
    out = generate(trunk, None, PROMPTS, temperature=0.9, seed=9, max_new_tokens=NUM_NEW, stop=stop)
    for at, tokens in enumerate(texts):
        end = tokens.index(stop) + 1 if stop in tokens else NUM_NEW
        assert out.sequences[at, 7 : 7 + end].tolist() == tokens[:end]
        assert out.num_new_tokens[at] == end
        assert out.finish_reasons[at] == ("stop" if stop in tokens else "length")


@needs_compiler
def test_a_pass_takes_no_more_rows_and_tokens_than_it_may(
    trunks: dict[str, Trunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    trunk, sizes = trunks["float32"], list[list[int]]()
    extend_many = trunk.extend_many

    def noting(parts: Any) -> list[Tensor]:
        sizes.append([len(ids) for ids, _ in parts])
        return extend_many(parts)

    monkeypatch.setattr(trunk, "extend_many", noting)
    many = PROMPTS.repeat(6, 1)
    out = generate(
        trunk, RandomDrafter(SIZE), many, max_new_tokens=30, length_policy=FixedLength(20)
    )
    assert max(map(sum, sizes)) <= PASS_TOKENS
    assert max(map(len, sizes)) > 1
    sizes.clear()
    assert torch.equal(generate(trunk, None, many, max_new_tokens=30).sequences, out.sequences)
    assert max(map(len, sizes)) == trunk.texts_a_pass


class FailingDrafter(RandomDrafter):
    """Drafts in a few cycles, then fails."""

    def drafts(self, token: int, pick: Any) -> Iterator[Draft]:
        self.left = getattr(self, "left", 9) - 1
        if not self.left:
            raise RuntimeError("made to fail by a test")
        yield from super().drafts(token, pick)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_that_fails_or_is_left_out_changes_no_other(
    trunks: dict[str, Trunk], kind: str
) -> None:
    trunk, policy = trunks[kind], FixedLength(2)
    drafters = [
        PromptLookupDrafter(),
        FailingDrafter(SIZE),
        RandomDrafter(SIZE),
        PromptLookupDrafter(),
    ]
    rows = [
        row(trunk, at, temperature=0.9, drafter=one, policy=policy)
        for at, one in enumerate(drafters)
    ]
    wanted = [alone(trunk, at, temperature=0.9).tokens for at in range(4)]
    for one in rows:
        one.begin()
    running, streamed, faults = list(rows), [list[int]() for _ in rows], list[Exception]()
    for round_number in range(4 * NUM_NEW):
        if round_number == 3:
            running.remove(rows[2])  # as when nobody waits for it any more
        for one, outcome in zip(list(running), advance(running) if running else [], strict=True):
            if isinstance(outcome, Exception):
                faults.append(outcome)
                running.remove(one)
                continue
            streamed[rows.index(one)] += outcome
            if one.ended:
                running.remove(one)
    assert [str(fault) for fault in faults] == ["made to fail by a test"]
    assert streamed[0] == wanted[0]
    assert streamed[3] == wanted[3]
    assert 0 < len(streamed[1]) < NUM_NEW
    for at in (1, 2):
        assert streamed[at] == wanted[at][: len(streamed[at])]


@needs_compiler
def test_a_pass_that_fails_ends_its_rows_and_they_say_why(
    trunks: dict[str, Trunk], monkeypatch: pytest.MonkeyPatch
) -> None:
    trunk = trunks["float32"]

    def fail(parts: Any) -> list[Tensor]:
        raise MemoryError("made to fail by a test")

    monkeypatch.setattr(trunk, "extend_many", fail)
    policy = FixedLength(0)
    trunk_rows = [row(trunk, at, policy=policy) for at in range(2)]
    with pytest.raises(MemoryError, match="made to fail"):
        decode(trunk_rows)


def test_copies_of_a_drafter_know_nothing_of_each_others_rows() -> None:
    trunk = Trunk(tiny_trunk())
    torch.manual_seed(0)
    first = LatentLookupDrafter(
        LatentDrafter(trunk, LatentDynamics(16).double()), PromptLookupDrafter()
    )
    second = first.copy()

    def pick(logits_V: Tensor, ahead: int, vocabulary: object = None) -> Draft:
        return Draft(int(logits_V.argmax()), 0.9)

    def drafted(drafter: Drafter, token: int) -> list[int]:
        offered = drafter.drafts(token, pick)
        return [next(offered).token for _ in range(3)]

    h = trunk.hidden_states(PROMPTS[:2].remainder(23))
    first.begin([1, 2, 3, 1, 2], h[0, :5])
    wanted = drafted(first, 3)
    first.begin([1, 2, 3, 1, 2], h[0, :5])
    second.begin([7, 8, 9], h[1, :3])
    second.observe([4, 5], h[1, 3:5])
    assert drafted(first, 3) == wanted


@pytest.mark.parametrize("chance", [0.2, 0.6, 0.9])
@pytest.mark.parametrize(("num_rows", "further"), [(2, 0.1), (6, 0.02), (6, 0.15)])
def test_rows_of_a_round_draft_what_pays_for_all_of_them(
    num_rows: int, further: float, chance: float
) -> None:
    """Against the best fixed length, where every token of a pass costs `further` of its first."""
    draft = 0.02

    def seconds(tokens: int) -> float:
        return 1 + further * (tokens - 1)

    def rate(length: int) -> float:
        tokens = num_rows * sum(chance**k for k in range(length + 1))
        return tokens / (seconds(num_rows * (1 + length)) + num_rows * length * draft)

    now, draws, tokens = [0.0], random.Random(1), 0
    policy = AdaptiveLength(clock=lambda: now[0])
    for _ in range(500):
        cycles = policy.together(num_rows)
        fates: list[list[bool]] = []
        for cycle in cycles:
            cycle.begin(64)
            fates.append([])
            while cycle.wants_more():
                now[0] += draft
                if not cycle.keeps(0.5, may_drop=True):
                    break
                fates[-1].append(draws.random() < chance)
        now[0] += seconds(sum(1 + len(fate) for fate in fates))
        for cycle, fate in zip(cycles, fates, strict=True):
            accepted = [*fate, False].index(False)
            cycle.end(accepted)
            tokens += 1 + accepted
    best = max(map(rate, range(17)))
    assert tokens / now[0] > 0.93 * best
    assert policy.rate == pytest.approx(tokens / now[0], rel=0.25)
