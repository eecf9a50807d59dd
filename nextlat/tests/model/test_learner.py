"""Whatever the objective, a learner's drafts change no text, and are those of its own drafter."""

from __future__ import annotations

import pytest
import torch
from tiny_trunks import FAMILIES, tiny_trunk

from nextlat.decoding.drafters import LatentDrafter, MultiTokenDrafter
from nextlat.model.learner import Learner
from nextlat.objectives import OBJECTIVES
from nextlat.trunk.trunk import Trunk

DRAFTERS = {"next_token": None, "next_latent": LatentDrafter, "multi_token": MultiTokenDrafter}
PROMPTS = torch.randint(23, (2, 5), generator=torch.Generator().manual_seed(6))


def learner(name: str, family: str = "llama") -> Learner:
    trunk = tiny_trunk(family)
    torch.manual_seed(1)
    kind = OBJECTIVES[name]
    return Learner(trunk, kind.build(Trunk(trunk), kind.Config())).eval()


def test_every_objective_says_which_drafter_it_trains() -> None:
    assert set(DRAFTERS) == set(OBJECTIVES)
    for name, expected in DRAFTERS.items():
        made = learner(name)
        drafter = made.objective.drafter(made.view)
        assert type(drafter) is (expected or type(None)), name


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("name", [name for name, drafter in DRAFTERS.items() if drafter])
def test_text_with_drafts_is_the_plain_text(name: str, family: str) -> None:
    model = learner(name, family)
    plain = model.generate(PROMPTS, 18)
    sampled = model.generate(PROMPTS, 18, temperature=0.9, top_p=0.8, seed=2)
    for draft_length in (1, 4, "adaptive"):
        drafted = model.generate(PROMPTS, 18, draft_length)  # type: ignore[arg-type]
        assert drafted.stats.drafted > 0
        assert torch.equal(drafted.sequences, plain.sequences)
        again = model.generate(PROMPTS, 18, draft_length, 0.9, 0.8, 2)  # type: ignore[arg-type]
        assert torch.equal(again.sequences, sampled.sequences)
