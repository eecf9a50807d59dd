"""The chunked KL against the textbook one: value, gradient, what gets none, whatever the chunk."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.nn.functional import linear

from nextlat.objectives import frozen_kl
from nextlat.objectives.frozen_kl import frozen_kl_sum

N, M, D, V = 7, 9, 5, 11


def inputs() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Student latents, teacher logits, the teacher row of each student, the head's weight."""
    generator = torch.Generator().manual_seed(0)
    h_hat_ND = torch.randn(N, D, generator=generator, dtype=torch.float64, requires_grad=True)
    teacher_MV = torch.randn(M, V, generator=generator, dtype=torch.float64, requires_grad=True)
    index_N = torch.randint(M, (N,), generator=generator)
    weight_VD = torch.randn(V, D, generator=generator, dtype=torch.float64)
    return h_hat_ND, teacher_MV, index_N, weight_VD


def test_a_hand_worked_pair() -> None:
    teacher = torch.tensor([[0.75, 0.25]], dtype=torch.float64).log()
    student = torch.tensor([[0.5, 0.5]], dtype=torch.float64).log()
    # 3/4 log(3/2) + 1/4 log(1/2) nats.
    expected = 0.75 * math.log(1.5) + 0.25 * math.log(0.5)
    kl = frozen_kl_sum(student, teacher, torch.tensor([0]), lambda h: h, torch.float64)
    assert float(kl) == pytest.approx(expected)


@pytest.mark.parametrize("rows_a_chunk", [1, 3, N, 100])
def test_it_is_the_textbook_kl_in_chunks_of_any_size(
    rows_a_chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frozen_kl, "CHUNK_ELEMENTS", rows_a_chunk * V)
    h_hat_ND, teacher_MV, index_N, weight_VD = inputs()
    kl = frozen_kl_sum(h_hat_ND, teacher_MV, index_N, lambda h: linear(h, weight_VD), torch.float64)
    (3 * kl).backward()
    twin_ND = h_hat_ND.detach().clone().requires_grad_()
    expected = torch.nn.functional.kl_div(
        linear(twin_ND, weight_VD).log_softmax(-1),
        teacher_MV.detach()[index_N].log_softmax(-1),
        log_target=True,
        reduction="sum",
    )
    (3 * expected).backward()
    torch.testing.assert_close(kl, expected)
    torch.testing.assert_close(h_hat_ND.grad, twin_ND.grad)
    assert teacher_MV.grad is None


def test_equal_distributions_are_at_a_minimum_of_zero() -> None:
    h_hat_ND, _, _, weight_VD = inputs()
    teacher_NV = linear(h_hat_ND, weight_VD)
    kl = frozen_kl_sum(
        h_hat_ND, teacher_NV, torch.arange(N), lambda h: linear(h, weight_VD), torch.float64
    )
    kl.backward()
    assert kl.item() == pytest.approx(0, abs=1e-12)
    torch.testing.assert_close(h_hat_ND.grad, torch.zeros(N, D, dtype=torch.float64))


def test_no_positions_cost_nothing() -> None:
    h_hat_ND, teacher_MV, index_N, weight_VD = inputs()
    kl = frozen_kl_sum(
        h_hat_ND[:0], teacher_MV, index_N[:0], lambda h: linear(h, weight_VD), torch.float64
    )
    kl.backward()
    assert kl.item() == 0
    assert not h_hat_ND.grad.any()


def test_without_gradient_the_value_is_the_same() -> None:
    h_hat_ND, teacher_MV, index_N, weight_VD = inputs()
    arguments = (teacher_MV, index_N, lambda h: linear(h, weight_VD), torch.float64)
    with torch.no_grad():
        plain = frozen_kl_sum(h_hat_ND, *arguments)
    assert not plain.requires_grad
    torch.testing.assert_close(plain, frozen_kl_sum(h_hat_ND, *arguments).detach())
