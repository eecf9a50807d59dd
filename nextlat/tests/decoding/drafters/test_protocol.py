"""What every drafter promises: a copy has a row of its own, and rows start from nothing."""

from __future__ import annotations

import itertools

import pytest
import torch
from tiny_trunks import tiny_trunk

from nextlat.decoding import Draft
from nextlat.decoding.drafters import DRAFTERS
from nextlat.decoding.drafters.protocol import Drafter, NamedDrafter
from nextlat.decoding.token_choice import DraftVocabulary
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk

FIRST, SECOND = [1, 2, 3, 1, 2], [4, 5, 4, 5, 4]
DETERMINISTIC = sorted(set(DRAFTERS) - {"random"})
"""Drafters whose drafts are a function of the row; the random one draws on from row to row."""


@pytest.fixture(scope="module")
def trunk() -> Trunk:
    return Trunk(tiny_trunk(dtype=torch.float32))


def build(name: str, trunk: Trunk) -> NamedDrafter:
    torch.manual_seed(2)
    return DRAFTERS[name].build(trunk, LatentDynamics(trunk.width).eval())


def likeliest(
    logits_V: torch.Tensor, ahead: int, vocabulary: DraftVocabulary | None = None
) -> Draft:
    return Draft(int(logits_V.argmax()), 0.5)


@torch.no_grad()
def begin(drafter: Drafter, trunk: Trunk, ids: list[int]) -> None:
    drafter.begin(ids, trunk.hidden_states(torch.tensor([ids]))[0])


@torch.no_grad()
def drafted(drafter: Drafter, token: int, count: int = 3) -> list[int]:
    return [draft.token for draft in itertools.islice(drafter.drafts(token, likeliest), count)]


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_copy_drafts_for_its_own_row_and_leaves_the_first_one_alone(
    name: str, trunk: Trunk
) -> None:
    alone = {}
    for ids, token in ((FIRST, 3), (SECOND, 5)):
        drafter = build(name, trunk)
        begin(drafter, trunk, ids)
        alone[token] = drafted(drafter, token)
    original = build(name, trunk)
    twin = original.copy()
    assert type(twin) is type(original)
    begin(original, trunk, FIRST)
    begin(twin, trunk, SECOND)
    assert drafted(original, 3) == alone[3]
    assert drafted(twin, 5) == alone[5]


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_a_row_begun_after_another_is_drafted_as_by_a_new_drafter(name: str, trunk: Trunk) -> None:
    used, unused = build(name, trunk), build(name, trunk)
    begin(used, trunk, FIRST)
    drafted(used, 3)
    begin(used, trunk, SECOND)
    begin(unused, trunk, SECOND)
    assert drafted(used, 5) == drafted(unused, 5)


@pytest.mark.parametrize("name", sorted(DRAFTERS))
def test_every_draft_is_a_token_with_a_confidence(name: str, trunk: Trunk) -> None:
    drafter = build(name, trunk)
    begin(drafter, trunk, FIRST)
    with torch.no_grad():
        drafts = list(itertools.islice(drafter.drafts(3, likeliest), 4))
    assert drafts
    assert all(0 <= draft.token < trunk.vocab_size for draft in drafts)
    assert all(0 <= draft.confidence <= 1 for draft in drafts)


def test_copies_of_what_followed_the_same_tokens(trunk: Trunk) -> None:
    # After 1 2 came 3, then 1 2 again; after 3 the copy goes on with what followed it.
    lookup = build("lookup", trunk)
    begin(lookup, trunk, FIRST)
    assert drafted(lookup, 3, 4) == [1, 2, 3, 1]
