"""Reading a prompt in pieces, so that a long one does not hold up other requests.

The choices of a request share the reading.

Shape suffixes: T time, D width.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor

from nextlat.decoding.context import Context
from nextlat.serving.generation.rules import TokenScore, scores
from nextlat.trunk.trunk import Trunk


class ReadContext(Context):
    """A row's context that has read its prompt already.

    The first `extend` gets the prompt once more and returns the latents of that reading at no
    cost.
    """

    _latents: list[Tensor]
    _pending: bool

    def __init__(self, trunk: Trunk) -> None:
        super().__init__(trunk)
        self._latents = []
        self._pending = False

    def read(self, token_ids: Sequence[int]) -> Tensor:
        """Read more of the prompt; return its latents."""
        h_TD = super().extend(token_ids)
        self._latents.append(h_TD)
        self._pending = True
        return h_TD

    def extend(self, token_ids: Sequence[int]) -> Tensor:
        """See `Context.extend`; the first call gets the prompt's latents."""
        if self._pending:
            self._pending = False
            h_TD = torch.cat(self._latents)
            self._latents = []
            return h_TD
        return super().extend(token_ids)

    def copy(self) -> ReadContext:
        """Return a context that grows apart from this one; the model is shared."""
        other = ReadContext(self.trunk)
        other._cache = copy.deepcopy(self._cache)
        other._ids = list(self._ids)
        other._latents = list(self._latents)
        other._pending = self._pending
        return other


class Prompt:
    """A prompt on its way into the trunk.

    Args:
        trunk: reads it.
        ids: at least one.
        uses: how many sequences will `take` it.
        num_top: likeliest tokens to score at each position; None scores nothing.

    Attributes:
        scores: of the ids from the second on, where requested.
    """

    def __init__(
        self, trunk: Trunk, ids: Sequence[int], uses: int = 1, num_top: int | None = None
    ) -> None:
        self.ids = list(ids)
        self.scores: list[TokenScore] = []
        self._trunk = trunk
        self._num_top = num_top
        self._uses = uses
        self._context: ReadContext | None = None
        self._num_read = 0

    @property
    def is_read(self) -> bool:
        """Whether all of the prompt is read."""
        return self._num_read == len(self.ids)

    @torch.no_grad()
    def read(self, size: int) -> None:
        """Read at most `size` more tokens; a trunk without a cache reads all at once."""
        self._context = self._context or ReadContext(self._trunk)
        start, end = (
            self._num_read,
            self._num_read + (size if self._trunk.caches else len(self.ids)),
        )
        h_TD = self._context.read(self.ids[start:end])
        self._num_read += len(h_TD)
        if self._num_top is not None:
            # The last token of the prompt is followed by nothing that could be scored.
            following = self.ids[start + 1 : end + 1]
            self.scores += scores(
                self._trunk.logits(h_TD[: len(following)]), following, self._num_top
            )

    def take(self) -> ReadContext:
        """Return a context of its own for one sequence."""
        assert self.is_read and self._context is not None
        self._uses -= 1
        # The last sequence to take it gets the cache itself, the others get copies.
        if self._uses > 0:
            return self._context.copy()
        context, self._context = self._context, None
        return context

    def leave(self) -> None:
        """Give up a use that will not be taken."""
        self._uses -= 1
        if self._uses <= 0:
            self._context = None
