"""Evaluation: completions are transformers' own, figures are counts, changes are split as analysis says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from nextlat.evaluation.pass_at_k import powers
from nextlat.posttrain.analysis import pass_at_k, split_change, wilson
from nextlat.posttrain.assessment import Assessor, Judged, Sample, rows, totals
from nextlat.posttrain.changes import splits
from nextlat.posttrain.models import load_model, load_tokenizer
from nextlat.posttrain.problems import Problem
from nextlat.posttrain.run import spread
from nextlat.posttrain.sampling import Decoding, Request, Sampler
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import Score, Verdict, Verifier

Own = Callable[..., str]
GREEDY = Decoding(0.0, 8)
PROMPTS = ("ab=", "a much longer prompt=", "x", "yes=")


@pytest.fixture
def sampler(model: str) -> Sampler:
    return Sampler(load_model(model).eval(), load_tokenizer(model), batch_size=3)


def test_greedy_completions_are_transformers_own(sampler: Sampler) -> None:
    """Batched with padding and sorted by length, each is what the model alone says to its prompt."""
    found = sampler.complete([Request(prompt) for prompt in PROMPTS], GREEDY, seed=0)
    for prompt, text in zip(PROMPTS, found, strict=True):
        ids = torch.tensor([sampler.tokenizer(prompt)["input_ids"]])
        with torch.no_grad():
            for _ in range(8):
                step = sampler.model(ids).logits[0, -1].argmax()
                if int(step) == sampler.tokenizer.eos_token_id:
                    break
                ids = torch.cat([ids, step[None, None]], 1)
        tail = ids[0, len(sampler.tokenizer(prompt)["input_ids"]) :]
        assert text == sampler.tokenizer.decode(tail, skip_special_tokens=True)


def test_a_forced_beginning_is_kept_and_counts_towards_the_length(sampler: Sampler) -> None:
    free, forced = sampler.complete([Request("ab="), Request("ab=", "left:")], GREEDY, seed=0)
    assert forced.startswith("left:")
    assert len(forced) <= 8
    assert free[:5] != "left:"
    follows = sampler.complete([Request("ab=left:")], Decoding(0.0, 3), seed=0)[0]
    assert forced == "left:" + follows


def test_sampling_is_seeded_and_leaves_other_random_states(sampler: Sampler) -> None:
    requests = [Request(prompt) for prompt in PROMPTS * 2]
    warm = Decoding(1.0, 6)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = sampler.complete(requests, warm, seed=1)
    assert torch.equal(before, torch.get_rng_state())
    assert first == sampler.complete(requests, warm, seed=1)
    assert first != sampler.complete(requests, warm, seed=2)
    assert first[:4] != first[4:]  # samples of one prompt differ


def test_sampled_tokens_follow_the_temperature(sampler: Sampler) -> None:
    """First tokens of 3,000 samples against softmax(logits / T), by chi-square over the likeliest."""
    ids = torch.tensor([sampler.tokenizer("ab=")["input_ids"]])
    with torch.no_grad():
        expected = (sampler.model(ids).logits[0, -1].double() / 0.5).softmax(-1)
    sampler.batch_size = 3000
    found = sampler.complete([Request("ab=")] * 3000, Decoding(0.5, 1), seed=4)
    top = expected.topk(12).indices.tolist()
    chi_square = 0.0
    for token in top:
        text = sampler.tokenizer.decode([token], skip_special_tokens=True)
        want = 3000 * float(expected[token])
        chi_square += (found.count(text) - want) ** 2 / want if text else 0.0
    assert chi_square < 32.9  # 0.1 % of chi-square with 12 degrees of freedom


def judged(
    kind: str, steps: int | None, outcomes: str, forced: dict[str, str] | None = None, at: int = 0
) -> Judged:
    """One problem; a letter a sample: F right forward, f wrong forward, B right backward, b wrong backward, x other."""
    names = {"f": "forward", "b": "backward", "x": "other"}

    def sample(letter: str) -> Sample:
        verdict = Verdict(letter.isupper(), steps_correct=letter.isupper())
        return Sample(letter, Score(float(letter.isupper()), verdict), names[letter.lower()])

    told = {name: tuple(map(sample, letters)) for name, letters in (forced or {}).items()}
    return Judged(
        Problem(f"{kind}{steps}{at}", "q", type=kind, steps=steps),
        tuple(map(sample, outcomes)),
        told,
    )


def test_figures_are_counts() -> None:
    sampled = [
        judged("eval", 2, "FFbx", {"forward": "FFFF", "backward": "bbbB"}, 0),
        judged("eval", 2, "FBbf", {"forward": "FFff", "backward": "bbbb"}, 1),
        judged("inv", 3, "bbbb", {"forward": "ffff", "backward": "BBBB"}),
    ]
    greedy = [
        judged("eval", 2, "F", None, 0),
        judged("eval", 2, "b", None, 1),
        judged("inv", 3, "B"),
    ]
    first, second = rows(sampled, greedy, "sft")
    assert (first["type"], first["steps"], first["n"], first["samples"], first["stage"]) == (
        "eval",
        2,
        2,
        4,
        "sft",
    )
    assert first["accuracy"] == first["verified_accuracy"] == 0.5
    assert first["routing"] == {"backward": 3 / 8, "forward": 4 / 8, "other": 1 / 8}
    assert first["execution"] == {"forward": 6 / 8, "backward": 1 / 8}
    assert first["conditional"] == {
        "backward": {"accuracy": 1 / 3, "n": 3},
        "forward": {"accuracy": 3 / 4, "n": 4},
        "other": {"accuracy": 0.0, "n": 1},
    }
    assert first["pass_at_k"] == {"1": 0.5, "2": pass_at_k(4, 2, 2), "4": 1.0}
    assert first["greedy"]["accuracy"] == 0.5
    assert first["greedy"]["interval"] == list(wilson(1, 2))
    assert first["interval"][0] <= 0.5 <= first["interval"][1]
    assert (second["type"], second["accuracy"]) == ("inv", 0.0)
    told = totals(sampled, greedy, "sft")
    assert [(one["type"], one["steps"], one["n"]) for one in told] == [
        ("eval", None, 2),
        ("inv", None, 1),
        ("all", None, 3),
    ]
    assert told[2]["accuracy"] == pytest.approx(4 / 12)
    assert powers(1) == [1]
    assert powers(9) == [1, 2, 4, 8]


def test_steps_not_judged_give_no_verified_accuracy() -> None:
    sample = Sample("x", Score(1.0, Verdict(True)), None)
    row = rows(
        [Judged(Problem("p", "q"), (sample,), {})],
        [Judged(Problem("p", "q"), (sample,), {})],
        "base",
    )[0]
    assert row["verified_accuracy"] is None
    assert (row["routing"], row["execution"], row["verified_pass_at_k"]) == ({}, {}, {})
    assert splits([row, {**row, "stage": "rl"}], ["base", "rl"]) == []


def row(
    stage: str,
    kind: str,
    n: int,
    routing: dict[str, float],
    execution: dict[str, float],
    accuracy: float,
) -> Any:
    told = {
        "type": kind,
        "steps": None,
        "n": n,
        "stage": stage,
        "routing": routing,
        "execution": execution,
    }
    conditional = {name: {"accuracy": value, "n": 1} for name, value in execution.items()}
    return {**told, "accuracy": accuracy, "verified_accuracy": accuracy, "conditional": conditional}


def test_changes_are_split_by_forced_execution() -> None:
    before = row(
        "sft",
        "inv",
        10,
        {"forward": 0.4, "backward": 0.5, "odd": 0.1},
        {"forward": 0.1, "backward": 0.4},
        0.25,
    )
    after = row("rl", "inv", 10, {"backward": 1.0}, {"forward": 0.1, "backward": 0.9}, 0.9)
    told = splits([before, after], ["sft", "rl"])
    assert len(told) == 1
    expected = split_change(
        {"forward": 0.4, "backward": 0.5, "other": 0.1},
        {"forward": 0.1, "backward": 0.4},
        0.25,
        {"forward": 0.0, "backward": 1.0, "other": 0.0},
        {"forward": 0.1, "backward": 0.9},
        0.9,
    )
    assert told[0]["selection"] == pytest.approx(expected.selection)
    assert told[0]["improvement"] == pytest.approx(expected.improvement)
    assert told[0]["selection"] == pytest.approx(0.5 * 0.65 - 0.4 * 0.1)
    assert told[0]["improvement"] == pytest.approx(0.75 * 0.5)
    assert told[0]["execution_by"] == "forcing"
    parts = told[0]["selection"] + told[0]["improvement"] + told[0]["residual"]
    assert parts == pytest.approx(told[0]["change"], abs=1e-12)


def test_without_forcing_conditional_accuracy_stands_in_and_is_named() -> None:
    before = row("base", "all", 4, {"forward": 1.0}, {"forward": 0.25}, 0.25)
    after = row(
        "rl", "all", 4, {"backward": 0.5, "forward": 0.5}, {"backward": 1.0, "forward": 0.25}, 0.625
    )
    for one in (before, after):
        one["execution"] = {}
    told = splits([before, after], ["base", "rl"])[0]
    assert told["execution_by"] == "conditional"
    assert told["selection"] == pytest.approx(0.375)  # a strategy that appears counts as selection
    assert told["improvement"] == pytest.approx(0)
    assert told["residual"] == pytest.approx(0)


def test_all_types_are_weighted_by_their_problems() -> None:
    cells = [
        row(stage, kind, n, {"a": 1.0}, {"a": accuracy}, accuracy)
        for stage, accuracy in (("base", 0.0), ("sft", 0.5), ("rl", 1.0))
        for kind, n in (("x", 1), ("y", 3))
    ]
    cells[5]["accuracy"] = cells[5]["verified_accuracy"] = 0.6
    told = {
        (one["type"], one["from"], one["to"]): one for one in splits(cells, ["base", "sft", "rl"])
    }
    assert set(told) == {
        (kind, *pair)
        for kind in ("x", "y", "all")
        for pair in (("base", "sft"), ("sft", "rl"), ("base", "rl"))
    }
    assert told["all", "sft", "rl"]["change"] == pytest.approx(0.25 * 0.5 + 0.75 * 0.1)


def test_the_assessor_forces_each_strategy(
    sampler: Sampler, own_module: Own, tmp_path: Path
) -> None:
    path = own_module(
        "PREFIXES = {'up': lambda p: 'up', 'down': lambda p: 'down'}\n"
        "def label(c, p): return next((n for n in PREFIXES if c.startswith(n)), 'other')\n"
        "def verify(c, p): return c.startswith('up')\n"
    )
    problems = [Problem(str(at), f"ab{at}=") for at in range(3)]
    assessor = Assessor(
        problems,
        Verifier(f"{path}:verify", tmp_path),
        Strategies(f"{path}:label", tmp_path),
        ("up", "down"),
        seed=0,
    )
    found = assessor.judge(sampler, Decoding(1.0, 6), 2)
    assert all(
        sample.strategy == name
        for one in found
        for name in one.forced
        for sample in one.forced[name]
    )
    told = rows(found, assessor.judge(sampler, GREEDY, 1), "base")[0]
    assert told["execution"] == told["greedy"]["execution"] == {"up": 1.0, "down": 0.0}


def test_a_few_problems_are_spread_over_the_file() -> None:
    problems = [Problem(str(at), "q") for at in range(10)]
    assert [one.id for one in spread(problems, 4)] == ["0", "2", "5", "7"]
    assert len(spread(problems, None)) == len(spread(problems, 99)) == 10
