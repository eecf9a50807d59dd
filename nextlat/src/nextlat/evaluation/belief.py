"""How well a linear map of latents recovers a known belief.

The measure is ours; arXiv 2511.05963 has no test against a belief in closed form.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nextlat.errors import DataError


def linear_recovery(latents_NTD: NDArray[np.float64], beliefs_NTS: NDArray[np.float64]) -> float:
    """Return the R2 of least squares from latents to beliefs, on sequences it was not fitted to.

    The first half of the sequences is fitted, the second tested.

    Args:
        latents_NTD: latents of N sequences.
        beliefs_NTS: the exact belief at the same positions.

    Returns:
        1 minus squared error over variance, both summed over belief coordinates; at most 1, 0 for
        the mean belief (and where the belief never changes).

    Raises:
        DataError: there are fewer than two sequences.
    """
    half = len(latents_NTD) // 2
    if not half:
        raise DataError(
            f"{len(latents_NTD)} sequences cannot be halved into fit and test; give 2 or more"
        )
    x_fit, y_fit = _rows(latents_NTD[:half]), _rows(beliefs_NTS[:half])
    x_test, y_test = _rows(latents_NTD[half:]), _rows(beliefs_NTS[half:])
    x_mean, y_mean = x_fit.mean(axis=0), y_fit.mean(axis=0)
    weights = _least_squares(x_fit - x_mean, y_fit - y_mean)
    error = (((x_test - x_mean) @ weights + y_mean - y_test) ** 2).sum()
    variance = ((y_test - y_test.mean(axis=0)) ** 2).sum()
    return float(1 - error / variance) if variance > 0 else 0.0


def _rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values.reshape(-1, values.shape[-1]), dtype=np.float64)


def _least_squares(x_ND: NDArray[np.float64], y_NS: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the least-squares weights `[D, S]`.

    Computed from D x D moments, in a fraction of the time and memory that all rows would take.
    Directions with less than 1e-12 of the largest second moment are left out, as noise of rounding.
    """
    values, vectors = np.linalg.eigh(x_ND.T @ x_ND)
    is_signal = values > 1e-12 * max(values[-1], 0.0)
    basis = vectors[:, is_signal]
    return np.asarray(basis @ ((basis.T @ (x_ND.T @ y_NS)) / values[is_signal, None]))
