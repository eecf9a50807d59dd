"""Drafts from a part of the vocabulary: always within it, and the text is the trunk's."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
import torch
from tiny_trunks import tiny_trunk
from torch import Tensor

from nextlat.decoding import (
    Draft,
    DraftVocabulary,
    FixedLength,
    LatentDrafter,
    LatentLookupDrafter,
    generate,
)
from nextlat.decoding.drafters import PromptLookupDrafter
from nextlat.decoding.sampling import Sampling
from nextlat.decoding.token_choice import acceptance_for
from nextlat.dynamics import LatentDynamics
from nextlat.errors import UsageError
from nextlat.trunk.trunk import Trunk

IDS = torch.tensor([17, 2, 9, 5, 20])
PROMPT = torch.tensor([[3, 1, 4, 1, 5]])


def parts() -> tuple[Trunk, LatentDynamics]:
    trunk = Trunk(tiny_trunk())
    torch.manual_seed(0)
    dynamics = LatentDynamics(trunk.width).double()
    dynamics.limit_drafts(IDS)
    return trunk, dynamics


@pytest.mark.parametrize("combined", [False, True])
@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_text_is_that_of_plain_decoding(temperature: float, combined: bool) -> None:
    trunk, dynamics = parts()
    drafter = (LatentLookupDrafter if combined else LatentDrafter).build(trunk, dynamics)
    plain = generate(trunk, None, PROMPT, max_new_tokens=40, temperature=temperature, seed=4)
    drafted = generate(
        trunk,
        drafter,
        PROMPT,
        max_new_tokens=40,
        temperature=temperature,
        seed=4,
        length_policy=FixedLength(3),
    )
    assert torch.equal(plain.sequences, drafted.sequences)
    assert drafted.stats.drafted > 0


@pytest.mark.parametrize(
    ("temperature", "rule"), [(0.0, "coupled"), (1.0, "coupled"), (1.0, "speculative")]
)
def test_drafts_lie_in_the_vocabulary(temperature: float, rule: str) -> None:
    trunk, dynamics = parts()
    drafter = LatentDrafter(trunk, dynamics)
    drafter.begin([1], torch.ones(1, trunk.width, dtype=torch.float64))
    chosen_by = acceptance_for(Sampling(temperature, seed=3), rule, 0)  # type: ignore[arg-type]
    with torch.no_grad():
        found = [draft.token for draft in islice(drafter.drafts(2, chosen_by.pick), 30)]
    assert set(found) <= set(IDS.tolist())


def test_noise_is_that_of_the_token() -> None:
    chosen_by = acceptance_for(Sampling(1.0, seed=3), "coupled", 0)
    logits_V = torch.randn(23, generator=torch.Generator().manual_seed(0))
    whole = torch.full((23,), -torch.inf).index_copy(0, IDS, logits_V[IDS])
    for position in range(20):
        short = chosen_by.pick(logits_V[IDS], position, DraftVocabulary(IDS, 23))
        assert short.token == chosen_by.pick(whole, position).token


def test_a_head_copied_once_follows_the_trunks_weights() -> None:
    trunk, dynamics = parts()
    drafter = LatentDrafter(trunk, dynamics)
    drafter.begin([1], torch.ones(1, trunk.width, dtype=torch.float64))
    seen: list[Tensor] = []

    def pick(logits_V: Tensor, ahead: int, vocabulary: DraftVocabulary | None = None) -> Draft:
        seen.append(logits_V)
        return Draft(0, 1.0)

    with torch.no_grad():
        next(drafter.drafts(2, pick))
        trunk.model.get_output_embeddings().weight.mul_(2.0)
        later = LatentDrafter(trunk, dynamics)
        later.begin([1], torch.ones(1, trunk.width, dtype=torch.float64))
        next(later.drafts(2, pick))
    assert torch.allclose(2 * seen[0], seen[1])


@pytest.mark.parametrize("ids", [[], [1, 1], [-1, 2]])
def test_impossible_lists_are_refused(ids: list[int]) -> None:
    with pytest.raises(UsageError, match="draft ids"):
        LatentDynamics(4).limit_drafts(torch.tensor(ids, dtype=torch.long))


def test_a_copy_that_stands_is_preferred_and_one_that_falls_is_left() -> None:
    trunk, dynamics = parts()
    drafter = LatentLookupDrafter(LatentDrafter(trunk, dynamics), PromptLookupDrafter(max_ngram=1))

    def firsts(row: list[int], latent_is_right: bool) -> list[int]:
        h_TD = torch.zeros(1, trunk.width, dtype=torch.float64)
        drafter.begin([1, 2, 1, 2], h_TD)
        found = []
        for token, after in pairwise(row):
            drafted = Draft(after if latent_is_right else 22, 0.5)
            found.append(next(drafter.drafts(token, lambda *told, drafted=drafted: drafted)).token)
            drafter.observe([token], h_TD)
        return found

    with torch.no_grad():
        assert firsts([1, 2] * 5, latent_is_right=False)[-3:] == [2, 1, 2]
        assert firsts([1, 3, 1, 4, 1, 5, 1, 6, 1], latent_is_right=True)[-4:] == [5, 1, 6, 1]
