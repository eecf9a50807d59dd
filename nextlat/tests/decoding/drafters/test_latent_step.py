"""The copied step of latent drafting equals dynamics and head, and says when it is out of date."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from tiny_trunks import tiny_trunk
from torch import Tensor

from nextlat.decoding.drafters.latent_step import DraftStep
from nextlat.dynamics import LatentDynamics
from nextlat.trunk.trunk import Trunk


def parts(family: str = "llama") -> tuple[Trunk, LatentDynamics]:
    trunk = Trunk(tiny_trunk(family))
    return trunk, LatentDynamics(trunk.width).double()


@pytest.mark.parametrize("family", ["llama", "gpt2"])
@pytest.mark.parametrize("ids", [None, [4, 0, 22]])
@torch.no_grad()
def test_it_is_the_dynamics_and_the_rows_of_the_head(family: str, ids: list[int] | None) -> None:
    trunk, dynamics = parts(family)
    if ids is not None:
        dynamics.limit_drafts(torch.tensor(ids))
    generator = torch.Generator().manual_seed(1)
    h_1D, e_1D = torch.randn(2, 1, trunk.width, generator=generator, dtype=torch.float64)
    step = DraftStep(trunk, dynamics)
    next_1D, logits_1L = step(trunk, h_1D, e_1D)
    expected_1D = dynamics.step(h_1D, e_1D)
    torch.testing.assert_close(next_1D, expected_1D)
    logits_1V = trunk.logits(expected_1D)
    torch.testing.assert_close(logits_1L, logits_1V if ids is None else logits_1V[:, ids])
    assert (step.vocabulary is None) == (ids is None)
    if step.vocabulary is not None:
        assert step.vocabulary.size == trunk.vocab_size


@torch.no_grad()
def test_a_fast_step_of_the_trunk_is_used_and_asked_for_the_rows() -> None:
    class FastTrunk(Trunk):
        """Counts in place of computing."""

        def latent_step(
            self, dynamics: LatentDynamics, weight_LD: Tensor | None, bias_L: Tensor | None
        ) -> Callable[[Tensor, Tensor], tuple[Tensor, Tensor]]:
            num_rows = 0 if weight_LD is None else len(weight_LD)
            return lambda h_1D, e_1D: (h_1D + 1, torch.full((1, num_rows), 7.0))

    trunk, dynamics = FastTrunk(tiny_trunk()), LatentDynamics(16).double()
    h_1D = torch.zeros(1, 16, dtype=torch.float64)
    next_1D, logits_1V = DraftStep(trunk, dynamics)(trunk, h_1D, h_1D)
    assert torch.equal(next_1D, h_1D + 1)
    torch.testing.assert_close(logits_1V, trunk.logits(h_1D + 1))  # it has none of its own
    dynamics.limit_drafts(torch.tensor([2, 5]))
    _, logits_1L = DraftStep(trunk, dynamics)(trunk, h_1D, h_1D)
    assert logits_1L.tolist() == [[7.0, 7.0]]


def change_dynamics(trunk: Trunk, dynamics: LatentDynamics) -> None:
    next(iter(dynamics.parameters())).mul_(2)


def change_head(trunk: Trunk, dynamics: LatentDynamics) -> None:
    trunk.model.get_output_embeddings().weight.add_(1)


def replace_head(trunk: Trunk, dynamics: LatentDynamics) -> None:
    head = trunk.model.get_output_embeddings()
    head.weight.data = head.weight.data.clone()


def limit(trunk: Trunk, dynamics: LatentDynamics) -> None:
    dynamics.limit_drafts(torch.arange(3))


@pytest.mark.parametrize("change", [change_dynamics, change_head, replace_head, limit])
@torch.no_grad()
def test_it_fits_until_weights_or_draft_ids_change(
    change: Callable[[Trunk, LatentDynamics], None],
) -> None:
    trunk, dynamics = parts()
    step = DraftStep(trunk, dynamics)
    assert step.fits(trunk, dynamics)
    assert step.fits(Trunk(trunk.model), dynamics)  # another view of the same weights
    change(trunk, dynamics)
    assert not step.fits(trunk, dynamics)
    assert DraftStep(trunk, dynamics).fits(trunk, dynamics)


def test_it_fits_no_other_dynamics_and_no_other_kind_of_trunk() -> None:
    class OtherTrunk(Trunk):
        pass

    trunk, dynamics = parts()
    step = DraftStep(trunk, dynamics)
    assert not step.fits(trunk, LatentDynamics(trunk.width).double())
    assert not step.fits(OtherTrunk(trunk.model), dynamics)
