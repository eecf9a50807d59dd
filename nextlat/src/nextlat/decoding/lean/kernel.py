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


class Kernel:
    """The compiled kernel's calls.

    Args:
        library: as `building.library` returns it.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        pointer, integer = ctypes.c_void_p, ctypes.c_int
        self._forward = library.nextlat_forward
        self._forward.argtypes = [
            ctypes.POINTER(CModel),
            ctypes.POINTER(CCache),
            pointer,
            integer,
            pointer,
            integer,
        ]
        self._linear = library.nextlat_linear
        self._linear.argtypes = [ctypes.POINTER(CLinear), pointer, pointer, integer, integer]
        self._step = library.nextlat_step
        self._step.argtypes = [
            ctypes.POINTER(CDynamics),
            ctypes.POINTER(CLinear),
            *(pointer,) * 5,
            integer,
        ]
        for call in (self._forward, self._linear, self._step):
            call.restype = None

    def forward(
        self, model: CModel, caches: Sequence[CCache], x_TD: Tensor, num_threads: int
    ) -> None:
        """Turn embeddings into hidden states in place, and fill the next positions of caches.

        Args:
            model: the caller keeps its weights alive.
            caches: of different texts, each with room for its rows; their rows, in this order, are
                the T rows of x.
            x_TD: contiguous float32.
            num_threads: how many threads to use.
        """
        num_rows = x_TD.shape[0]
        assert x_TD.is_contiguous() and x_TD.dtype == torch.float32
        num_placed = _place_rows(caches)
        assert num_placed == num_rows
        # Local names keep scratch and structures alive until the call returns.
        scratch = torch.empty(scratch_floats(model, num_rows))
        texts = (CCache * len(caches))(*caches)
        self._forward(model, texts, x_TD.data_ptr(), num_rows, scratch.data_ptr(), num_threads)

    def linear(self, layer: CLinear, x_TI: Tensor, num_threads: int) -> Tensor:
        """Return a linear layer applied to rows.

        Args:
            layer: the caller keeps its weights alive.
            x_TI: contiguous float32 of the layer's input width.
            num_threads: how many threads to use.

        Returns:
            float32 `[T, O]`.
        """
        assert x_TI.is_contiguous() and x_TI.dtype == torch.float32
        assert x_TI.shape[1] == layer.in_size
        y_TO = torch.empty(x_TI.shape[0], layer.out_size)
        self._linear(layer, x_TI.data_ptr(), y_TO.data_ptr(), x_TI.shape[0], num_threads)
        return y_TO

    def step(
        self,
        dynamics: CDynamics,
        head: CLinear | None,
        h_1D: Tensor,
        e_1D: Tensor,
        num_threads: int,
    ) -> tuple[Tensor, Tensor]:
        """Return the latent after a step of the dynamics, and the head's logits of it.

        Args:
            dynamics: the caller keeps their weights alive.
            head: the output embedding; None for no logits.
            h_1D: the latent before the step, contiguous float32.
            e_1D: the embedding of the token that follows, contiguous float32.
            num_threads: how many threads to use.

        Returns:
            The latent `[1, D]` and the logits `[1, L]`, or `[1, 0]` without a head.
        """
        width, hidden = dynamics.third.out_size, dynamics.first.out_size
        for vector in (h_1D, e_1D):
            assert vector.is_contiguous() and vector.dtype == torch.float32
            assert vector.numel() == width
        out_1D = torch.empty(1, width)
        logits_1L = torch.empty(1, head.out_size if head is not None else 0)
        scratch = torch.empty(2 * (width + hidden))
        pointers = [tensor.data_ptr() for tensor in (h_1D, e_1D, out_1D, logits_1L, scratch)]
        self._step(dynamics, head, *pointers, num_threads)
        return out_1D, logits_1L


def _place_rows(caches: Sequence[CCache]) -> int:
    """Give each text the next rows of a pass; return how many rows they are together."""
    first = 0
    for cache in caches:
        # The kernel checks nothing: a row past the capacity would be written to foreign memory.
        assert cache.past + cache.rows <= cache.capacity
        cache.first = first
        first += cache.rows
    return first


@functools.cache
def native() -> Kernel | None:
    """Return the kernel for this machine's processor, or None where it cannot be built.

    The first call may compile it, which takes seconds.
    """
    compiled = library()
    return None if compiled is None else Kernel(compiled)


def available() -> bool:
    """Whether this machine can build the kernel; see `native`."""
    return native() is not None


def addresses(tensors: Sequence[Tensor]) -> ctypes.Array[ctypes.c_void_p]:
    """Return an array of pointers to tensors' memory; the caller keeps the tensors alive."""
    return (ctypes.c_void_p * len(tensors))(*(tensor.data_ptr() for tensor in tensors))


def scratch_floats(model: CModel, num_rows: int) -> int:
    """Return the number of floats of working memory that `Kernel.forward` needs."""
    # A row's normed input, queries, keys, values, attention's output, and the inside of the MLP.
    heads = 2 * (model.heads + model.kv_heads) * model.head_dim
    return num_rows * int(model.width + heads + model.mlp_width)
