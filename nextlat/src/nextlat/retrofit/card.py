"""The card of a head: what it was made of, and how often its drafts are accepted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import torch
from torch import Tensor

from nextlat.dynamics import LatentDynamics
from nextlat.retrofit.assess import (
    AcceptedShares,
    accepted_shares,
    baselines,
    latent_proposals,
    likeliest,
)
from nextlat.retrofit.config import RetrofitConfig
from nextlat.retrofit.samples import SampledRow
from nextlat.training.provenance import provenance
from nextlat.trunk.base_model import BaseReference
from nextlat.trunk.trunk import Trunk

TRAINING_ROWS = 64
"""Rows of the fit that are measured beside the held-out ones, to show overfitting."""


@dataclass(frozen=True)
class DataCounts:
    """What the dynamics were fitted to and measured on.

    Attributes:
        rows: prompts with their answers, fitted on.
        held_out_rows: measured only.
        tokens: of the rows fitted on, prompts included.
        held_out_tokens: of the held-out rows.
        answer_tokens: of the rows fitted on, without prompts.
        domains: of the rows fitted on.
    """

    rows: int
    held_out_rows: int
    tokens: int
    held_out_tokens: int
    answer_tokens: int
    domains: list[str]

    @classmethod
    def of(cls, fitted_on: Sequence[SampledRow], held_out: Sequence[SampledRow]) -> DataCounts:
        """Count both sides of the split."""
        return cls(
            rows=len(fitted_on),
            held_out_rows=len(held_out),
            tokens=sum(len(row.ids_T) for row in fitted_on),
            held_out_tokens=sum(len(row.ids_T) for row in held_out),
            answer_tokens=sum(len(row.ids_T) - row.prompt_length for row in fitted_on),
            domains=sorted({row.domain for row in fitted_on}),
        )


@dataclass(frozen=True)
class Card:
    """The content of `card.json`.

    Attributes:
        base: the trunk.
        config: of the retrofit.
        data: what was fitted and measured.
        dynamics_hidden_size: inner width of the dynamics.
        draft_vocab_size: ids that drafts are taken from; None for the whole vocabulary.
        draft_vocab_coverage: share of the held-out answers' tokens among them.
        held_out_acceptance: drafter -> domain, or "all" -> accepted shares on held-out rows.
        training_acceptance: of the latent drafter on rows it was fitted to.
        provenance: versions, commit and machine.
    """

    base: BaseReference
    config: RetrofitConfig
    data: DataCounts
    dynamics_hidden_size: int
    draft_vocab_size: int | None
    draft_vocab_coverage: float | None
    held_out_acceptance: dict[str, dict[str, AcceptedShares]]
    training_acceptance: AcceptedShares
    provenance: Mapping[str, object]

    def document(self) -> dict[str, object]:
        """Return the content of the file; the provenance lies flat among the rest."""
        document = asdict(self)
        del document["provenance"]
        return {**document, **self.provenance}


def card_of(
    trunk: Trunk,
    dynamics: LatentDynamics,
    config: RetrofitConfig,
    base: BaseReference,
    fitted_on: Sequence[SampledRow],
    held_out: Sequence[SampledRow],
) -> Card:
    """Measure fitted dynamics beside the baselines on the same rows, and describe them."""
    choices = likeliest(trunk, held_out)
    latent = latent_proposals(trunk, dynamics)
    drafters = {"latent": latent, **baselines(fitted_on)}
    measured_fit = fitted_on[-TRAINING_ROWS:]
    answers_N = torch.cat([row.ids_T[row.prompt_length :] for row in held_out])
    draft_ids_L = dynamics.draft_ids
    fit_shares = accepted_shares(measured_fit, likeliest(trunk, measured_fit), latent)
    return Card(
        base=base,
        config=config,
        data=DataCounts.of(fitted_on, held_out),
        dynamics_hidden_size=dynamics.hidden_size,
        draft_vocab_size=None if draft_ids_L is None else len(draft_ids_L),
        draft_vocab_coverage=None if draft_ids_L is None else _coverage(answers_N, draft_ids_L),
        held_out_acceptance={
            name: accepted_shares(held_out, choices, proposals)
            for name, proposals in drafters.items()
        },
        training_acceptance=fit_shares["all"],
        provenance=provenance(),
    )


def _coverage(answers_N: Tensor, draft_ids_L: Tensor) -> float:
    """Return the share of the answers' tokens that can be drafted."""
    is_covered_N = torch.isin(answers_N, draft_ids_L.long().cpu())
    return round(float(is_covered_N.double().mean()), 4)
