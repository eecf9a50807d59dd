"""Acceptance on rows: how often a draft is the trunk's likeliest token, by position and by domain.

Each token of an answer is a start. The k-th draft is counted where those before it were right and
the row continues as the trunk's likeliest tokens do up to there, as it does in greedy decoding; so
position k is a share of the drafts that greedy decoding would have reached.

Shape suffixes: T time, S starts, K drafts, D width, L draft vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import torch
from torch import Tensor

from nextlat.decoding import BigramDrafter, Draft, Drafter, DraftVocabulary, PromptLookupDrafter
from nextlat.dynamics import LatentDynamics
from nextlat.retrofit.samples import SampledRow
from nextlat.trunk.trunk import Trunk

DEPTH = 3
"""Positions reported."""

Proposals = Callable[[SampledRow, int], Tensor]
"""(row, depth) -> the drafts from each start of its answer, int64 `[S, depth]`, -1 for no draft."""


@dataclass(frozen=True)
class AcceptedShares:
    """How often drafts were accepted.

    Attributes:
        starts: cycles counted, one from each start.
        by_position: share of the first, second, ... drafts reached that were accepted; None where
            none was reached.
    """

    starts: int
    by_position: list[float | None]


@torch.no_grad()
def likeliest(trunk: Trunk, rows: Sequence[SampledRow]) -> list[Tensor]:
    """Return, for each row, the trunk's likeliest token after each of its tokens, int64 `[T]`."""
    return [
        trunk.logits(row.h_TD.to(trunk.device, trunk.dtype)).argmax(dim=-1).cpu() for row in rows
    ]


def accepted_shares(
    rows: Sequence[SampledRow], choices: Sequence[Tensor], proposals: Proposals
) -> dict[str, AcceptedShares]:
    """Return the accepted shares of each domain, and of "all".

    Args:
        rows: to measure on.
        choices: `likeliest` of each.
        proposals: the drafts.
    """
    reached: dict[str, list[int]] = {}
    accepted: dict[str, list[int]] = {}
    for row, choice_T in zip(rows, choices, strict=True):
        row_reached, row_accepted = _counted(row, choice_T, proposals(row, DEPTH))
        for name in ("all", row.domain):
            _add(reached.setdefault(name, [0] * DEPTH), row_reached)
            _add(accepted.setdefault(name, [0] * DEPTH), row_accepted)
    return {name: _shares(reached[name], accepted[name]) for name in sorted(reached)}


def _shares(reached: Sequence[int], accepted: Sequence[int]) -> AcceptedShares:
    """Return the share of each position; None where no draft reached it."""
    counts = zip(accepted, reached, strict=True)
    return AcceptedShares(reached[0], [round(a / r, 4) if r else None for a, r in counts])


def _add(totals: list[int], counts: Sequence[int]) -> None:
    """Add counts to totals, position by position."""
    for position, count in enumerate(counts):
        totals[position] += count


def starts(row: SampledRow) -> range:
    """Return the positions t of a row whose next token is of the answer; drafts follow t+1."""
    return range(row.prompt_length - 1, len(row.ids_T) - 1)


def _counted(row: SampledRow, choice_T: Tensor, drafts_SK: Tensor) -> tuple[list[int], list[int]]:
    """Return how many drafts of each position were reached, and how many of them accepted."""
    start_S = torch.tensor(list(starts(row)), dtype=torch.long)
    last = len(choice_T) - 1
    is_reached_S = torch.ones(len(start_S), dtype=torch.bool)
    reached, accepted = [], []
    for k in range(drafts_SK.shape[1]):
        # The k-th draft is for the position after this one, where `choice_T` has the trunk's token.
        before_S = start_S + 1 + k
        is_reached_S = is_reached_S & (before_S <= last)
        before_S = before_S.clamp(max=last)
        is_accepted_S = is_reached_S & (drafts_SK[:, k] == choice_T[before_S])
        reached.append(int(is_reached_S.sum()))
        accepted.append(int(is_accepted_S.sum()))
        # A sampled row may leave the greedy text; what follows is then no cycle of greedy decoding.
        after_S = (before_S + 1).clamp(max=last)
        is_reached_S = is_accepted_S & (row.ids_T[after_S] == choice_T[before_S])
    return reached, accepted


def latent_proposals(trunk: Trunk, dynamics: LatentDynamics) -> Proposals:
    """Return the drafts of dynamics, over their draft vocabulary."""
    ids_L = None if dynamics.draft_ids is None else dynamics.draft_ids.long()
    weight_LD, bias_L = trunk.head_rows(ids_L)

    @torch.no_grad()
    def proposals(row: SampledRow, depth: int) -> Tensor:
        start_S = torch.tensor(list(starts(row)), dtype=torch.long)
        h_SD, drafts = row.h_TD[start_S].to(trunk.device, dynamics.dtype), []
        token_S = row.ids_T[start_S + 1].to(trunk.device)
        for _ in range(depth):
            h_SD = dynamics.step(h_SD, trunk.embed(token_S).to(dynamics.dtype))
            logits_SL = torch.nn.functional.linear(h_SD.to(weight_LD.dtype), weight_LD, bias_L)
            best_S = logits_SL.argmax(dim=-1)
            token_S = best_S if ids_L is None else ids_L[best_S]
            drafts.append(token_S)
        return torch.stack(drafts, dim=1).cpu()

    return proposals


def drafter_proposals(drafter: Drafter) -> Proposals:
    """Return the drafts of a drafter without latents, as it would make them while the row grows."""

    def proposals(row: SampledRow, depth: int) -> Tensor:
        ids, no_latents = row.ids_T.tolist(), torch.zeros(0, 1)
        drafter.begin(ids[: row.prompt_length], no_latents)
        drafts = []
        for start in starts(row):
            tokens = [draft.token for draft in islice(_drafts(drafter, ids[start + 1]), depth)]
            drafts.append(tokens + [-1] * (depth - len(tokens)))
            drafter.observe([ids[start + 1]], no_latents)
        return torch.tensor(drafts, dtype=torch.long).reshape(-1, depth)

    return proposals


def _drafts(drafter: Drafter, token: int) -> Iterator[Draft]:
    def no_pick(logits_V: Tensor, ahead: int, vocabulary: DraftVocabulary | None = None) -> Draft:
        raise AssertionError("a drafter without latents picks nothing from logits")

    return drafter.drafts(token, no_pick)


def baselines(fitted_on: Sequence[SampledRow]) -> dict[str, Proposals]:
    """Return the drafters to compare with: bigrams of the rows fitted on, and prompt lookup."""
    bigram = BigramDrafter().fit(torch.cat([row.ids_T for row in fitted_on]))
    return {
        "bigram": drafter_proposals(bigram),
        "lookup": drafter_proposals(PromptLookupDrafter()),
    }
