"""Effective rank against singular values chosen by hand."""

from __future__ import annotations

import math

import pytest
import torch

from nextlat.errors import DataError
from nextlat.evaluation.latent_rank import effective_rank


def _with_singular_values(*values: float) -> torch.Tensor:
    """A 9 x 5 matrix with these singular values, turned at random."""
    random = torch.Generator().manual_seed(0)
    left = torch.linalg.qr(torch.randn(9, len(values), generator=random, dtype=torch.float64)).Q
    right = torch.linalg.qr(torch.randn(5, len(values), generator=random, dtype=torch.float64)).Q
    return left @ torch.diag(torch.tensor(values, dtype=torch.float64)) @ right.T


def test_equal_values_count_themselves() -> None:
    assert effective_rank(torch.eye(7)) == pytest.approx(7)
    assert effective_rank(_with_singular_values(2, 2, 2)) == pytest.approx(3)


def test_one_direction_has_rank_one() -> None:
    assert effective_rank(
        torch.outer(torch.arange(1.0, 6), torch.tensor([2.0, -1]))
    ) == pytest.approx(1, abs=1e-5)


def test_three_to_one_by_hand() -> None:
    # Shares 3/4 and 1/4: exp(3/4 ln(4/3) + 1/4 ln 4) = 4 / 3^(3/4).
    assert effective_rank(_with_singular_values(3, 1)) == pytest.approx(4 / 3**0.75)
    assert math.exp(0.75 * math.log(4 / 3) + 0.25 * math.log(4)) == pytest.approx(4 / 3**0.75)


def test_scale_and_tiny_values_do_not_count() -> None:
    h = _with_singular_values(3, 1)
    assert effective_rank(h * 1e6) == pytest.approx(effective_rank(h))
    assert effective_rank(_with_singular_values(3, 1, 1e-14)) == pytest.approx(4 / 3**0.75)


def test_a_shift_counts_because_rows_are_not_centred() -> None:
    assert effective_rank(torch.ones(6, 3)) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("h", [torch.zeros(4, 3), torch.full((2, 2), torch.nan), torch.ones(3)])
def test_what_has_no_rank_is_refused(h: torch.Tensor) -> None:
    with pytest.raises(DataError, match="give finite latents, not all zero"):
        effective_rank(h)
