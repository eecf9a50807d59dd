"""A trained model as tasks see it: logits, latents and greedy completions, in bounded batches, without gradient.

Shape suffixes: B batch, T time, D width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from nextlat.trunk import Trunk


class ModelSolver:
    """Answers for a trunk; results are on the CPU.

    Args:
        view: the trunk.
        batch_size: most sequences a forward.
    """

    def __init__(self, view: Trunk, batch_size: int = 512) -> None:
        self.view = view
        self.batch_size = batch_size

    def logits(self, input_ids_BT: Tensor) -> Tensor:
        """Return next-token logits `[B, T, V]` under teacher forcing."""
        return self._in_parts(lambda ids: self.view.logits(self.view.hidden_states(ids)), input_ids_BT)

    def hidden_states(self, input_ids_BT: Tensor) -> Tensor:
        """Return latents `[B, T, D]`."""
        return self._in_parts(self.view.hidden_states, input_ids_BT)

    def complete(self, input_ids_BT: Tensor, num_tokens: int) -> Tensor:
        """Return the greedy continuation `[B, num_tokens]` of equally long prompts."""
        return self._in_parts(lambda ids: self._complete(ids, num_tokens), input_ids_BT)

    def _in_parts(self, answer: Callable[[Tensor], Tensor], input_ids_BT: Tensor) -> Tensor:
        self.view.check_ids(input_ids_BT)
        training = self.view.model.training
        self.view.model.eval()
        try:
            with torch.no_grad():
                parts = [answer(part.to(self.view.device)).cpu() for part in input_ids_BT.split(self.batch_size)]
        finally:
            self.view.model.train(training)
        return torch.cat(parts)

    def _complete(self, ids_BT: Tensor, num_tokens: int) -> Tensor:
        cache = self.view.new_cache() if self.view.caches else None
        chosen: list[Tensor] = []
        fresh = ids_BT
        for _ in range(num_tokens):
            h_BTD = self.view.hidden_states(ids_BT) if cache is None else self.view.extend(fresh, cache)
            fresh = self.view.logits(h_BTD[:, -1:]).argmax(dim=-1)
            ids_BT = torch.cat([ids_BT, fresh], dim=1)
            chosen.append(fresh)
        return torch.cat(chosen, dim=1)
