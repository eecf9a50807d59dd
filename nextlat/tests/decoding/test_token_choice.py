"""Picking and verifying share one rule and one noise, for each of the three rules."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from nextlat.decoding.noise import GumbelNoise, uniforms
from nextlat.decoding.sampling import Sampling, draw
from nextlat.decoding.token_choice import (
    CoupledAcceptance,
    Draft,
    DraftVocabulary,
    GreedyAcceptance,
    SpeculativeAcceptance,
    acceptance_for,
)
from nextlat.errors import UsageError

V = 13


def logits(rows: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(rows, V, generator=generator, dtype=torch.float64)


def test_greedy_picks_the_likeliest_token_with_its_probability() -> None:
    probs = torch.tensor([0.1, 0.6, 0.3], dtype=torch.float64)
    draft = GreedyAcceptance().pick(probs.log() + 5, 0)  # a constant changes nothing
    assert draft.token == 1
    assert draft.confidence == pytest.approx(0.6)
    assert draft.probs_V is None
    vocabulary = DraftVocabulary(torch.tensor([8, 2, 5]), V)
    assert GreedyAcceptance().pick(probs.log(), 0, vocabulary).token == 2


def test_a_draft_vocabulary_spreads_logits_over_the_whole_one() -> None:
    spread = DraftVocabulary(torch.tensor([2, 0]), 4).spread(torch.tensor([1.5, -1.0]))
    assert spread.tolist() == [-1.0, -math.inf, 1.5, -math.inf]


def test_coupled_picks_under_the_noise_that_verifies() -> None:
    sampling = Sampling(temperature=0.7, top_p=0.9, seed=11)
    rule = CoupledAcceptance(sampling, row=3)
    logits_K1V = logits(4)
    drafts = [rule.pick(logits_V, 20 + k) for k, logits_V in enumerate(logits_K1V[:3])]
    # A drafter with the trunk's own logits is always right.
    verification = rule.verify(drafts, logits_K1V, 20)
    assert verification.num_accepted == 3
    noise_V = GumbelNoise.of(11, 3, 23, V).all()
    assert verification.next_token == int((sampling.log_probs(logits_K1V[3]) + noise_V).argmax())


def test_the_confidence_of_a_coupled_pick_is_the_lead_over_the_second() -> None:
    sampling = Sampling(temperature=1.0, seed=5)
    logits_V = logits(1)[0]
    draft = CoupledAcceptance(sampling, row=0).pick(logits_V, 2)
    scores = (sampling.log_probs(logits_V) + GumbelNoise.of(5, 0, 2, V).all()).sort().values
    assert draft.confidence == pytest.approx(1 - math.exp(float(scores[-2] - scores[-1])))
    only = CoupledAcceptance(sampling, row=0).pick(
        logits_V[:1], 2, DraftVocabulary(torch.tensor([4]), V)
    )
    assert (only.token, only.confidence) == (4, 1.0)  # there is no second


def test_coupled_noise_is_drawn_once_a_position_and_dropped_behind_the_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[int] = []
    gumbel_noise = GumbelNoise.of

    def counted(seed: int, row: int, position: int, size: int) -> GumbelNoise:
        drawn.append(position)
        return gumbel_noise(seed, row, position, size)

    monkeypatch.setattr(GumbelNoise, "of", counted)
    rule = CoupledAcceptance(Sampling(temperature=1.0, seed=1), row=0)
    logits_K1V = logits(3)
    right = rule.pick(logits_K1V[0], 0)
    wrong = Draft((rule.pick(logits_K1V[1], 1).token + 1) % V, 0.5)
    verification = rule.verify([right, wrong], logits_K1V, 0)
    assert verification.num_accepted == 1
    assert drawn == [0, 1]  # position 2 is behind a rejected draft
    rule.pick(logits_K1V[2], 2)
    assert drawn == [0, 1, 2]
    assert list(rule._noise) == [2]


def test_speculative_picks_are_draws_from_the_filtered_distribution() -> None:
    sampling = Sampling(temperature=1.0, top_k=3, seed=4)
    rule = SpeculativeAcceptance(sampling, row=0)
    logits_V = logits(1)[0]
    counts = torch.zeros(V, dtype=torch.float64)
    for _ in range(4000):
        draft = rule.pick(logits_V, 0)
        assert draft.probs_V is not None
        assert draft.confidence == pytest.approx(float(draft.probs_V[draft.token]))
        counts[draft.token] += 1
    probs_V = sampling.log_probs(logits_V).exp()
    expected, observed = 4000 * probs_V[probs_V > 0], counts[probs_V > 0]
    assert observed.sum() == 4000  # filtered tokens are never drawn
    chi_square = float(((observed - expected) ** 2 / expected).sum())
    assert chi_square < 13.8  # 99.9 % of chi-square with 2 degrees of freedom; the seed is fixed


def test_the_random_numbers_of_a_row_are_those_of_its_seed_row_and_number_of_draws() -> None:
    sampling = Sampling(temperature=1.0, seed=4)
    rule = SpeculativeAcceptance(sampling, row=3)
    logits_V = logits(1)[0]
    probs_V = sampling.log_probs(logits_V).exp()
    for number in range(1, 9):
        expected = draw(probs_V, uniforms(4, 3, number, 1).item())
        assert rule.pick(logits_V, 0).token == expected


def test_speculative_takes_a_draft_without_distribution_as_certain() -> None:
    rule = SpeculativeAcceptance(Sampling(temperature=1.0, seed=4), row=0)
    certain = torch.full((2, V), -math.inf, dtype=torch.float64)
    certain[0, 6] = certain[1, 2] = 0.0
    accepted = rule.verify([Draft(6, 0.5)], certain, 0)
    assert (accepted.num_accepted, accepted.next_token) == (1, 2)
    rejected = rule.verify([Draft(5, 0.5)], certain, 0)
    assert (rejected.num_accepted, rejected.next_token) == (0, 6)
    nothing = rule.verify([], certain[:1], 0)
    assert (nothing.num_accepted, nothing.next_token) == (0, 6)


def test_only_rules_whose_token_is_fixed_beforehand_let_drafts_be_dropped() -> None:
    sampling = Sampling(temperature=1.0)
    assert acceptance_for(sampling, "coupled", 0).may_drop
    assert not acceptance_for(sampling, "speculative", 0).may_drop
    assert GreedyAcceptance().may_drop
    for name in ("coupled", "speculative"):
        assert isinstance(acceptance_for(Sampling(), name, 0), GreedyAcceptance)  # type: ignore[arg-type]


def test_an_unknown_rule_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"'strict': it is 'coupled' .* or 'speculative'"):
        acceptance_for(Sampling(), "strict", 0)  # type: ignore[arg-type]
