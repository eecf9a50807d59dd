"""Rules on logits and the acceptance that applies them: values by hand and a naive reference."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from nextlat.decoding import Draft, Sampling, acceptance_for
from nextlat.decoding.token_choice import DraftVocabulary
from nextlat.serving.generation.rules import (
    Bias,
    LogitRule,
    NotYet,
    Penalties,
    RuledAcceptance,
    TokenScore,
    scores,
)


def test_rules_by_hand() -> None:
    logits_V = torch.zeros(5)
    assert Bias({1: 2.0, 3: -1.0}).apply(logits_V, ()).tolist() == [0, 2, 0, -1, 0]
    assert Penalties(1.0, 0.5).apply(logits_V, (2, 2, 4)).tolist() == [0, 0, -2, 0, -1.5]
    assert Penalties(1.0, 0.5).apply(logits_V, ()).tolist() == [0] * 5
    assert NotYet((0, 4), 2).apply(logits_V, (1,)).tolist() == [-math.inf, 0, 0, 0, -math.inf]
    assert NotYet((0, 4), 2).apply(logits_V, (1, 1)).tolist() == [0] * 5
    assert logits_V.tolist() == [0] * 5


def test_accepted_drafts_are_scored_and_ruled_one_by_one() -> None:
    logits_K1V = torch.tensor([[0.0, 3, 0, 0], [0, 3, 2.5, 0], [0, 0, 0, 9]])
    acceptance = RuledAcceptance(
        acceptance_for(Sampling(), "coupled", 0), [Penalties(1.0, 0)], num_top=2
    )
    verdict = acceptance.verify([Draft(1, 1.0), Draft(2, 1.0)], logits_K1V, 0)
    assert (verdict.num_accepted, verdict.next_token) == (
        2,
        3,
    )  # after token 1, its penalty lets 2 win
    assert acceptance.tokens == [1, 2, 3]
    log_probs_K1V = logits_K1V.log_softmax(-1)
    assert [score.logprob for score in acceptance.scores] == pytest.approx(
        [float(log_probs_K1V[i, t]) for i, t in enumerate((1, 2, 3))]
    )
    assert [token for token, _ in acceptance.scores[1].top] == [
        1,
        2,
    ]  # as the model says, before the rules


def test_picks_see_the_picks_before_them() -> None:
    acceptance = RuledAcceptance(acceptance_for(Sampling(), "coupled", 0), [Penalties(2.0, 0)])
    acceptance.verify([], torch.tensor([[9.0, 0, 0]]), 0)
    logits_V = torch.tensor([1.5, 1.0, 0.2])
    assert [acceptance.pick(logits_V, position).token for position in (1, 2, 3)] == [1, 2, 0]
    assert acceptance.pick(logits_V, 1).token == 1  # a new cycle's first pick forgets the old ones


def test_scores_by_hand() -> None:
    logits_NV = torch.tensor([[0.0, math.log(2), 0.0], [math.log(6), 0.0, 0.0]])
    first, second = scores(logits_NV, [2, 0], num_top=2)
    assert first.token == 2
    assert first.logprob == pytest.approx(math.log(1 / 4))
    assert first.top[0] == (1, pytest.approx(math.log(1 / 2)))
    assert first.top[1][1] == pytest.approx(math.log(1 / 4))
    assert second.logprob == pytest.approx(math.log(6 / 8))
    assert second.top[0][0] == 0
    assert scores(logits_NV, [2, 0], num_top=0)[0] == TokenScore(2, first.logprob, ())
    assert len(scores(logits_NV, [2, 0], num_top=9)[0].top) == 3  # there are only three tokens


def test_scores_of_half_precision_are_computed_in_single() -> None:
    logits_NV = torch.zeros(1, 4096, dtype=torch.bfloat16)
    (score,) = scores(logits_NV, [7], num_top=0)
    assert score.logprob == pytest.approx(-math.log(4096), abs=1e-6)


def test_a_draft_where_the_rules_allow_nothing_has_no_confidence() -> None:
    everything = NotYet((0, 1, 2), 5)
    acceptance = RuledAcceptance(acceptance_for(Sampling(), "coupled", 0), [everything])
    assert acceptance.pick(torch.tensor([0.0, 3.0, 1.0]), 0) == Draft(1, 0.0)


def test_rules_see_ids_of_the_whole_vocabulary() -> None:
    """A drafter's logits are over a part of the vocabulary; a bias names ids of the whole."""
    part = DraftVocabulary(torch.tensor([4, 2]), 5)
    logits_L = torch.tensor([1.0, 0.0])
    plain = RuledAcceptance(acceptance_for(Sampling(), "coupled", 0))
    assert plain.pick(logits_L, 0, part).token == 4
    biased = RuledAcceptance(acceptance_for(Sampling(), "coupled", 0), [Bias({2: 3.0})])
    assert biased.pick(logits_L, 0, part).token == 2
    outside = RuledAcceptance(acceptance_for(Sampling(), "coupled", 0), [Bias({1: 99.0})])
    assert outside.pick(logits_L, 0, part).token == 4  # id 1 is not drafted, however large its bias


def chosen_one_by_one(
    rows_K1V: Tensor, drafts: Sequence[int], rules: Sequence[LogitRule], before: list[int]
) -> list[int]:
    """Return the greedy tokens as plain decoding chooses them, until one is not the draft."""
    tokens: list[int] = []
    for k, logits_V in enumerate(rows_K1V):
        ruled_V = logits_V
        for rule in rules:
            ruled_V = rule.apply(ruled_V, [*before, *tokens])
        tokens.append(int(ruled_V.argmax()))
        if k == len(drafts) or tokens[-1] != drafts[k]:
            return tokens
    raise AssertionError("the loop ends at the last row")


@given(
    seed=st.integers(0, 10_000),
    drafts=st.lists(st.integers(0, 3), max_size=4),
    presence=st.floats(-2, 2),
    frequency=st.floats(-2, 2),
    min_tokens=st.integers(0, 6),
)
def test_verification_equals_plain_decoding_with_rules(
    seed: int, drafts: list[int], presence: float, frequency: float, min_tokens: int
) -> None:
    noise = torch.Generator().manual_seed(seed)
    rules = [Bias({0: 0.5}), Penalties(presence, frequency), NotYet((3,), min_tokens)]
    acceptance = RuledAcceptance(acceptance_for(Sampling(), "coupled", 0), rules, num_top=0)
    tokens: list[int] = []
    for _ in range(3):
        rows_K1V = torch.randn(len(drafts) + 1, 4, generator=noise)
        expected = chosen_one_by_one(rows_K1V, drafts, rules, tokens)
        verdict = acceptance.verify([Draft(t, 1.0) for t in drafts], rows_K1V, len(tokens))
        assert verdict.num_accepted == len(expected) - 1
        assert verdict.next_token == expected[-1]
        tokens += expected
        assert acceptance.tokens == tokens
    assert [score.token for score in acceptance.scores] == tokens
