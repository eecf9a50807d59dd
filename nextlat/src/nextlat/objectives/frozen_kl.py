"""KL of next-token distributions, the trunk's and a predicted latent's, with the head frozen.

Memory is a chunk of positions times the vocabulary, whatever the batch or the horizon: each chunk's
gradient is taken on the spot and only its `[N, D]` result is kept. Shape suffixes: N chosen
positions, M all positions, D width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor

CHUNK_ELEMENTS = 1 << 22
"""Logits held at once on each side: 16 MB in float32."""


class _Context(Protocol):
    """What torch passes between `forward` and `backward` of a function."""

    needs_input_grad: tuple[bool, ...]
    saved_tensors: tuple[Tensor, ...]

    def save_for_backward(self, *tensors: Tensor) -> None: ...


class _ChunkedKl(torch.autograd.Function):
    """Sum over positions of KL(teacher || student); gradient to the student's latents only."""

    @staticmethod
    def forward(
        ctx: _Context,
        h_hat_ND: Tensor,
        teacher_logits_MV: Tensor,
        index_N: Tensor,
        head: Callable[[Tensor], Tensor],
        dtype: torch.dtype,
    ) -> Tensor:
        rows = max(1, CHUNK_ELEMENTS // teacher_logits_MV.shape[1])
        total = torch.zeros((), dtype=dtype, device=h_hat_ND.device)
        gradient_ND = torch.zeros_like(h_hat_ND) if ctx.needs_input_grad[0] else None
        for start in range(0, len(index_N), rows):
            chosen = slice(start, start + rows)
            with torch.enable_grad():  # a function's forward runs without gradient
                h_hat = h_hat_ND[chosen].detach().requires_grad_()
                divergence = _kl_sum(teacher_logits_MV[index_N[chosen]], head(h_hat), dtype)
            if gradient_ND is not None:
                gradient_ND[chosen] = torch.autograd.grad(divergence, h_hat)[0]
            total += divergence.detach()
        if gradient_ND is not None:
            ctx.save_for_backward(gradient_ND)
        return total

    @staticmethod
    def backward(ctx: _Context, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        (gradient_ND,) = ctx.saved_tensors
        # The sum is linear in its weight, so the saved gradient is scaled, not computed again.
        return gradient_ND * grad_outputs[0].to(gradient_ND.dtype), None, None, None, None


def _kl_sum(teacher_logits_NV: Tensor, student_logits_NV: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the sum of a chunk's divergences, 0-dim, computed in `dtype`."""
    teacher_NV = torch.log_softmax(teacher_logits_NV.to(dtype), dim=-1)
    student_NV = torch.log_softmax(student_logits_NV.to(dtype), dim=-1)
    return (teacher_NV.exp() * (teacher_NV - student_NV)).sum()


def frozen_kl_sum(
    h_hat_ND: Tensor,
    teacher_logits_MV: Tensor,
    index_N: Tensor,
    head: Callable[[Tensor], Tensor],
    dtype: torch.dtype,
) -> Tensor:
    """Return sum_n KL(softmax(teacher_logits[index_n]) || softmax(head(h_hat_n))), 0-dim, in nats.

    Args:
        h_hat_ND: predicted latents; they alone get gradient.
        teacher_logits_MV: the trunk's logits, detached, rows in any order.
        index_N: the teacher row of each predicted latent.
        head: latents to logits, its parameters detached.
        dtype: float type the divergence is computed in.
    """
    # torch leaves `apply` without types.
    apply: Callable[..., Tensor] = _ChunkedKl.apply
    # Detached: a KL term that moved the teacher would make it easier to predict, not better
    # predicted.
    return apply(h_hat_ND, teacher_logits_MV.detach(), index_N, head, dtype)
