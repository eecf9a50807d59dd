"""The kernel's structures and calls in Python; see forward.c, whose declarations these mirror."""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Sequence

import torch
from torch import Tensor

from nextlat.decoding.lean.building import library

GROUP = 32
"""Weights in a row that share a scale and an offset; as in rows.h."""

MAX_HEAD_DIM = 256
"""As in forward.c."""


class CLinear(ctypes.Structure):
    """A linear layer."""

    _fields_ = (
        ("weight", ctypes.c_void_p),
        ("scales", ctypes.c_void_p),
        ("bias", ctypes.c_void_p),
        ("out_size", ctypes.c_int32),
        ("in_size", ctypes.c_int32),
    )


class CLayer(ctypes.Structure):
    """A decoder layer."""

    _fields_ = (
        *((name, CLinear) for name in ("query", "key", "value", "output", "gate", "up", "down")),
        *(
            (name, ctypes.c_void_p)
            for name in ("attention_norm", "mlp_norm", "query_norm", "key_norm")
        ),
    )


class CDynamics(ctypes.Structure):
    """Latent dynamics."""

    _fields_ = (
        *((name, CLinear) for name in ("first", "second", "third")),
        ("norm", ctypes.c_void_p),
        ("epsilon", ctypes.c_float),
        ("norms", ctypes.c_int),
    )


class CModel(ctypes.Structure):
    """All decoder layers and the final norm."""

    _fields_ = (
        ("layers", ctypes.POINTER(CLayer)),
        ("final_norm", ctypes.c_void_p),
        *(
            (n, ctypes.c_int32)
            for n in ("num_layers", "width", "heads", "kv_heads", "head_dim", "mlp_width")
        ),
        ("epsilon", ctypes.c_float),
        ("attention_scale", ctypes.c_float),
    )


class CCache(ctypes.Structure):
    """Keys and values of one text, and which rows of a pass follow in it."""

    _fields_ = (
        ("keys", ctypes.POINTER(ctypes.c_void_p)),
        ("values", ctypes.POINTER(ctypes.c_void_p)),
        ("cosines", ctypes.c_void_p),
        ("sines", ctypes.c_void_p),
        ("capacity", ctypes.c_int32),
        ("past", ctypes.c_int32),
        ("first", ctypes.c_int32),
        ("rows", ctypes.c_int32),
    )


@functools.cache
def _calls() -> ctypes.CDLL | None:
    """Return the library with the types of its calls told."""
    found = library()
    if found is not None:
        pointer, whole = ctypes.c_void_p, ctypes.c_int
        found.nextlat_forward.argtypes = [
            ctypes.POINTER(CModel),
            ctypes.POINTER(CCache),
            pointer,
            whole,
            pointer,
            whole,
        ]
        found.nextlat_linear.argtypes = [ctypes.POINTER(CLinear), pointer, pointer, whole, whole]
        found.nextlat_step.argtypes = [
            ctypes.POINTER(CDynamics),
            ctypes.POINTER(CLinear),
            *(pointer,) * 5,
            whole,
        ]
        for call in (found.nextlat_forward, found.nextlat_linear, found.nextlat_step):
            call.restype = None
    return found


def available() -> bool:
    """Whether this machine can make the kernel; compiles it where that was not done before."""
    return _calls() is not None


def addresses(tensors: Sequence[Tensor]) -> ctypes.Array[ctypes.c_void_p]:
    """Return where tensors lie; the caller keeps them alive."""
    return (ctypes.c_void_p * len(tensors))(*(one.data_ptr() for one in tensors))


def scratch_floats(model: CModel, rows: int) -> int:
    """Return the floats of working memory that `forward` needs."""
    heads = 2 * (model.heads + model.kv_heads) * model.head_dim
    return rows * int(model.width + heads + model.mlp_width)


def forward(model: CModel, caches: Sequence[CCache], x_TD: Tensor, threads: int) -> None:
    """Turn embeddings into hidden states in place, and fill the next places of caches.

    Args:
        model: its weights are alive.
        caches: of different texts, each with places free for its rows; their rows in this order are the T of x.
        x_TD: contiguous float32.
        threads: how many to use.
    """
    calls, rows = _calls(), x_TD.shape[0]
    assert calls is not None and x_TD.is_contiguous() and x_TD.dtype == torch.float32
    first = 0
    for cache in caches:
        assert cache.past + cache.rows <= cache.capacity
        cache.first = first
        first += cache.rows
    assert first == rows
    scratch = torch.empty(scratch_floats(model, rows))
    texts = (CCache * len(caches))(*caches)
    calls.nextlat_forward(model, texts, x_TD.data_ptr(), rows, scratch.data_ptr(), threads)


def linear(layer: CLinear, x_TD: Tensor, threads: int) -> Tensor:
    """Return a linear layer applied to rows, float32 `[T, out]`."""
    calls = _calls()
    assert calls is not None and x_TD.is_contiguous() and x_TD.dtype == torch.float32
    assert x_TD.shape[1] == layer.in_size
    y_TO = torch.empty(x_TD.shape[0], layer.out_size)
    calls.nextlat_linear(layer, x_TD.data_ptr(), y_TO.data_ptr(), x_TD.shape[0], threads)
    return y_TO


def step(
    dynamics: CDynamics, head: CLinear | None, h_1D: Tensor, e_1D: Tensor, threads: int
) -> tuple[Tensor, Tensor]:
    """Return a latent after a step, `[1, D]`, and the head's logits of it, `[1, L]`; none, `[1, 0]`, without a head."""
    calls = _calls()
    assert calls is not None
    width, hidden = dynamics.third.out_size, dynamics.first.out_size
    for one in (h_1D, e_1D):
        assert one.is_contiguous() and one.dtype == torch.float32 and one.numel() == width
    out_1D, logits_1L = (
        torch.empty(1, width),
        torch.empty(1, head.out_size if head is not None else 0),
    )
    scratch = torch.empty(2 * (width + hidden))
    places = [one.data_ptr() for one in (h_1D, e_1D, out_1D, logits_1L, scratch)]
    calls.nextlat_step(dynamics, head, *places, threads)
    return out_1D, logits_1L
