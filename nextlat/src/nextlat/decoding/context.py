"""One row of text inside the trunk: grows by tokens, is rolled back by tokens.

The only place of decoding that knows a cache; trunks without one (recurrent controls) are run from the start each time.
Shape suffixes: T time, D width.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nextlat.trunk import Trunk, roll_back


class Context:
    """What the trunk has read of a row.

    Args:
        trunk: the model.
    """

    def __init__(self, trunk: Trunk) -> None:
        self.trunk = trunk
        self._cache = trunk.new_cache() if trunk.caches else None
        self._ids: list[int] = []

    def extend(self, token_ids: Sequence[int]) -> Tensor:
        """Run the trunk over the next tokens.

        Returns:
            h_TD of these tokens.
        """
        self._ids += token_ids
        if self._cache is None:
            return self.trunk.hidden_states(self._row(self._ids))[0, -len(token_ids) :]
        return self.trunk.extend(self._row(token_ids), self._cache)[0]

    def roll_back(self, num_tokens: int) -> None:
        """Forget the last tokens."""
        del self._ids[len(self._ids) - num_tokens :]
        if self._cache is not None:
            roll_back(self._cache, num_tokens)

    def _row(self, token_ids: Sequence[int]) -> Tensor:
        return torch.tensor([token_ids], dtype=torch.long, device=self.trunk.device)
