"""A row's cycle: what it proposes, what it keeps of what the trunk says, and when it ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

import pytest
import torch
from tiny_trunks import tiny_trunk
from torch import Tensor

from nextlat.decoding.draft_length import FixedLength
from nextlat.decoding.drafters import Drafter, PromptLookupDrafter
from nextlat.decoding.generate import generate
from nextlat.decoding.row import RowDecoding
from nextlat.decoding.sampling import Sampling
from nextlat.decoding.stops import Stops
from nextlat.decoding.token_choice import Draft, Pick, acceptance_for
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk

PROMPT = [3, 1, 4, 1, 5]
TRUNK = Trunk(tiny_trunk())
TEXT = generate(TRUNK, None, torch.tensor(PROMPT), max_new_tokens=12).sequences[0, 5:].tolist()
"""What greedy decoding gives."""


class Scripted(Drafter):
    """Drafts the text itself, but for the positions given as wrong; records what it is shown."""

    name: ClassVar[str] = "scripted"

    def __init__(self, wrong: Sequence[int] = ()) -> None:
        self.wrong = wrong
        self.text: list[int] = []
        self.num_latents: list[int] = []

    def begin(self, prompt_ids: Sequence[int], h_TD: Tensor) -> None:
        self.text, self.num_latents = list(prompt_ids), [len(h_TD)]

    def observe(self, token_ids: Sequence[int], h_AD: Tensor) -> None:
        self.text += token_ids
        self.num_latents.append(len(h_AD))

    def drafts(self, token: int, pick: Pick) -> Iterator[Draft]:
        for position in range(len(self.text) - len(PROMPT) + 1, 100):
            right = TEXT[position] if position < len(TEXT) else 0
            yield Draft((right + 1) % 23 if position in self.wrong else right, 0.9)


def row(
    drafter: Drafter | None,
    length: int,
    *,
    stop: list[int] | None = None,
    with_logprobs: bool = False,
) -> RowDecoding:
    return RowDecoding(
        TRUNK,
        drafter,
        FixedLength(length),
        acceptance_for(Sampling(), "coupled", 0),
        Stops.parse(stop),
        PROMPT,
        len(TEXT),
        with_logprobs,
    )


def test_each_cycle_yields_the_chosen_token_and_the_accepted_drafts() -> None:
    drafter = Scripted(wrong=[2])
    decoding = row(drafter, 3)
    cycles = list(decoding.cycles())
    # Cycle 1 drafts positions 1, 2, 3 and the draft at 2 is wrong; the others are all right.
    assert cycles == [TEXT[:2], TEXT[2:6], TEXT[6:10], TEXT[10:12]]
    assert decoding.stats.accepted_by_position == [4, 2, 2]
    assert decoding.stats.drafted_by_position == [4, 3, 3]
    assert decoding.stats.tokens == len(decoding.tokens) == 12
    # The drafter is shown every token once, with a latent each; the last cycle's go unused.
    assert drafter.text == PROMPT + TEXT[:10]
    assert drafter.num_latents == [5, 2, 4, 4]


def test_the_trunk_reads_the_chosen_token_and_the_drafts() -> None:
    decoding = row(Scripted(), 2)
    decoding.begin()
    assert decoding.propose(decoding.policy) == TEXT[:3]
    assert decoding.tokens == TEXT[:1]


def test_no_more_is_drafted_than_tokens_are_missing() -> None:
    decoding = row(Scripted(), 30)
    assert list(decoding.cycles()) == [TEXT]
    assert decoding.stats.drafted == 11
    assert decoding.finish_reason == "length"


@pytest.mark.parametrize("length", [0, 1, 4, 30])
def test_a_stop_among_the_drafts_cuts_what_follows(length: int) -> None:
    stop_at = next(k for k in range(3, 12) if TEXT[k] not in TEXT[:k])
    decoding = row(Scripted() if length else None, length, stop=[TEXT[stop_at]])
    tokens = [token for cycle in decoding.cycles() for token in cycle]
    assert tokens == decoding.tokens == TEXT[: stop_at + 1]
    assert decoding.finish_reason == "stop"
    assert decoding.ended
    assert decoding.stats.tokens == len(tokens)


@pytest.mark.parametrize("wrong", [[], [1, 4, 5], range(12)])
def test_log_probabilities_are_the_trunks_own_with_and_without_drafts(wrong: Sequence[int]) -> None:
    decoding = row(Scripted(wrong), 3, with_logprobs=True)
    list(decoding.cycles())
    with torch.no_grad():
        logits_TV = TRUNK.logits(TRUNK.hidden_states(torch.tensor([PROMPT + TEXT])))[0, 4:-1]
    expected = logits_TV.log_softmax(-1)[range(12), TEXT]
    torch.testing.assert_close(torch.tensor(decoding.logprobs, dtype=torch.float64), expected)
    plain = row(None, 0)
    list(plain.cycles())
    assert plain.logprobs == []


def test_drafts_without_a_drafter_are_refused_before_anything_is_read() -> None:
    with pytest.raises(UsageError, match="draft length above 0 needs a drafter"):
        row(None, 2)
    assert row(PromptLookupDrafter(), 0).drafter is None  # a policy without drafts needs none
