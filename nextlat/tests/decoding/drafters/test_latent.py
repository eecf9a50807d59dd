"""Latent drafts are the rollout of the dynamics, read by the head."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from tiny_drafts import likeliest_pick
from tiny_trunks import FAMILIES, tiny_trunk
from torch import Tensor

from nextlat.decoding.drafters.latent import LatentDrafter
from nextlat.decoding.token_choice import Draft
from nextlat.dynamics import LatentDynamics
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk


@pytest.mark.parametrize("family", FAMILIES)
def test_latent_drafts_are_the_rollout_read_by_the_head(family: str) -> None:
    trunk = Trunk(tiny_trunk(family))
    dynamics = LatentDynamics(trunk.width).double()
    drafter = LatentDrafter(trunk, dynamics)
    ids = torch.tensor([[3, 1, 4, 1, 5]])
    seen: list[int] = []

    def pick(logits_V: Tensor, ahead: int, vocabulary: object = None) -> Draft:
        seen.append(ahead)
        return Draft(int(logits_V.argmax()), 1.0)

    with torch.no_grad():
        h_TD = trunk.hidden_states(ids)[0]
        drafter.begin([3, 1], h_TD[:2])
        drafter.observe([4, 1, 5], h_TD[2:])
        tokens = [9, *(draft.token for draft in islice(drafter.drafts(9, pick), 3))]
        rollout = dynamics.rollout(h_TD[-1], trunk.embed(torch.tensor(tokens[:3])))
        assert trunk.logits(rollout).argmax(-1).tolist() == tokens[1:]
    assert seen == [1, 2, 3]


def test_latent_drafts_start_anew_each_cycle() -> None:
    trunk = Trunk(tiny_trunk())
    drafter = LatentDrafter(trunk, LatentDynamics(trunk.width).double())
    drafter.begin([1], torch.ones(1, trunk.width, dtype=torch.float64))
    runs = [
        [draft.token for draft in islice(drafter.drafts(2, likeliest_pick), 4)] for _ in range(2)
    ]
    assert runs[0] == runs[1]


@torch.no_grad()
def test_a_draft_vocabulary_picks_the_best_of_its_ids() -> None:
    trunk = Trunk(tiny_trunk())
    dynamics = LatentDynamics(trunk.width).double()
    whole = LatentDrafter(trunk, dynamics)
    h_1D = torch.ones(1, trunk.width, dtype=torch.float64)
    whole.begin([1], h_1D)
    logits: list[Tensor] = []

    def pick(logits_V: Tensor, ahead: int, vocabulary: object = None) -> Draft:
        logits.append(logits_V)
        return Draft(2, 1.0)

    next(whole.drafts(2, pick))
    ids_L = torch.tensor([20, 3, 11])
    dynamics.limit_drafts(ids_L)
    limited = LatentDrafter(trunk, dynamics)
    limited.begin([1], h_1D)
    expected = int(ids_L[logits[0][ids_L].argmax()])
    assert next(limited.drafts(2, likeliest_pick)).token == expected


def test_it_cannot_be_built_without_dynamics() -> None:
    with pytest.raises(UsageError, match="'latent' needs latent dynamics"):
        LatentDrafter.build(Trunk(tiny_trunk()), None)
