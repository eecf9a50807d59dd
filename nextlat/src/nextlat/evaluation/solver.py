"""A trained model as tasks see it: logits, latents and greedy completions in bounded batches.

Shape suffixes: B batch, T time, D width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from nextlat.decoding.context import Context, evaluating
from nextlat.trunk.trunk import Trunk


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
        return self._in_parts(
            lambda ids: self.view.logits(self.view.hidden_states(ids)), input_ids_BT
        )

    def hidden_states(self, input_ids_BT: Tensor) -> Tensor:
        """Return latents `[B, T, D]`."""
        return self._in_parts(self.view.hidden_states, input_ids_BT)

    def complete(self, input_ids_BT: Tensor, num_tokens: int) -> Tensor:
        """Return the greedy continuation `[B, num_tokens]` of equally long prompts."""
        return self._in_parts(lambda ids: self._complete(ids, num_tokens), input_ids_BT)

    def _in_parts(self, answer: Callable[[Tensor], Tensor], input_ids_BT: Tensor) -> Tensor:
        self.view.check_ids(input_ids_BT)
        with torch.no_grad(), evaluating(self.view.model):
            return torch.cat(
                [
                    answer(part.to(self.view.device)).cpu()
                    for part in input_ids_BT.split(self.batch_size)
                ]
            )

    def _complete(self, ids_BT: Tensor, num_tokens: int) -> Tensor:
        context = Context(self.view)
        chosen = [ids_BT]
        for _ in range(num_tokens):
            chosen.append(self.view.logits(context.extend_rows(chosen[-1])[:, -1:]).argmax(dim=-1))
        return torch.cat(chosen[1:], dim=1)
