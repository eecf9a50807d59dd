"""Evaluation: completions are transformers' own, figures are counts, changes are split as analysis
says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nextlat.evaluation.intervals import wilson
from nextlat.evaluation.pass_at_k import pass_at_k, powers
from nextlat.posttrain.assessment import (
    Assessor,
    JudgedProblem,
    Sample,
    rows_by_steps,
    rows_by_type,
)
from nextlat.posttrain.models import load_policy, policy_tokenizer
from nextlat.posttrain.problems import Problem
from nextlat.posttrain.results import ChosenAccuracy
from nextlat.posttrain.run import spread
from nextlat.posttrain.sampling import Decoding, Request, Sampler
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import Score, Verdict, Verifier

Own = Callable[..., str]
GREEDY = Decoding(0.0, 8)
PROMPTS = ("ab=", "a much longer prompt=", "x", "yes=")


@pytest.fixture
def sampler(model: str) -> Sampler:
    return Sampler(load_policy(model).eval(), policy_tokenizer(model), batch_size=3)


def test_greedy_completions_are_transformers_own(sampler: Sampler) -> None:
    """Batched with padding and sorted by length, each is what the model alone says to its
    prompt."""
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
    """First tokens of 3,000 samples against softmax(logits / T), by chi-square over the
    likeliest."""
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
    kind: str,
    steps: int | None,
    outcomes: str,
    forced: dict[str, str] | None = None,
    number: int = 0,
) -> JudgedProblem:
    """One problem; a letter a sample: F right forward, f wrong forward, B right backward, b wrong
    backward, x other."""
    names = {"f": "forward", "b": "backward", "x": "other"}

    def sample(letter: str) -> Sample:
        verdict = Verdict(letter.isupper(), steps_correct=letter.isupper())
        return Sample(letter, Score(float(letter.isupper()), verdict), names[letter.lower()])

    begun = {name: tuple(map(sample, letters)) for name, letters in (forced or {}).items()}
    return JudgedProblem(
        Problem(f"{kind}{steps}{number}", "q", type=kind, steps=steps),
        tuple(map(sample, outcomes)),
        begun,
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
    first, second = rows_by_steps(sampled, greedy, "sft")
    assert (first.type, first.steps, first.n, first.stage) == ("eval", 2, 2, "sft")
    figures = first.sampled
    assert figures.samples == 4
    assert figures.accuracy == figures.verified_accuracy == 0.5
    assert figures.routing == {"backward": 3 / 8, "forward": 4 / 8, "other": 1 / 8}
    assert figures.execution == {"forward": 6 / 8, "backward": 1 / 8}
    assert figures.conditional == {
        "backward": ChosenAccuracy(1 / 3, 3),
        "forward": ChosenAccuracy(3 / 4, 4),
        "other": ChosenAccuracy(0.0, 1),
    }
    assert figures.pass_at_k == {1: 0.5, 2: pass_at_k(4, 2, 2), 4: 1.0}
    assert figures.interval is not None
    assert figures.interval.low <= 0.5 <= figures.interval.high
    assert first.greedy is not None
    assert first.greedy.accuracy == 0.5
    assert first.greedy.interval == wilson(1, 2)
    assert (second.type, second.sampled.accuracy) == ("inv", 0.0)
    totals = rows_by_type(sampled, greedy, "sft")
    assert [(row.type, row.steps, row.n) for row in totals] == [
        ("eval", None, 2),
        ("inv", None, 1),
        ("all", None, 3),
    ]
    assert totals[2].sampled.accuracy == pytest.approx(4 / 12)
    assert powers(1) == [1]
    assert powers(9) == [1, 2, 4, 8]


def test_steps_not_judged_give_no_verified_accuracy() -> None:
    sample = Sample("x", Score(1.0, Verdict(True)), None)
    judged = [JudgedProblem(Problem("p", "q"), (sample,), {})]
    figures = rows_by_steps(judged, judged, "base")[0].sampled
    assert figures.verified_accuracy is None
    assert (figures.routing, figures.execution, figures.verified_pass_at_k) == ({}, {}, {})


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
    row = rows_by_steps(found, assessor.judge(sampler, GREEDY, 1), "base")[0]
    assert row.greedy is not None
    assert row.sampled.execution == row.greedy.execution == {"up": 1.0, "down": 0.0}


def test_a_few_problems_are_spread_over_the_file() -> None:
    problems = [Problem(str(at), "q") for at in range(10)]
    assert [one.id for one in spread(problems, 4)] == ["0", "2", "5", "7"]
    assert len(spread(problems, None)) == len(spread(problems, 99)) == 10
