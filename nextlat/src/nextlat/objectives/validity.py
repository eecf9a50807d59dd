"""Which positions and steps count: masks of padding, documents and prompts. Pure tensor logic.

Positions t, tokens X_t, T of them. Shape suffixes: B batch; a mask over links has T-1 columns.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from nextlat.batch import IGNORED, Batch
from nextlat.errors import SequenceError


def links(batch: Batch) -> Tensor:
    """Return `[B, T-1]`: True where t and t+1 are both real positions of one document."""
    ids_BT = batch.input_ids_BT
    linked = torch.ones_like(ids_BT[:, 1:], dtype=torch.bool)
    if batch.attention_mask_BT is not None:
        real = batch.attention_mask_BT.bool()
        linked = linked & real[:, :-1] & real[:, 1:]
    if batch.document_ids_BT is not None:
        linked = linked & (batch.document_ids_BT[:, :-1] == batch.document_ids_BT[:, 1:])
    return linked


def targets(batch: Batch) -> tuple[Tensor, Tensor]:
    """Return (ids, mask), both `[B, T-1]`: the token that t predicts, whether it is a target."""
    labels = batch.input_ids_BT if batch.labels_BT is None else batch.labels_BT
    ids = labels[:, 1:]
    # A label that is masked, or that begins another document, is nothing t should predict.
    return ids, links(batch) & (ids != IGNORED)


def steps(linked: Tensor, horizon: int) -> Iterator[Tensor]:
    """Yield, for i = 1..horizon, `[B, T-i]`: True where i steps from t stay in one document.

    Example: links `[1, 1, 0, 1]` (a new document at position 3) give `[1, 1, 0, 1]`, then `[1, 0,
    0]`.
    """
    valid = linked
    for i in range(1, horizon + 1):
        if i > 1:
            # The start must have had i - 1 good steps, and the i-th link must hold too.
            valid = valid[:, :-1] & linked[:, i - 1 :]
        yield valid


def predicted(valid: Tensor, target_mask: Tensor, i: int) -> Tensor:
    """Return `[B, T-i-1]`: True where i steps from t are valid and predict a target.

    The token predicted is X_{t+i+1}, by p(.|h_{t+i}).
    """
    return valid[:, :-1] & target_mask[:, i:]


def check_horizon(batch: Batch, horizon: int) -> None:
    """Raise where no rollout of `horizon` steps fits.

    Raises:
        SequenceError: the sequence has no more tokens than the horizon.
    """
    length = batch.input_ids_BT.shape[1]
    if length <= horizon:
        raise SequenceError(
            f"a sequence of {length} tokens is too short for horizon {horizon}: a rollout needs "
            "horizon + 1 tokens; give longer sequences or a smaller horizon"
        )
