"""Copies and latent drafts together: whichever has been right more often in the row drafts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

import pytest
import torch
from tiny_drafts import no_pick
from torch import Tensor

from nextlat.decoding.drafters.latent import LatentDrafter
from nextlat.decoding.drafters.latent_lookup import LatentLookupDrafter
from nextlat.decoding.drafters.prompt_lookup import PromptLookupDrafter
from nextlat.decoding.token_choice import Draft, Pick

NOTHING = torch.zeros(1, 1)


class ScriptedLatent(LatentDrafter):
    """Stands for the latent drafter: it drafts one token for ever."""

    def __init__(self, token: int) -> None:
        self.token = token

    def copy(self) -> ScriptedLatent:
        return ScriptedLatent(self.token)

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        pass

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        pass

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        while True:
            yield Draft(self.token, 0.25)


def first(drafter: LatentLookupDrafter, token: int, most: int = 1) -> list[Draft]:
    return list(islice(drafter.drafts(token, no_pick), most))


def begun(latent_token: int, prompt: Sequence[int]) -> LatentLookupDrafter:
    drafter = LatentLookupDrafter(ScriptedLatent(latent_token), PromptLookupDrafter(max_ngram=1))
    drafter.begin(prompt, NOTHING)
    return drafter


def test_without_a_match_the_latent_drafter_drafts() -> None:
    assert first(begun(9, [1, 2]), 3, 2) == [Draft(9, 0.25)] * 2


def test_the_first_copy_has_the_confidence_of_its_match_and_further_ones_their_own() -> None:
    # A match of one token is believed at 1/2, above the latent drafter's prior of 0.4.
    drafts = first(begun(9, [1, 2, 3, 4]), 1, 3)
    assert drafts == [Draft(2, 0.5), Draft(3, 0.8), Draft(4, 0.8)]


def test_a_wrong_copy_hands_over_to_the_latent_drafter() -> None:
    drafter = begun(9, [1, 2, 3])
    assert first(drafter, 1)[0].token == 2
    drafter.observe([1, 7], NOTHING)  # the copy of 2 was wrong
    # Two prior outcomes at 1/2 and one of 0: 1/2 * 2/3 = 1/3, below 0.4.
    assert first(drafter, 2) == [Draft(9, 0.25)]
    assert drafter._copy_scores[0.5].value == pytest.approx(1 / 3)


def test_copies_are_scored_in_cycles_that_did_not_use_them() -> None:
    drafter = begun(9, [1, 2, 3])
    first(drafter, 1)
    drafter.observe([1, 7], NOTHING)
    before = drafter._copy_scores[0.5].value
    assert first(drafter, 2)[0].token == 9  # 3 would be copied after 2, but is not used
    drafter.observe([2, 3], NOTHING)
    assert drafter._copy_scores[0.5].value > before
    # The latent drafter was used and wrong: 0.4 * 2/3.
    assert drafter._latent_score.value == pytest.approx(0.4 * 2 / 3)


def test_the_next_tokens_of_a_copy_are_scored_only_while_all_before_were_right() -> None:
    drafter = begun(9, [1, 2, 3, 4, 5])
    first(drafter, 1)
    drafter.observe([1, 2, 8, 4], NOTHING)  # 2 right, 3 wrong, so that 4 was never drafted
    assert drafter._copy_scores[0.5].value == pytest.approx((0.5 * 2 + 1) / 3)
    assert drafter._further_score.value == pytest.approx(0.8 * 2 / 3)


def test_a_copied_drafter_has_scores_of_its_own() -> None:
    drafter = begun(9, [1, 2, 3])
    first(drafter, 1)
    drafter.observe([1, 7], NOTHING)
    twin = drafter.copy()
    twin.begin([1, 2, 3], NOTHING)
    assert first(twin, 1)[0].token == 2
    assert first(drafter, 2)[0].token == 9
