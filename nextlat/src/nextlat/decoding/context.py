"""Rows of text inside the trunk: they grow by tokens, and are rolled back by tokens.

The only place in decoding that knows a cache; trunks without one (recurrent controls) are run from
the start each time. Shape suffixes: B batch, T time, D width.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor
from transformers import PreTrainedModel

from nextlat.trunk.cache import TextCache
from nextlat.trunk.trunk import Trunk, roll_back


class Context:
    """What the trunk has read of rows of equal length.

    Args:
        trunk: the model.
    """

    def __init__(self, trunk: Trunk) -> None:
        self.trunk = trunk
        self._cache = trunk.new_cache() if trunk.caches else None
        self._ids: list[Tensor] = []  # one [B] a position, kept where there is no cache

    def extend_rows(self, ids_BT: Tensor) -> Tensor:
        """Run the trunk over the next tokens of every row.

        Returns:
            h_BTD of these tokens.
        """
        if self._cache is not None:
            return self.trunk.extend(ids_BT, self._cache)
        self._ids += ids_BT.unbind(dim=1)
        return self.trunk.hidden_states(torch.stack(self._ids, dim=1))[:, -ids_BT.shape[1] :]

    def extend(self, token_ids: Sequence[int]) -> Tensor:
        """Run the trunk over the next tokens of a single row.

        Returns:
            h_TD of these tokens.
        """
        return self.extend_rows(
            torch.tensor([token_ids], dtype=torch.long, device=self.trunk.device)
        )[0]

    def roll_back(self, num_tokens: int) -> None:
        """Forget the last tokens of every row."""
        if self._cache is not None:
            roll_back(self._cache, num_tokens)
        else:
            del self._ids[len(self._ids) - num_tokens :]

    def close(self) -> None:
        """Let go of what was read; nothing more is."""
        self._cache, self._ids = None, []


def extend_many(parts: Sequence[tuple[Context, Sequence[int]]]) -> list[Tensor]:
    """Run one trunk over the next tokens of several single rows, in as few passes as it can.

    Args:
        parts: of each row its context and its next tokens.

    Returns:
        h_TD of these tokens of each row.
    """
    trunk = parts[0][0].trunk
    reads: list[tuple[Tensor, TextCache]] = []
    for context, token_ids in parts:
        if context._cache is None:  # a trunk that keeps no cache runs each text from its start
            return [context.extend(token_ids) for context, token_ids in parts]
        ids_T = torch.tensor(token_ids, dtype=torch.long, device=trunk.device)
        reads.append((ids_T, context._cache))
    return trunk.extend_many(reads)


@contextlib.contextmanager
def evaluating(model: PreTrainedModel) -> Iterator[None]:
    """Put a model in evaluation mode (no dropout) and back as it was."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)


@contextlib.contextmanager
def one_thread() -> Iterator[None]:
    """Have torch use one thread between two calls of the kernel.

    What is done there (gathering embeddings, choosing a token) takes a few passes over little,
    which a second thread hardly shortens; but torch's threads then spin for a while, when the
    trunk's own want the processors (6 of 16 ms a token at temperature 0.7, 8 of 20 in a pass over
    six tokens, on two cores).
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
