"""Effective rank of latents (arXiv 2511.05963 section 4)."""

from __future__ import annotations

import torch
from torch import Tensor

SMALLEST = 1e-12


def effective_rank(h_ND: Tensor) -> float:
    """Return exp of the Shannon entropy of the normalised singular values; values under 1e-12 are dropped.

    Args:
        h_ND: latents as rows, not centred.

    Example: singular values 1, 1, 1 give 3; one value alone gives 1.
    """
    values = torch.linalg.svdvals(h_ND.double())
    share = values / values.sum()
    share = share[share > SMALLEST]
    return float(torch.exp(-(share * share.log()).sum()))
