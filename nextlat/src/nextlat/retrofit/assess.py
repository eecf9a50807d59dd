"""Acceptance on rows: how often a draft is the trunk's likeliest token, by position and by domain.

Each place of an answer is a start. The k-th draft is counted where those before it were right and
the row goes on as the trunk's likeliest tokens do up to there, as it does in greedy decoding; so
position k is a share of the drafts that greedy decoding would have reached. Shape suffixes: T time,
D width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from nextlat.decoding import BigramDrafter, Draft, Drafter, PromptLookupDrafter
from nextlat.dynamics import LatentDynamics
from nextlat.retrofit.samples import SampledRow
from nextlat.trunk.trunk import Trunk

DEPTH = 3
"""Positions reported."""

Proposals = Callable[[SampledRow, int], Tensor]
"""(row, depth) -> the drafts from every start of its answer, int64 `[S, depth]`, -1 where there is none."""


@torch.no_grad()
def likeliest(trunk: Trunk, rows: Sequence[SampledRow]) -> list[Tensor]:
    """Return, for each row, the token the trunk finds likeliest after each of its tokens, int64 `[T]`."""
    return [
        trunk.logits(row.h_TD.to(trunk.device, trunk.dtype)).argmax(dim=-1).cpu() for row in rows
    ]


def acceptance(
    rows: Sequence[SampledRow], choices: Sequence[Tensor], proposals: Proposals
) -> dict[str, Any]:
    """Return `{"all": {...}, domain: {...}}`, each `{"starts": n, "by_position": [share, ...]}`.

    Args:
        rows: to measure on.
        choices: `likeliest` of each.
        proposals: the drafts.
    """
    counts: dict[str, list[list[int]]] = {}
    for row, choice_T in zip(rows, choices, strict=True):
        tried, stood = _counted(row, choice_T, proposals(row, DEPTH))
        for name in ("all", row.domain):
            mine = counts.setdefault(name, [[0] * DEPTH, [0] * DEPTH])
            mine[0] = [a + b for a, b in zip(mine[0], tried, strict=True)]
            mine[1] = [a + b for a, b in zip(mine[1], stood, strict=True)]
    return {
        name: {
            "starts": tried[0],
            "by_position": [
                round(s / t, 4) if t else None for s, t in zip(stood, tried, strict=True)
            ],
        }
        for name, (tried, stood) in sorted(counts.items())
    }


def starts(row: SampledRow) -> range:
    """Return the places t of a row whose next token begins or continues the answer; drafts follow token t+1."""
    return range(row.prompt_length - 1, len(row.ids_T) - 1)


def _counted(row: SampledRow, choice_T: Tensor, drafts_SK: Tensor) -> tuple[list[int], list[int]]:
    """Return how many drafts of each position were tried, and stood."""
    start_S = torch.tensor(list(starts(row)), dtype=torch.long)
    alive_S = torch.ones(len(start_S), dtype=torch.bool)
    tried, stood = [], []
    for k in range(drafts_SK.shape[1]):
        place_S = start_S + 1 + k
        alive_S = alive_S & (place_S < len(choice_T))
        at_S = place_S.clamp(max=len(choice_T) - 1)
        right_S = alive_S & (drafts_SK[:, k] == choice_T[at_S])
        tried.append(int(alive_S.sum()))
        stood.append(int(right_S.sum()))
        after_S = (at_S + 1).clamp(max=len(choice_T) - 1)
        alive_S = right_S & (row.ids_T[after_S] == choice_T[at_S])
    return tried, stood


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
            best_S = torch.nn.functional.linear(h_SD.to(weight_LD.dtype), weight_LD, bias_L).argmax(
                dim=-1
            )
            token_S = best_S if ids_L is None else ids_L[best_S]
            drafts.append(token_S)
        return torch.stack(drafts, dim=1).cpu()

    return proposals


def drafter_proposals(drafter: Drafter) -> Proposals:
    """Return the drafts of a drafter that needs no latents, as it would make them while the row grows."""

    def proposals(row: SampledRow, depth: int) -> Tensor:
        ids, none = row.ids_T.tolist(), torch.zeros(0, 1)
        drafter.begin(ids[: row.prompt_length], none)
        drafts = []
        for start in starts(row):
            found = [draft.token for draft in islice(_drafts(drafter, ids[start + 1]), depth)]
            drafts.append(found + [-1] * (depth - len(found)))
            drafter.observe([ids[start + 1]], none)
        return torch.tensor(drafts, dtype=torch.long).reshape(-1, depth)

    return proposals


def _drafts(drafter: Drafter, token: int) -> Iterator[Draft]:
    def unused(*arguments: Any) -> Draft:
        raise AssertionError("a drafter without latents picks nothing from logits")

    return drafter.drafts(token, unused)


def baselines(fitted_on: Sequence[SampledRow]) -> dict[str, Proposals]:
    """Return the drafters to compare with: successors of the last token, and copies from the row."""
    bigram = BigramDrafter().fit(torch.cat([row.ids_T for row in fitted_on]))
    return {"bigram": drafter_proposals(bigram), "lookup": drafter_proposals(PromptLookupDrafter())}
