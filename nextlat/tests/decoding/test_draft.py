"""What each drafter proposes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import pytest
import torch
from tiny_trunks import FAMILIES, tiny_trunk
from torch import Tensor

from nextlat.decoding import (
    DRAFTERS,
    BigramDrafter,
    Draft,
    Drafter,
    LatentDrafter,
    PromptLookupDrafter,
    RandomDrafter,
)
from nextlat.dynamics import LatentDynamics
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk


def no_pick(logits_V: Tensor, ahead: int) -> Draft:
    raise AssertionError("this drafter has no logits")


def proposed(drafter: Drafter, prompt: Sequence[int], token: int, most: int = 4) -> list[int]:
    drafter.begin(prompt, torch.zeros(len(prompt), 1))
    return [draft.token for draft in islice(drafter.drafts(token, no_pick), most)]


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

    def pick(logits_V: Tensor, ahead: int, vocabulary: object = None) -> Draft:
        return Draft(int(logits_V.argmax()), 1.0)

    runs = [[draft.token for draft in islice(drafter.drafts(2, pick), 4)] for _ in range(2)]
    assert runs[0] == runs[1]


@pytest.mark.parametrize(
    ("prompt", "token", "expected"),
    [
        ([1, 2, 3, 4, 1, 2], 3, [4, 1, 2, 3]),  # three match; runs into its own continuation
        ([5, 1, 2, 7, 1, 2, 8, 5, 1], 2, [7, 1, 2, 8]),  # [5, 1, 2] outranks the later [1, 2]
        ([1, 2, 7, 1, 2, 8, 9, 1], 2, [8, 9, 1, 2]),  # equal length: the latest
        ([4, 6, 5], 4, [6, 5, 4, 6]),
        ([3], 3, [3, 3, 3, 3]),
        ([1, 2, 3], 4, []),
    ],
)
def test_lookup_copies_after_the_longest_latest_match(
    prompt: list[int], token: int, expected: list[int]
) -> None:
    assert proposed(PromptLookupDrafter(), prompt, token) == expected


def test_lookup_sees_what_was_accepted_and_forgets_other_rows() -> None:
    drafter = PromptLookupDrafter()
    drafter.begin([1, 2], torch.zeros(2, 1))
    drafter.observe([3, 1], torch.zeros(2, 1))
    assert [draft.token for draft in islice(drafter.drafts(2, no_pick), 2)] == [3, 1]
    assert proposed(drafter, [7, 8], 1) == []


def test_lookup_is_surer_of_longer_matches() -> None:
    drafter = PromptLookupDrafter(max_ngram=2)
    drafter.begin([1, 2, 3, 9, 2], torch.zeros(5, 1))
    copies = islice(drafter.drafts(3, no_pick), 3)
    assert [draft.confidence for draft in copies] == pytest.approx([2 / 3, 3 / 4, 4 / 5])
    assert next(drafter.drafts(9, no_pick)).confidence == pytest.approx(1 / 2)
    with pytest.raises(UsageError, match="max_ngram 0"):
        PromptLookupDrafter(max_ngram=0)


def test_bigram_takes_the_rows_own_successor_then_the_fitted_one() -> None:
    drafter = BigramDrafter().fit(torch.tensor([1, 2, 1, 2, 1, 3, 3, 4, 1]))
    assert proposed(drafter, [9], 1, 3) == [2, 1, 2]
    assert proposed(drafter, [1, 3, 0], 1, 3) == [
        3,
        0,
    ]  # the row says 1 -> 3, 3 -> 0; nothing follows 0
    drafter.begin([9], torch.zeros(1, 1))
    assert next(drafter.drafts(1, no_pick)).confidence == pytest.approx(2 / 3)
    drafter.observe([1, 4, 1], torch.zeros(3, 1))
    assert [draft.token for draft in islice(drafter.drafts(1, no_pick), 2)] == [4, 1]


def test_random_drafts_repeat_with_their_seed_and_stay_in_the_vocabulary() -> None:
    runs = [proposed(RandomDrafter(5, seed), [1], 1, 50) for seed in (0, 0, 1)]
    assert runs[0] == runs[1] != runs[2]
    assert set(runs[0]) == set(range(5))


def test_every_drafter_is_built_by_name() -> None:
    trunk = Trunk(tiny_trunk())
    for name, kind in DRAFTERS.items():
        assert kind.name == name
        assert isinstance(kind.build(trunk, LatentDynamics(trunk.width)), kind)
    with pytest.raises(UsageError, match="'latent' needs latent dynamics"):
        DRAFTERS["latent"].build(trunk, None)
