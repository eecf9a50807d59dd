"""Effective rank of latents (arXiv 2511.05963 section 4)."""

from __future__ import annotations

import torch
from torch import Tensor

from nextlat.errors import DataError

SMALLEST = 1e-12
"""Shares of the sum of singular values under this are dropped."""


def effective_rank(h_ND: Tensor) -> float:
    """Return exp of the Shannon entropy of the normalised singular values.

    Shares under 1e-12 are dropped.

    Args:
        h_ND: latents as rows, not centred.

    Raises:
        DataError: it is no matrix, holds a value that is not finite, or is zero throughout.

    Example: singular values 1, 1, 1 give 3; one value alone gives 1.
    """
    if h_ND.ndim != 2 or not h_ND.isfinite().all() or not h_ND.any():
        raise DataError(
            f"a tensor of shape {tuple(h_ND.shape)} has no rank; give finite latents, not all "
            "zero, as rows"
        )
    values = torch.linalg.svdvals(h_ND.double())
    share = values / values.sum()
    share = share[share > SMALLEST]
    return float(torch.exp(-(share * share.log()).sum()))
