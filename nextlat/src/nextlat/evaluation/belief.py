"""How well a linear map of latents recovers a known belief (ours; the paper has no closed-form test)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def linear_recovery(latents_NTD: NDArray[np.float64], beliefs_NTS: NDArray[np.float64]) -> float:
    """Return the R2 of least squares from latents to beliefs, fitted on one half of the sequences, tested on the other.

    Args:
        latents_NTD: latents of N sequences.
        beliefs_NTS: the exact belief at the same positions.

    Returns:
        1 minus squared error over variance, both summed over belief coordinates; at most 1, 0 for the mean belief.
    """
    half = len(latents_NTD) // 2
    fit, test = slice(0, half), slice(half, None)
    x_fit, y_fit = _flat(latents_NTD[fit], intercept=True), _flat(beliefs_NTS[fit])
    x_test, y_test = _flat(latents_NTD[test], intercept=True), _flat(beliefs_NTS[test])
    weights = np.linalg.lstsq(x_fit, y_fit, rcond=None)[0]
    error = ((x_test @ weights - y_test) ** 2).sum()
    variance = ((y_test - y_test.mean(axis=0)) ** 2).sum()
    return float(1 - error / variance)


def _flat(values: NDArray[np.float64], *, intercept: bool = False) -> NDArray[np.float64]:
    flat = values.reshape(-1, values.shape[-1])
    return np.concatenate([flat, np.ones((len(flat), 1))], axis=1) if intercept else flat
