"""Accepted shares of rows: hand-worked counts, and parity with decoding itself."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import tiny_trunk
from torch import Tensor

from nextlat.decoding import (
    BigramDrafter,
    FixedLength,
    LatentDrafter,
    PromptLookupDrafter,
    generate,
)
from nextlat.dynamics import LatentDynamics
from nextlat.retrofit.assess import (
    AcceptedShares,
    accepted_shares,
    baselines,
    drafter_proposals,
    latent_proposals,
    likeliest,
    starts,
)
from nextlat.retrofit.samples import SampledRow
from nextlat.trunk.trunk import Trunk


def row(ids: list[int], prompt_length: int, domain: str = "chat") -> SampledRow:
    return SampledRow(torch.tensor(ids), torch.zeros(len(ids), 2), prompt_length, 0.0, domain)


def shares(answer_row: SampledRow, choices: list[int], drafts: list[list[int]]) -> AcceptedShares:
    proposals = torch.tensor(drafts)
    return accepted_shares(
        [answer_row], [torch.tensor(choices)], lambda row, depth: proposals[:, :depth]
    )["all"]


def test_starts_are_the_tokens_before_each_of_the_answer() -> None:
    assert list(starts(row([1, 2, 3, 4, 5], 3))) == [2, 3]


def test_a_hand_worked_row() -> None:
    # Prompt [1, 2], answer [3, 4, 5, 6]; after each token the trunk finds likeliest:
    answer_row, choices = row([1, 2, 3, 4, 5, 6], 2), [2, 3, 4, 5, 6, 7]
    # Starts at positions 1 to 4. Drafts follow tokens 3, 4, 5, 6, where it says 4, 5, 6, 7.
    drafts = [[4, 5, 6], [5, 0, 7], [0, 7, 0], [7, 0, 0]]
    # First drafts: 4, 5 and 7 of four right. Second drafts are reached after the right ones whose
    # token is in the row: 5 is right, 0 is not; after 7 the row has ended. Third: 6 is right.
    assert shares(answer_row, choices, drafts) == AcceptedShares(4, [0.75, 0.5, 1.0])


def test_a_row_that_leaves_the_greedy_text_reaches_no_further_drafts() -> None:
    # The answer was sampled: after 3 the trunk prefers 9, and the row has 4.
    answer_row, choices = row([1, 2, 3, 4, 5], 2), [2, 3, 9, 5, 6]
    drafts = [[9, 5, 6], [5, 6, 0], [6, 0, 0]]
    # The first start's draft 9 is right, but its second draft is not counted.
    assert shares(answer_row, choices, drafts) == AcceptedShares(3, [1.0, 1.0, None])


def test_drafts_behind_the_end_of_a_row_are_not_counted() -> None:
    # The row ends in a repetition, so that only its length tells that it ends.
    answer_row = row([1, 2, 2], 1)
    assert shares(answer_row, [2, 2, 2], [[2, 2, 2]] * 2) == AcceptedShares(2, [1.0, 1.0, None])


def test_domains_are_counted_apart_and_together() -> None:
    rows = [row([1, 2, 3], 1, "chat"), row([1, 2, 3], 1, "plain")]
    choices = [torch.tensor([2, 3, 4])] * 2
    right, wrong = torch.tensor([[3, 4, 0], [4, 0, 0]]), torch.zeros(2, 3, dtype=torch.long)
    counted = accepted_shares(
        rows, choices, lambda row, depth: right if row.domain == "chat" else wrong
    )
    assert {name: (share.starts, share.by_position[0]) for name, share in counted.items()} == {
        "all": (4, 0.5),
        "chat": (2, 1.0),
        "plain": (2, 0.0),
    }


def greedy_row(trunk: Trunk, prompt: list[int], num_tokens: int) -> SampledRow:
    """The model's own greedy text with its latents, in the form a retrofit stores."""
    text = generate(trunk, None, torch.tensor(prompt), max_new_tokens=num_tokens).sequences
    with torch.no_grad():
        h_TD = trunk.hidden_states(text)[0]
    return SampledRow(text[0], h_TD, len(prompt), 0.0, "chat")


@pytest.mark.parametrize("limited", [False, True])
def test_latent_shares_are_those_of_cycles_that_start_at_every_token(limited: bool) -> None:
    trunk = Trunk(tiny_trunk(dtype=torch.float32))
    torch.manual_seed(2)
    dynamics = LatentDynamics(trunk.width)
    if limited:
        dynamics.limit_drafts(torch.arange(0, 23, 2))
    answer_row = greedy_row(trunk, [3, 1, 4], 24)
    measured = accepted_shares(
        [answer_row], likeliest(trunk, [answer_row]), latent_proposals(trunk, dynamics)
    )["all"]
    accepted = reached = 0
    for start in starts(answer_row):
        # One cycle of decoding that keeps the token after `start` and drafts one more.
        out = generate(
            trunk,
            LatentDrafter(trunk, dynamics),
            answer_row.ids_T[: start + 1],
            max_new_tokens=2,
            length_policy=FixedLength(1),
        )
        accepted += out.stats.accepted
        reached += out.stats.drafted
    assert measured.starts == reached
    assert 0 < accepted < reached  # these dynamics are right at times
    assert measured.by_position[0] == pytest.approx(accepted / reached, abs=5e-5)


def test_drafters_see_the_row_only_up_to_the_start() -> None:
    proposals: Tensor = drafter_proposals(PromptLookupDrafter())(row([7, 8, 9, 7, 8, 5], 2), 2)
    # After [7 8 9] and [7 8 9 7 8] + 5 nothing recurs; after [7 8 9 7] follows 8, after 8 follows
    # 9.
    assert proposals.tolist() == [[-1, -1], [8, 9], [9, 7], [-1, -1]]


def test_the_bigram_baseline_is_fitted_on_the_rows() -> None:
    bigram = baselines([row([1, 2, 1, 2, 1, 3], 1)])["bigram"]
    expected = BigramDrafter().fit(torch.tensor([1, 2, 1, 2, 1, 3]))
    other = row([5, 1, 1], 1)
    assert torch.equal(bigram(other, 3), drafter_proposals(expected)(other, 3))
    assert bigram(other, 1)[0].tolist() == [2]
