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
        *((name, ctypes.c_void_p) for name in ("attention_norm", "mlp_norm", "query_norm", "key_norm")),
    )


class CModel(ctypes.Structure):
    """All decoder layers and the final norm."""

    _fields_ = (
        ("layers", ctypes.POINTER(CLayer)),
        ("final_norm", ctypes.c_void_p),
        *((n, ctypes.c_int32) for n in ("num_layers", "width", "heads", "kv_heads", "head_dim", "mlp_width")),
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
        found.nextlat_forward.restype = found.nextlat_linear.restype = None
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


def matrix_product(x: Tensor, weight_OI: Tensor, bias_O: Tensor | None, threads: int) -> Tensor:
    """Return a linear layer of tensors applied to rows, float32 `[..., O]`; what is not contiguous is copied."""
    rows, weight_OI = x.reshape(-1, x.shape[-1]).contiguous(), weight_OI.contiguous()
    bias_O = None if bias_O is None else bias_O.contiguous()
    bias = None if bias_O is None else bias_O.data_ptr()
    layer = CLinear(weight_OI.data_ptr(), None, bias, weight_OI.shape[0], weight_OI.shape[1])
    return linear(layer, rows, threads).view(*x.shape[:-1], -1)
