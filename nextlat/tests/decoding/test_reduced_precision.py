"""In bfloat16, drafting may change greedy text only where the likeliest tokens lie within rounding
of each other."""

from __future__ import annotations

import math

import pytest
import torch
from tiny_trunks import tiny_trunk
from torch import Tensor

from nextlat.decoding import FixedLength, LatentDrafter, RandomDrafter, generate
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk

VOCAB, NUM_NEW, WIDTH = 500, 16, 64
PROMPTS = torch.randint(VOCAB, (16, 6), generator=torch.Generator().manual_seed(1))
ROUNDINGS = 2
"""Units in the last place two logits may lie apart and change places: one for each way of computing
them."""


def unit(logits_V: Tensor) -> float:
    """The distance between neighbouring bfloat16 numbers (8 significant bits) as large as the
    largest logit."""
    return float(2.0 ** (math.floor(math.log2(float(logits_V.max().abs()))) - 7))


@pytest.mark.parametrize("family", ["llama", "qwen3", "gpt2"])
def test_every_first_difference_is_a_near_tie(family: str) -> None:
    model = tiny_trunk(family, vocab_size=VOCAB, width=WIDTH, dtype=torch.bfloat16)
    trunk = Trunk(model)
    torch.manual_seed(0)
    dynamics = LatentDynamics(WIDTH)
    plain = generate(trunk, None, PROMPTS, max_new_tokens=NUM_NEW).sequences
    with torch.no_grad():
        logits_BTV = model(input_ids=plain).logits[:, PROMPTS.shape[1] - 1 : -1].float()
    top = logits_BTV.topk(2).values
    clear = [
        float(first - second) > ROUNDINGS * unit(row)
        for row, (first, second) in zip(logits_BTV.flatten(0, 1), top.flatten(0, 1), strict=True)
    ]
    assert sum(clear) > 0.75 * len(clear)  # so that the law below says something of most places
    for drafter in (RandomDrafter(VOCAB), LatentDrafter(trunk, dynamics)):
        for length in (1, 4):
            policy = FixedLength(length)
            fast = generate(
                trunk, drafter, PROMPTS, max_new_tokens=NUM_NEW, length_policy=policy
            ).sequences
            for ours, theirs in zip(fast, plain, strict=True):
                check_first_difference(trunk, ours, theirs)


def check_first_difference(trunk: Trunk, ours: Tensor, theirs: Tensor) -> None:
    """Both tokens at the first place where two texts part are within rounding of the likeliest
    one."""
    places = (ours != theirs).nonzero()
    if not len(places):
        return
    at = int(places[0])
    with torch.no_grad():
        logits_V = trunk.logits(trunk.hidden_states(theirs[None, :at]))[0, -1].float()
    chosen = logits_V[torch.stack([ours[at], theirs[at]])]
    assert float(logits_V.max() - chosen.min()) <= ROUNDINGS * unit(logits_V), (at, chosen)


def test_the_law_tells_a_near_tie_from_a_clear_choice() -> None:
    model = tiny_trunk(vocab_size=VOCAB, width=WIDTH, dtype=torch.bfloat16)
    trunk = Trunk(model)
    plain = generate(trunk, None, PROMPTS[0], max_new_tokens=NUM_NEW).sequences[0]
    wrong = plain.clone()
    wrong[-1] = (wrong[-1] + 1) % VOCAB
    with pytest.raises(AssertionError):
        check_first_difference(trunk, wrong, plain)
