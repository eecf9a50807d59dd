"""Accept and reject: hand tables, and the distribution each rule leaves."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare
from torch import Tensor

from nextlat.decoding.acceptance import (
    Verification,
    one_hot,
    verify_coupled,
    verify_greedy,
    verify_speculative,
)
from nextlat.decoding.noise import GumbelNoise
from nextlat.decoding.sampling import draw

LIKELIEST = [2, 0, 1]
P = torch.tensor([0.5, 0.3, 0.15, 0.05], dtype=torch.float64)
Q = torch.tensor([0.1, 0.6, 0.25, 0.05], dtype=torch.float64)


def peaked(tokens: list[int], size: int = 3) -> Tensor:
    return 3.0 * torch.nn.functional.one_hot(torch.tensor(tokens), size).double()


@pytest.mark.parametrize(
    ("draft", "verification"),
    [
        ([1, 0], Verification(0, 2)),  # never: the trunk's own token, as in plain decoding
        ([2, 0], Verification(2, 1)),  # always: both, and one more
        ([2, 1], Verification(1, 0)),  # sometimes
        ([1, 2], Verification(0, 2)),
        ([0, 0], Verification(0, 2)),  # a match after a mismatch counts for nothing
    ],
)
def test_greedy_and_coupled_follow_the_hand_table(
    draft: list[int], verification: Verification
) -> None:
    logits = peaked(LIKELIEST)
    draft_K = torch.tensor(draft)
    assert verify_greedy(draft_K, logits) == verification
    asked: list[int] = []

    def even(k: int) -> GumbelNoise:
        asked.append(k)
        return GumbelNoise(torch.full((3,), 2**51))

    assert verify_coupled(draft_K, lambda k: logits[k].log_softmax(-1), even) == verification
    assert asked == list(range(verification.num_accepted + 1)), (
        "nothing is chosen behind the first draft that falls"
    )


def test_no_draft_gives_the_trunks_token() -> None:
    nothing = torch.zeros(0, dtype=torch.long)
    assert verify_greedy(nothing, peaked([2])) == Verification(0, 2)
    target = torch.tensor([[0.2, 0.3, 0.5]])
    assert verify_speculative(nothing, target[:0], target, torch.tensor([0.49])) == Verification(
        0, 1
    )


@pytest.mark.parametrize(
    ("draft", "uniform", "verification"),
    [
        ([0, 0], [0.9, 0.9, 0.0], Verification(2, 0)),  # p > q stands whatever the draw
        ([1, 0], [0.49, 0.9, 0.6], Verification(2, 1)),  # .49 < .3 / .6
        ([1, 0], [0.51, 0.0, 0.99], Verification(0, 0)),  # (p - q)+ has mass on token 0 only
        ([0, 2], [0.0, 0.61, 0.5], Verification(1, 0)),  # .61 > .15 / .25
        ([0, 2], [0.0, 0.59, 0.96], Verification(2, 3)),
    ],
)
def test_speculative_follows_the_hand_table(
    draft: list[int], uniform: list[float], verification: Verification
) -> None:
    found = verify_speculative(
        torch.tensor(draft), Q.repeat(2, 1), P.repeat(3, 1), torch.tensor(uniform)
    )
    assert found == verification


def test_speculative_at_temperature_0_is_greedy() -> None:
    """The targets are one-hot there; softmax values in their place would let wrong drafts stand."""
    target = torch.stack([one_hot(token, 3) for token in LIKELIEST])
    for first in range(3):
        for second in range(3):
            draft = torch.tensor([first, second])
            q = torch.stack([one_hot(first, 3), one_hot(second, 3)])
            for uniform in (0.0, 0.5, 0.999):
                found = verify_speculative(draft, q, target, torch.full((3,), uniform))
                assert found == verify_greedy(draft, peaked(LIKELIEST))


def test_a_draft_the_trunk_excludes_never_stands() -> None:
    target = torch.tensor([[0.0, 1.0], [0.5, 0.5]])
    for uniform in (0.0, 0.3, 0.999):
        found = verify_speculative(
            torch.tensor([0]), target.flip(1)[:1], target, torch.tensor([uniform, uniform])
        )
        assert found == Verification(0, 1)


@pytest.mark.parametrize("kind", ["drawn", "one-hot"])
def test_speculative_tokens_follow_the_trunk(kind: str) -> None:
    generator = torch.Generator().manual_seed(3)
    uniform = torch.rand(8_000, 3, dtype=torch.float64, generator=generator)
    counts = torch.zeros(4)
    accepted = 0
    target = P.repeat(2, 1)
    for number, (first, *rest) in enumerate(uniform.tolist()):
        token = draw(Q, first) if kind == "drawn" else number % 4
        q = Q if kind == "drawn" else one_hot(token, 4)
        verification = verify_speculative(
            torch.tensor([token]), q[None], target, torch.tensor(rest, dtype=torch.float64)
        )
        counts[token if verification.num_accepted else verification.next_token] += 1
        accepted += verification.num_accepted
    assert chisquare(counts.numpy(), (P * len(uniform)).numpy()).pvalue > 1e-4
    overlap = (
        float(torch.minimum(P, Q).sum()) if kind == "drawn" else 0.25
    )  # mean of p over the four tokens in turn
    assert accepted / len(uniform) == pytest.approx(overlap, abs=0.02)


def test_coupled_tokens_follow_the_trunk_and_agree_as_often_as_stated() -> None:
    noise = torch.stack([GumbelNoise.of(5, 0, i, 4).all() for i in range(8_000)])
    chosen = (P.log() + noise).argmax(-1)
    proposed = (Q.log() + noise).argmax(-1)
    for tokens, probs in ((chosen, P), (proposed, Q)):
        counts = torch.bincount(tokens, minlength=4)
        assert chisquare(counts.numpy(), (probs * len(noise)).numpy()).pvalue > 1e-4
    agreement = float((chosen == proposed).double().mean())
    stated = sum(1 / float(torch.maximum(P / P[j], Q / Q[j]).sum()) for j in range(4))
    distance = float((P - Q).clamp(min=0).sum())
    assert agreement == pytest.approx(stated, abs=0.02)
    assert stated >= (1 - distance) / (1 + distance)


@given(st.lists(st.integers(0, 5), max_size=6), st.lists(st.integers(0, 5), min_size=7, max_size=7))
def test_accepted_drafts_are_the_common_beginning(draft: list[int], chosen: list[int]) -> None:
    chosen = chosen[: len(draft) + 1]
    verification = verify_greedy(torch.tensor(draft, dtype=torch.long), peaked(chosen, 6))
    assert draft[: verification.num_accepted] == chosen[: verification.num_accepted]
    assert verification.next_token == chosen[verification.num_accepted]
    assert (
        verification.num_accepted == len(draft)
        or draft[verification.num_accepted] != verification.next_token
    )
