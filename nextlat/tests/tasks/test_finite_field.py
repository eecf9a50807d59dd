"""The finite-field task: generator against oracle, traces, renderings, verifier, classifier, split,
bad input."""

from __future__ import annotations

import dataclasses
import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nextlat.errors import DataError, UsageError
from nextlat.tasks.finite_field import FiniteField, FiniteFieldConfig
from nextlat.tasks.finite_field_chains import (
    DIRECTIONS,
    NATURAL,
    Chain,
    ChainSampler,
    apply,
    operation_name,
    oracle,
    tables,
)
from nextlat.tasks.finite_field_compact import CompactRendering
from nextlat.tasks.finite_field_traces import Trace, TracePart, gold_trace, judge
from nextlat.tasks.finite_field_verbose import VerboseRendering
from nextlat.tasks.stable_hash import is_held_out, is_one_held_out


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    modulus = draw(st.sampled_from([3, 5, 11, 13]))
    operations = 2 * modulus - 3
    parts = draw(st.integers(1, min(4, operations)))
    steps = draw(st.integers(1, min(6, operations // parts)))
    kinds = draw(
        st.lists(st.sampled_from(["evaluation", "inversion"]), min_size=parts, max_size=parts)
    )
    sampler = ChainSampler(modulus, fixed_map=draw(st.booleans()))
    return sampler.draw(
        np.random.default_rng(draw(st.integers(0, 2**32))), kinds, steps, held_out=None
    )


def directions_of(chain: Chain, seed: int) -> list[str]:
    return [DIRECTIONS[(seed >> number) & 1] for number in range(len(chain.parts))]


@settings(max_examples=150)
@given(chain=chains())
def test_the_generators_answer_is_the_oracles(chain: Chain) -> None:
    assert oracle(chain) == chain.answer
    for part in chain.parts:
        for number, operation in enumerate(part.operations):
            assert apply(chain.modulus, operation, part.states[number]) == part.states[number + 1]


def test_operations_are_every_useful_one_once_and_can_be_undone() -> None:
    for modulus in (3, 5, 11, 13):
        named = [operation_name(modulus, operation) for operation in range(2 * modulus - 3)]
        expected = [("Add", a) for a in range(1, modulus)] + [
            ("Multiply", m) for m in range(2, modulus)
        ]
        assert named == expected
        results, undone = tables(modulus)
        for operation, element in product(range(len(results)), range(modulus)):
            assert undone[operation, results[operation, element]] == element
            assert results[operation, element] == apply(modulus, operation, element)


@settings(max_examples=200)
@given(chain=chains(), seed=st.integers(0, 15))
def test_gold_traces_earn_everything_in_both_renderings(chain: Chain, seed: int) -> None:
    directions = directions_of(chain, seed)
    trace = gold_trace(chain, directions)
    said = judge(chain, trace)
    assert (said.answer, said.steps, said.right_steps) == (True, True, chain.steps)
    assert said.strategy == (directions[0] if len(set(directions)) == 1 else "other")
    for rendering in (
        CompactRendering(chain.modulus, shows_map=True),
        VerboseRendering(chain.modulus),
    ):
        assert rendering.read(chain, rendering.response(chain, trace)) == trace
    for part, done, direction in zip(chain.parts, trace.parts, directions, strict=True):
        assert (done.guess is not None) == (NATURAL[part.type] != direction)


@settings(max_examples=200)
@given(chain=chains(), seed=st.integers(0, 15), data=st.data())
def test_any_change_of_a_step_or_the_answer_is_found(
    chain: Chain, seed: int, data: st.DataObject
) -> None:
    rendering = CompactRendering(chain.modulus)
    ids = rendering.response(chain, gold_trace(chain, directions_of(chain, seed)))
    at = data.draw(st.integers(0, len(ids) - 1))
    changed = data.draw(
        st.integers(0, len(rendering.vocabulary) - 1).filter(lambda token: token != ids[at])
    )
    said = judge(chain, rendering.read(chain, [*ids[:at], changed, *ids[at + 1 :]]))
    assert not said.steps or _is_another_right_trace(
        chain, rendering, [*ids[:at], changed, *ids[at + 1 :]]
    )
    cut = judge(chain, rendering.read(chain, ids[:at]))
    assert not cut.answer and not cut.steps


def _is_another_right_trace(chain: Chain, rendering: CompactRendering, ids: list[int]) -> bool:
    """Whether one token led from one strategy's right trace to another's (chains of one step
    only)."""
    told = [
        rendering.response(chain, gold_trace(chain, list(one)))
        for one in product(DIRECTIONS, repeat=len(chain.parts))
    ]
    return ids in told


def test_a_wrong_guess_is_refused_even_where_every_step_is_right() -> None:
    sampler = ChainSampler(11)
    chain = sampler.draw(np.random.default_rng(0), ["inversion"], 3, held_out=None)
    part = chain.parts[0]
    wrong = (part.asked + 1) % 11
    states = [wrong]
    for operation in part.operations:
        states.append(apply(11, operation, states[-1]))
    steps = tuple(zip(part.operations, states[1:], strict=True))
    said = judge(chain, Trace((TracePart(wrong, steps),), wrong, True))
    assert (said.answer, said.steps, said.strategy) == (False, False, "forward")
    lucky = judge(chain, Trace((TracePart(wrong, steps),), part.asked, True))
    assert lucky.answer and not lucky.steps


def test_a_natural_strategy_needs_no_guess_and_gets_none_for_free() -> None:
    chain = ChainSampler(11).draw(np.random.default_rng(1), ["evaluation"], 3, held_out=None)
    gold = gold_trace(chain, ["forward"]).parts[0]
    guessed = Trace((TracePart(chain.parts[0].known, gold.steps),), chain.answer, True)
    assert not judge(chain, guessed).steps


def test_the_verbose_rendering_checks_where_a_step_starts() -> None:
    chain = ChainSampler(11).draw(np.random.default_rng(2), ["evaluation"], 3, held_out=None)
    rendering = VerboseRendering(11)
    text = rendering.response(chain, gold_trace(chain, ["forward"]))
    first = f"on e{chain.symbols[chain.parts[0].known]} "
    other = f"on e{chain.symbols[(chain.parts[0].known + 1) % 11]} "
    assert judge(chain, rendering.read(chain, text)).steps
    assert not judge(chain, rendering.read(chain, text.replace(first, other, 1))).steps
    assert judge(
        chain, rendering.read(chain, "Well. " + text.replace(". Step", ". So, Step"))
    ).steps


@settings(max_examples=200)
@given(chain=chains(), ids=st.lists(st.integers(-1, 60), max_size=40), text=st.text(max_size=60))
def test_any_response_is_read_without_failing(chain: Chain, ids: list[int], text: str) -> None:
    judge(chain, CompactRendering(chain.modulus).read(chain, ids))
    judge(
        chain,
        VerboseRendering(chain.modulus).read(
            chain, text + " Step 1: Add e1 on e0 gives e99. Answer: e77."
        ),
    )


def test_forcing_prefixes_begin_the_strategys_trace() -> None:
    sampler, rendering, verbose = ChainSampler(11), CompactRendering(11), VerboseRendering(11)
    rng = np.random.default_rng(3)
    for kind in ("evaluation", "inversion"):
        chain = sampler.draw(rng, [kind], 4, held_out=None)
        for direction in DIRECTIONS:
            trace = gold_trace(chain, [direction])
            prefix = rendering.forcing_prefix(chain, direction)
            assert rendering.response(chain, trace)[: len(prefix)] == prefix
            assert verbose.response(chain, trace).startswith(
                verbose.forcing_prefix(chain, direction)
            )


def test_held_out_problems_are_in_no_training_row_and_never_change() -> None:
    task = FiniteField(FiniteFieldConfig(modulus=5, min_steps=2, max_steps=3), 0)
    held = task.held_out(60)
    assert held == FiniteField(task.config, 7).held_out(60)
    told = {tuple(task.rendering.prompt(chain)) for chain in held}
    seen = set()
    for step in range(40):
        batch = task.training_batch(step, 64)
        for ids, labels in zip(batch.input_ids_BT.tolist(), batch.labels_BT.tolist(), strict=True):
            seen.add(
                tuple(
                    token
                    for token, label in zip(ids, labels, strict=True)
                    if label == -100 and token != task.rendering.special["PAD"]
                )
            )
    assert len(seen) > 500 and not told & seen


def test_one_rows_hash_is_the_arrays() -> None:
    rows = np.random.default_rng(0).integers(0, 40, (400, 6))
    assert [is_one_held_out(row) for row in rows.tolist()] == is_held_out(rows).tolist()


def test_labels_hide_the_prompt_and_show_the_whole_solution() -> None:
    task = FiniteField(
        FiniteFieldConfig(facts_share=0.3, lists_share=0.3, composition_share=0.2), 1
    )
    special = task.rendering.special
    batch = task.training_batch(0, 200)
    for ids, labels in zip(batch.input_ids_BT.tolist(), batch.labels_BT.tolist(), strict=True):
        start = ids.index(special["SEP"]) + 2
        end = ids.index(special["EOS"]) + 1
        assert all(label == -100 for label in [*labels[:start], *labels[end:]])
        assert labels[start:end] == ids[start:end]


def test_shares_and_strategies_are_kept() -> None:
    rng = np.random.default_rng(0)
    task = FiniteField(FiniteFieldConfig(strategies="backward", inversion_share=0.25), 0)
    drawn = [task.chain(rng) for _ in range(2000)]
    assert abs(np.mean([chain.type == "inversion" for chain in drawn]) - 0.25) < 0.03
    assert {chain.steps for chain in drawn} == {2, 3, 4, 5}
    assert all(list(task.directions(rng, chain)) == ["backward"] for chain in drawn[:50])
    mixed = FiniteField(FiniteFieldConfig(strategies="mixture"), 0)
    forward = [mixed.directions(rng, chain) == ["forward"] for chain in drawn]
    assert abs(np.mean(forward) - 0.5) < 0.04


def test_outside_rows_are_read_and_malformed_ones_named(tmp_path: Path) -> None:
    task = FiniteField(FiniteFieldConfig(), 0)
    good = {"type": "inversion", "known": 3, "operations": [["Add", 5], ["Multiply", 2]]}
    file = tmp_path / "rows.jsonl"
    file.write_text(json.dumps(good) + "\n", "utf-8")
    chain = task.read(file)[0]
    assert chain.answer == oracle(chain) == (3 * pow(2, -1, 11) - 5) % 11
    for change, said in (
        ({"type": "integral"}, "evaluation"),
        ({"known": 11}, "0 to 10"),
        ({"operations": []}, "1 to 19"),
        ({"operations": [["Multiply", 1]]}, "2..10"),
        ({"operations": [["Add", 1], ["Add", 1]]}, "repeats"),
    ):
        file.write_text(json.dumps(good) + "\n" + json.dumps(good | change) + "\n", "utf-8")
        with pytest.raises(DataError, match="line 2") as error:
            task.read(file)
        assert said in str(error.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"modulus": 12}, "prime"),
        ({"min_steps": 6}, "min_steps"),
        ({"max_steps": 20}, "19"),
        ({"strategies": "sideways"}, "mixture"),
        ({"inversion_share": 1.5}, "share"),
        ({"facts_share": 0.6, "lists_share": 0.6}, "exceed 1"),
        ({"min_parts": 3}, "min_parts"),
        ({"composition_share": 0.5, "composition_parts": 10}, "fewer parts"),
        ({"usual_list": 9, "lists_share": 0.5}, "usual_list"),
    ],
)
def test_bad_settings_are_refused(change: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        dataclasses.replace(FiniteFieldConfig(), **change)  # type: ignore[arg-type]  # wrong on purpose


def test_too_many_steps_for_the_field_are_refused() -> None:
    with pytest.raises(UsageError, match="7 operations"):
        ChainSampler(5).draw(np.random.default_rng(0), ["evaluation"] * 4, 2, held_out=None)
