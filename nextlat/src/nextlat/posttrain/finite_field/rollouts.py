"""Sampled and greedy responses of a small model, many at once. It knows no task and no reward.

Shape suffixes: B batch, T time, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from nextlat.errors import SequenceError
from nextlat.trunk.trunk import Trunk

BATCH = 512
"""Most responses written side by side."""


@torch.no_grad()
def respond(
    trunk: Trunk,
    prompts: Sequence[Sequence[int]],
    *,
    temperature: float,
    max_new_tokens: int,
    end: int,
    pad: int,
    generator: torch.Generator | None = None,
    prefixes: Sequence[Sequence[int]] | None = None,
) -> list[list[int]]:
    """Return a response to each prompt.

    Args:
        trunk: the model.
        prompts: token ids; lengths may differ.
        temperature: 0 for greedy.
        max_new_tokens: most tokens of a response, its forced prefix not counted.
        end: token that ends a response; it is kept.
        pad: token that fills.
        generator: source of randomness; needed above temperature 0.
        prefixes: tokens each response is forced to begin with; they are part of the response.

    Raises:
        SequenceError: a prompt with its response does not fit the trunk's positions.
    """
    forced = prefixes if prefixes is not None else [()] * len(prompts)
    responses: list[list[int]] = []
    for first in range(0, len(prompts), BATCH):
        chosen = slice(first, first + BATCH)
        whole = [
            [*prompt, *prefix]
            for prompt, prefix in zip(prompts[chosen], forced[chosen], strict=True)
        ]
        continued = _continue(trunk, whole, temperature, max_new_tokens, end, pad, generator)
        responses += [
            [*prefix, *row] for prefix, row in zip(forced[chosen], continued, strict=True)
        ]
    return responses


def _continue(
    trunk: Trunk,
    rows: list[list[int]],
    temperature: float,
    max_new_tokens: int,
    end: int,
    pad: int,
    generator: torch.Generator | None,
) -> list[list[int]]:
    ids_BT, mask_BT, position_B1 = _left_padded(rows, pad, trunk.device)
    _check_length(ids_BT.shape[1], max_new_tokens, trunk.max_length)
    cache = trunk.new_cache()
    # Positions count real tokens: padding on the left gets 0, and is masked anyway.
    positions_BT = (mask_BT.cumsum(1) - 1).clamp(min=0)
    inputs_BT = ids_BT
    finished_B = torch.zeros(len(rows), dtype=torch.bool, device=ids_BT.device)
    written: list[Tensor] = []
    for _ in range(max_new_tokens):
        out = trunk.model.base_model(
            input_ids=inputs_BT,
            attention_mask=mask_BT,
            position_ids=positions_BT,
            use_cache=True,
            **{trunk.cache_argument: cache},
        )
        # The last column is real in every row, because padding is on the left.
        logits_BV = trunk.logits(out.last_hidden_state[:, -1])
        # Rows that have ended go on as padding, so that the batch stays one tensor.
        chosen_B = choose(logits_BV, temperature, generator).masked_fill(finished_B, pad)
        written.append(chosen_B)
        finished_B |= chosen_B == end
        if bool(finished_B.all()):
            break
        inputs_BT = chosen_B[:, None]
        mask_BT = torch.cat([mask_BT, mask_BT.new_ones(len(rows), 1)], dim=1)
        position_B1 = position_B1 + 1
        positions_BT = position_B1
    return [_cut(row, end) for row in torch.stack(written, 1).tolist()]


def _check_length(prompt: int, response: int, limit: int | None) -> None:
    if limit is not None and prompt + response > limit:
        raise SequenceError(
            f"a prompt of {prompt} tokens and a response of {response} exceed the trunk's {limit} "
            "positions; ask for shorter problems, or build the trunk with more positions"
        )


def choose(logits_BV: Tensor, temperature: float, generator: torch.Generator | None) -> Tensor:
    """Return one token a row: the likeliest at temperature 0, else a draw."""
    if temperature == 0:
        return logits_BV.argmax(-1)
    shares_BV = torch.softmax(logits_BV.float() / temperature, -1)
    return torch.multinomial(shares_BV, 1, generator=generator)[:, 0]


def _left_padded(
    rows: list[list[int]], pad: int, device: torch.device
) -> tuple[Tensor, Tensor, Tensor]:
    length = max(map(len, rows))
    ids_BT = torch.tensor([[pad] * (length - len(row)) + row for row in rows], device=device)
    mask_BT = torch.tensor(
        [[0] * (length - len(row)) + [1] * len(row) for row in rows], device=device
    )
    last_B1 = torch.tensor([[len(row) - 1] for row in rows], device=device)
    return ids_BT, mask_BT, last_B1


def _cut(row: list[int], end: int) -> list[int]:
    return row[: row.index(end) + 1] if end in row else row
