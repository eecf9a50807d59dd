"""The card of a head: counts and coverage by hand, and the JSON it is written as."""

from __future__ import annotations

import json

import torch
from tiny_trunks import tiny_trunk

from nextlat.dynamics import LatentDynamics
from nextlat.retrofit.card import DataCounts, card_of
from nextlat.retrofit.config import RetrofitConfig
from nextlat.retrofit.samples import SampledRow
from nextlat.trunk.base_model import BaseReference
from nextlat.trunk.trunk import Trunk

TRUNK = Trunk(tiny_trunk(dtype=torch.float32))


def row(ids: list[int], prompt_length: int, domain: str) -> SampledRow:
    h_TD = torch.zeros(len(ids), TRUNK.width, dtype=torch.bfloat16)
    return SampledRow(torch.tensor(ids), h_TD, prompt_length, 0.0, domain)


FITTED_ON = [row([1, 2, 3, 4], 1, "chat"), row([5, 6, 7], 2, "plain"), row([1, 2], 1, "chat")]
HELD_OUT = [row([9, 8, 1, 2, 3], 1, "chat")]


def test_counts_by_hand() -> None:
    assert DataCounts.of(FITTED_ON, HELD_OUT) == DataCounts(
        rows=3,
        held_out_rows=1,
        tokens=9,
        held_out_tokens=5,
        answer_tokens=5,
        domains=["chat", "plain"],
    )


def test_coverage_is_the_share_of_held_out_answer_tokens_that_can_be_drafted() -> None:
    dynamics = LatentDynamics(TRUNK.width)
    whole = card_of(TRUNK, dynamics, RetrofitConfig(), BaseReference("x", "f"), FITTED_ON, HELD_OUT)
    assert (whole.draft_vocab_size, whole.draft_vocab_coverage) == (None, None)
    dynamics.limit_drafts(torch.tensor([2, 3, 9, 8, 0]))
    limited = card_of(
        TRUNK, dynamics, RetrofitConfig(), BaseReference("x", "f"), FITTED_ON, HELD_OUT
    )
    # The answer is [8, 1, 2, 3]: all but 1; the prompt's 9 does not count.
    assert (limited.draft_vocab_size, limited.draft_vocab_coverage) == (5, 0.75)


def test_it_is_written_as_one_flat_document() -> None:
    card = card_of(
        TRUNK,
        LatentDynamics(TRUNK.width, 24),
        RetrofitConfig(seed=7),
        BaseReference("a folder", "abc"),
        FITTED_ON,
        HELD_OUT,
    )
    document = json.loads(json.dumps(card.document()))
    assert document["base"] == {"name": "a folder", "fingerprint": "abc"}
    assert document["config"]["seed"] == 7
    assert document["dynamics_hidden_size"] == 24
    assert set(document["held_out_acceptance"]) == {"latent", "bigram", "lookup"}
    latent = document["held_out_acceptance"]["latent"]
    assert set(latent) == {"all", "chat"}
    assert latent["all"]["starts"] == 4
    assert len(latent["all"]["by_position"]) == 3
    assert document["training_acceptance"]["starts"] == 5
    assert "provenance" not in document
    assert set(card.provenance) <= set(document)
