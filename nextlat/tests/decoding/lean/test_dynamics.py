"""Latent dynamics by the kernel: those of the rounded weights, for models that fit its groups."""

from __future__ import annotations

import copy

import pytest
import torch

from nextlat.decoding.lean import kernel
from nextlat.decoding.lean.dynamics import LeanDynamics
from nextlat.decoding.lean.weights import packed, unpacked
from nextlat.dynamics import LatentDynamics

WIDTH, HIDDEN, DRAFT_IDS = 64, 96, 10


def dynamics(*, separate_norms: bool = False, hidden: int = HIDDEN) -> LatentDynamics:
    torch.manual_seed(0)
    drawn = LatentDynamics(WIDTH, hidden, separate_norms=separate_norms)
    with torch.no_grad():
        for parameter in drawn.parameters():
            parameter.normal_(std=0.2)
    return drawn.eval()


def rounded(exact: LatentDynamics) -> LatentDynamics:
    """The dynamics whose layers are what the kernel's codes stand for."""
    coded = copy.deepcopy(exact)
    with torch.no_grad():
        for weight in coded.layers.parameters():
            weight.copy_(unpacked(*packed(weight)))
    return coded


@pytest.mark.skipif(not kernel.available(), reason="there is no C compiler")
@pytest.mark.parametrize("separate_norms", [False, True])
@torch.no_grad()
def test_a_step_is_that_of_the_rounded_weights(separate_norms: bool) -> None:
    compiled = kernel.native()
    assert compiled is not None
    exact = dynamics(separate_norms=separate_norms)
    weight_LD, bias_L = torch.randn(DRAFT_IDS, WIDTH), torch.randn(DRAFT_IDS)
    h_1D, e_1D = torch.randn(1, WIDTH), torch.randn(1, WIDTH)
    latent, logits = LeanDynamics(compiled, exact, weight_LD, bias_L)(h_1D, e_1D)
    expected = rounded(exact).step(h_1D, e_1D)
    torch.testing.assert_close(latent, expected, rtol=1e-4, atol=1e-4)
    head = unpacked(*packed(weight_LD))
    torch.testing.assert_close(logits, expected @ head.T + bias_L, rtol=1e-3, atol=1e-3)


@pytest.mark.skipif(not kernel.available(), reason="there is no C compiler")
@torch.no_grad()
def test_strided_vectors_and_a_missing_head() -> None:
    compiled = kernel.native()
    assert compiled is not None
    step = LeanDynamics(compiled, dynamics(), None, None)
    both = torch.randn(WIDTH, 2)
    strided = step(both[:, 0][None], both[:, 1][None])
    plain = step(both[:, 0].clone()[None], both[:, 1].clone()[None])
    assert torch.equal(strided[0], plain[0])
    assert strided[1].shape == (1, 0)


def test_what_the_kernel_does_not_compute_does_not_fit() -> None:
    assert LeanDynamics.fits(dynamics())
    assert not LeanDynamics.fits(dynamics().bfloat16())
    assert not LeanDynamics.fits(dynamics().double())
    # The second layer reads 80 numbers, two groups of 32 and half of one.
    assert not LeanDynamics.fits(dynamics(hidden=80))
