"""Sampled text has the trunk's distribution, whoever drafts and whichever rule accepts."""

from __future__ import annotations

import itertools

import pytest
import torch
from scipy.stats import chi2_contingency, chisquare
from tiny_trunks import tiny_trunk
from torch import Tensor
from transformers import PreTrainedModel

from nextlat.decoding import Drafter, FixedLength, LatentDrafter, RandomDrafter, Sampling, generate
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.gru import GruConfig, GruForCausalLM
from nextlat.trunk.trunk import Trunk

VOCAB = 3
SAMPLES = 800
PROMPT = torch.tensor([2, 0])
SETTINGS = {"temperature": 0.9, "top_p": 0.95}


@pytest.fixture(scope="module")
def gru() -> PreTrainedModel:
    """A trunk of a tenth of a millisecond, so that thousands of samples are quick."""
    torch.manual_seed(1)
    return (
        GruForCausalLM(GruConfig(vocab_size=VOCAB, hidden_size=6, initializer_range=0.5))
        .double()
        .eval()
    )


@torch.no_grad()
def exact(model: PreTrainedModel, num_new: int, **settings: float) -> Tensor:
    """Return the probability of every continuation, `[V ** num_new]`, by the chain rule."""
    sampling = Sampling(**settings)  # type: ignore[arg-type]
    probs = []
    for tokens in itertools.product(range(VOCAB), repeat=num_new):
        ids = torch.cat([PROMPT, torch.tensor(tokens)])[None]
        log_probs = sampling.log_probs(model(input_ids=ids).logits[0, 1:-1])
        probs.append(float(log_probs.gather(-1, ids[0, 2:, None]).sum().exp()))
    return torch.tensor(probs, dtype=torch.float64)


def counts(sequences: Tensor, num_new: int) -> Tensor:
    places = VOCAB ** torch.arange(num_new).flip(0)
    return torch.bincount((sequences[:, len(PROMPT) :] * places).sum(1), minlength=VOCAB**num_new)


def follows(found: Tensor, probs: Tensor) -> float:
    """Return the p-value of a chi-square test; cells expected under 5 times are put together."""
    assert not found[probs == 0].any()
    expected = probs * found.sum()
    rare = expected < 5
    cells = torch.cat([found[~rare].double(), found[rare].sum().double()[None]])
    wanted = torch.cat([expected[~rare], expected[rare].sum()[None]])
    if wanted[-1] == 0:
        cells, wanted = cells[:-1], wanted[:-1]
    assert len(cells) > 5
    return float(chisquare(cells.numpy(), wanted.numpy()).pvalue)


class WhileSure(FixedLength):
    """Goes on after a likely draft, and drops an unlikely one where it may."""

    def __init__(self) -> None:
        super().__init__(2)

    def keeps(self, confidence: float, *, may_drop: bool) -> bool:
        if confidence < 0.4:
            self._wanted = 0
        return confidence >= 0.4 or not may_drop


def drafters(trunk: Trunk) -> dict[str, Drafter]:
    torch.manual_seed(3)
    return {
        "latent": LatentDrafter(trunk, LatentDynamics(trunk.width).double()),
        "random": RandomDrafter(VOCAB),
    }


@pytest.mark.parametrize(
    ("name", "acceptance"),
    [("latent", "coupled"), ("latent", "speculative"), ("random", "speculative")],
)
def test_three_tokens_follow_the_trunk(gru: PreTrainedModel, acceptance: str, name: str) -> None:
    trunk = Trunk(gru)
    policy = FixedLength(2)
    out = generate(
        trunk,
        drafters(trunk)[name],
        PROMPT.repeat(SAMPLES, 1),
        max_new_tokens=3,
        length_policy=policy,
        seed=17,
        acceptance=acceptance,  # type: ignore[arg-type]
        **SETTINGS,  # type: ignore[arg-type]
    )
    assert follows(counts(out.sequences, 3), exact(gru, 3, **SETTINGS)) > 1e-4
    assert 0.1 < out.stats.acceptance_rate < 0.9  # both branches were taken


def test_speculative_with_lengths_chosen_by_confidence_follows_the_trunk(
    gru: PreTrainedModel,
) -> None:
    """A draft may not be dropped for its own value there: dropping the unlikely ones would favour
    the likely."""
    trunk = Trunk(gru)
    out = generate(
        trunk,
        drafters(trunk)["latent"],
        PROMPT.repeat(SAMPLES, 1),
        max_new_tokens=3,
        length_policy=WhileSure(),
        seed=5,
        acceptance="speculative",
        **SETTINGS,  # type: ignore[arg-type]
    )
    assert follows(counts(out.sequences, 3), exact(gru, 3, **SETTINGS)) > 1e-4
    first, second = out.stats.drafted_by_position
    assert 0 < second < first


@pytest.mark.parametrize("acceptance", ["coupled", "speculative"])
def test_two_tokens_of_a_transformer_follow_it(acceptance: str) -> None:
    model = tiny_trunk(vocab_size=VOCAB, width=8, layers=1)
    trunk = Trunk(model)
    out = generate(
        trunk,
        drafters(trunk)["latent"],
        PROMPT.repeat(500, 1),
        max_new_tokens=2,
        length_policy=FixedLength(1),
        temperature=1.5,
        seed=23,
        acceptance=acceptance,  # type: ignore[arg-type]
    )
    assert follows(counts(out.sequences, 2), exact(model, 2, temperature=1.5)) > 1e-4


def test_tokens_of_one_row_are_independent_draws(gru: PreTrainedModel) -> None:
    """With a flat trunk, neighbours in place and in row say nothing of each other."""
    flat = GruForCausalLM(GruConfig(vocab_size=VOCAB, hidden_size=6)).double()
    torch.nn.init.zeros_(flat.lm_head.weight)
    out = generate(
        Trunk(flat), None, PROMPT.repeat(SAMPLES, 1), max_new_tokens=2, temperature=1.0, seed=0
    )
    first, second = out.sequences[:, 2], out.sequences[:, 3]
    for a, b in ((first, second), (first[:-1], first[1:])):
        table = torch.bincount(a * VOCAB + b, minlength=VOCAB**2).reshape(VOCAB, VOCAB)
        assert chi2_contingency(table.numpy()).pvalue > 1e-4
