"""Random numbers that are functions of (seed, row, position): Gumbel noise and uniform draws.

The counter-based generator Philox (Salmon et al. 2011) is keyed by (seed, row) and started at a
counter that holds the position, so any position's numbers can be had without the ones before it.
Shape suffixes: V vocabulary, N ids.
"""

from __future__ import annotations

from typing import Self

import numpy as np
import torch
from torch import Tensor

UINT64_MASK = 2**64 - 1
GUMBEL_STREAM, UNIFORM_STREAM = 0, 1
"""Which of the independent streams of one (seed, row) a draw belongs to."""


class GumbelNoise:
    """Standard Gumbel noise over a vocabulary, -log(-log(u)), computed only where it is needed.

    Two logarithms for every token of a large vocabulary can cost as much as a layer of a small
    trunk, and all but a few tokens lose whatever their noise is.

    Args:
        bits_V: int64 `[V]` on the CPU: which of 2**52 slices of (0, 1) each u is the middle of.
    """

    def __init__(self, bits_V: Tensor) -> None:
        self._bits_V = bits_V

    @classmethod
    def of(cls, seed: int, row: int, position: int, size: int) -> Self:
        """Return the noise that is a function of its arguments alone.

        Args:
            seed: int64.
            row: row of the batch.
            position: which generated token, from 0.
            size: vocabulary V.
        """
        return cls(_bits(seed, row, position, size, GUMBEL_STREAM))

    def at(self, ids_N: Tensor) -> Tensor:
        """Return the noise of some tokens, float64 `[N]` on the CPU."""
        return _gumbel(self._bits_V[ids_N])

    def all(self) -> Tensor:
        """Return the noise of every token, float64 `[V]` on the CPU."""
        return _gumbel(self._bits_V)

    def choose(self, log_probs_V: Tensor) -> int:
        """Return argmax(log p + noise), a draw from p by the Gumbel-max identity.

        Of equals it is the first.

        A token wins only if the largest noise of all would lift it above what the likeliest token
        has with its own; the noise of the others is never worked out.

        Args:
            log_probs_V: `[V]`, on any device; a constant added to all changes nothing.
        """
        best, likeliest = log_probs_V.max(dim=-1)
        least = (
            float(best)
            + float(_gumbel(self._bits_V[int(likeliest)]))
            - float(_gumbel(self._bits_V.max()))
        )
        # Float32 rounds log p, so that a token just below the bound may still be the winner.
        slack = 1e-6 * (1 + abs(least))  # of float32 log probabilities
        ids_N = (log_probs_V >= least - slack).nonzero()[:, 0]
        if not len(ids_N):  # not a number: the trunk is broken, and so will the text be
            return int(likeliest)
        # On the CPU and in double, so that the token does not depend on the device.
        scores_N = log_probs_V[ids_N].cpu().double() + self.at(ids_N.cpu())
        return int(ids_N[scores_N.argmax()])


def uniforms(seed: int, row: int, position: int, size: int) -> Tensor:
    """Return float64 `[size]` uniform draws inside (0, 1), a function of the arguments alone."""
    return _uniform(_bits(seed, row, position, size, UNIFORM_STREAM))


def _bits(seed: int, row: int, position: int, size: int, stream: int) -> Tensor:
    """Return 52 random bits each, int64 `[size]`."""
    # A counter-based generator: any position is reached at once, whatever was drawn before it.
    key = np.array([seed & UINT64_MASK, row], dtype=np.uint64)
    philox = np.random.Philox(key=key, counter=np.array([0, position, stream, 0], dtype=np.uint64))
    return torch.from_numpy((philox.random_raw(size) >> np.uint64(12)).astype(np.int64))


def _uniform(bits: Tensor) -> Tensor:
    # The middle of one of 2**52 slices: it and its distance from 0 and from 1 are float64, so no
    # logarithm is infinite.
    return (bits.double() + 0.5) * 2.0**-52


def _gumbel(bits: Tensor) -> Tensor:
    return -(-_uniform(bits).log()).log()
