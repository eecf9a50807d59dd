"""Latent dynamics equal their formula, with one norm over state and embedding and with one each."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from nextlat.dynamics import LatentDynamics

WIDTH, ROWS = 6, 5


def normalised(rows: list[float], scale: list[float]) -> list[float]:
    mean = sum(rows) / len(rows)
    deviation = math.sqrt(sum((one - mean) ** 2 for one in rows) / len(rows) + 1e-5)
    return [factor * (one - mean) / deviation for one, factor in zip(rows, scale, strict=True)]


def expected(dynamics: LatentDynamics, h_BD: Tensor, e_BD: Tensor) -> Tensor:
    """Return h + f([h ; e]) number by number."""
    scale, told = dynamics.norm.weight.tolist(), []
    for h, e in zip(h_BD.tolist(), e_BD.tolist(), strict=True):
        if dynamics.separate_norms:
            x = [*normalised(h, scale[:WIDTH]), *normalised(e, scale[WIDTH:])]
        else:
            x = normalised([*h, *e], scale)
        for number, layer in enumerate(dynamics.layers):
            x = [
                sum(w * one for w, one in zip(row, x, strict=True)) for row in layer.weight.tolist()
            ]
            if number < 2:
                x = [one * (1 + math.erf(one / math.sqrt(2))) / 2 for one in x]
        told.append([one + more for one, more in zip(h, x, strict=True)])
    return torch.tensor(told, dtype=torch.float64)


def built(*, separate_norms: bool) -> tuple[LatentDynamics, Tensor, Tensor]:
    torch.manual_seed(0)
    dynamics = LatentDynamics(WIDTH, 4, separate_norms=separate_norms).double()
    dynamics.norm.weight.data = torch.rand(2 * WIDTH, dtype=torch.float64) + 0.5
    h_BD, e_BD = 30 * torch.randn(2, ROWS, WIDTH, dtype=torch.float64)
    return dynamics, h_BD, e_BD / 1000


@pytest.mark.parametrize("separate_norms", [True, False])
def test_a_step_is_its_formula(separate_norms: bool) -> None:
    dynamics, h_BD, e_BD = built(separate_norms=separate_norms)
    torch.testing.assert_close(
        dynamics.step(h_BD, e_BD), expected(dynamics, h_BD, e_BD), rtol=1e-9, atol=1e-9
    )


def test_with_a_norm_each_the_size_of_the_embedding_does_not_matter() -> None:
    """Apart from the norm's epsilon: what separate norms are for."""
    for separate_norms, kept in ((True, True), (False, False)):
        dynamics, h_BD, e_BD = built(separate_norms=separate_norms)
        before, after = dynamics.step(h_BD, e_BD * 1e3), dynamics.step(h_BD, e_BD * 1e6)
        assert torch.allclose(before, after, rtol=1e-4, atol=1e-4) == kept


@pytest.mark.parametrize("separate_norms", [True, False])
def test_gradients_are_those_of_finite_differences(separate_norms: bool) -> None:
    dynamics, h_BD, e_BD = built(separate_norms=separate_norms)
    inputs = (h_BD[:2] / 30, e_BD[:2] * 30)
    assert torch.autograd.gradcheck(dynamics.step, [one.requires_grad_() for one in inputs])
