"""The model's own text: a chunk of prompts answered together, with the trunk's latents.

Rows of a chunk are padded on the left, so that they grow together. Chunks are functions of the
configuration and their number. Shape suffixes: B rows, T time, D width, V vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import DynamicCache, PreTrainedTokenizerBase

from nextlat.decoding.context import evaluating
from nextlat.errors import ModelError, UsageError
from nextlat.retrofit.config import RetrofitConfig
from nextlat.retrofit.prompts import PromptSource, token_ids
from nextlat.retrofit.samples import SampledRow
from nextlat.trunk.trunk import Trunk


def prompt_limit(trunk: Trunk, config: RetrofitConfig) -> int:
    """Return the most tokens of a prompt.

    Raises:
        UsageError: the answers leave no room for one.
        ModelError: the trunk keeps no cache.
    """
    if not trunk.caches:
        raise ModelError(
            "a retrofit samples with a cache of keys and values, which this trunk does not keep"
        )
    room = (trunk.max_length or 1 << 30) - config.max_new_tokens
    if room < 1:
        raise UsageError(
            f"max_new_tokens {config.max_new_tokens}: the trunk has {trunk.max_length} positions; "
            "give fewer"
        )
    return min(room, config.max_prompt_tokens)


def sample_chunk(
    trunk: Trunk,
    tokenizer: PreTrainedTokenizerBase,
    source: PromptSource,
    config: RetrofitConfig,
    number: int,
    ends: Sequence[int],
) -> list[SampledRow]:
    """Return the rows of a chunk.

    Args:
        trunk: whose text it is.
        tokenizer: turns prompts into ids.
        source: of the prompts.
        config: of the retrofit.
        number: of the chunk, from 0.
        ends: ids that end an answer.
    """
    prompts = source.chunk(number, config.rows)
    limit = prompt_limit(trunk, config)
    ids = [token_ids(prompt, tokenizer, limit) for prompt in prompts]
    readable = [k for k, row in enumerate(ids) if row]  # a prompt may have no tokens at all
    temperatures = [config.temperatures[k % len(config.temperatures)] for k in readable]
    generator = torch.Generator().manual_seed((config.seed << 32) + number)
    answered = answer(
        trunk, [ids[k] for k in readable], temperatures, config.max_new_tokens, ends, generator
    )
    return [
        SampledRow(ids_T, h_TD, len(ids[k]), temperature, prompts[k].domain)
        for k, temperature, (ids_T, h_TD) in zip(readable, temperatures, answered, strict=True)
    ]


@torch.no_grad()
def answer(
    trunk: Trunk,
    prompts: Sequence[Sequence[int]],
    temperatures: Sequence[float],
    max_new_tokens: int,
    ends: Sequence[int],
    generator: torch.Generator,
) -> list[tuple[Tensor, Tensor]]:
    """Return, for each prompt, the tokens the trunk has read and its latents of them.

    Tokens are `[T]`, latents `[T, D]` in bfloat16.

    Args:
        trunk: the model.
        prompts: ids of each, at least one.
        temperatures: of each row; 0 is greedy.
        max_new_tokens: most tokens of an answer; the last one is not read and left out.
        ends: ids that end an answer.
        generator: of the draws.
    """
    ids_BT, mask_BT = _left_padded(prompts, trunk.device)
    texts = [list(row) for row in prompts]
    temperature_B = torch.tensor(temperatures, device=trunk.device)
    latents: list[list[Tensor]] = [[] for _ in prompts]
    cache, active_rows = DynamicCache(), list(range(len(prompts)))
    with evaluating(trunk.model):
        for length in range(max_new_tokens):
            h_BTD = _extended(trunk, cache, ids_BT, mask_BT)
            for index, row in enumerate(active_rows):
                num_new = 1 if length else len(texts[row])  # at first the prompt, without padding
                latents[row].append(h_BTD[index][-num_new:].to(torch.bfloat16).cpu())
            tokens = _drawn(trunk.logits(h_BTD[:, -1]), temperature_B[active_rows], generator)
            going = [index for index, token in enumerate(tokens.tolist()) if token not in ends]
            if not going or length == max_new_tokens - 1:
                break
            for index in going:
                texts[active_rows[index]].append(int(tokens[index]))
            # A row that ended is removed from the cache at once, so that it costs nothing more.
            if len(going) < len(active_rows):
                cache.batch_select_indices(torch.tensor(going, device=trunk.device))
                active_rows = [active_rows[index] for index in going]
                tokens, mask_BT = tokens[going], mask_BT[going]
            ids_BT = tokens[:, None]
            mask_BT = torch.cat([mask_BT, torch.ones_like(ids_BT)], dim=1)
    return [
        (torch.tensor(text), torch.cat(parts)) for text, parts in zip(texts, latents, strict=True)
    ]


def _left_padded(prompts: Sequence[Sequence[int]], device: torch.device) -> tuple[Tensor, Tensor]:
    """Return ids and mask, `[B, T]` each; every prompt ends in the last column."""
    size = max(map(len, prompts))
    ids = [[0] * (size - len(row)) + list(row) for row in prompts]
    mask = [[0] * (size - len(row)) + [1] * len(row) for row in prompts]
    return torch.tensor(ids, device=device), torch.tensor(mask, device=device)


def _extended(trunk: Trunk, cache: DynamicCache, ids_BT: Tensor, mask_BT: Tensor) -> Tensor:
    """Run the trunk over the next tokens of rows padded on the left; return h_BTD."""
    positions_BT = (mask_BT.cumsum(dim=1) - 1).clamp(min=0)[:, -ids_BT.shape[1] :]
    return trunk.extend_padded(ids_BT, cache, mask_BT, positions_BT)


def _drawn(logits_BV: Tensor, temperature_B: Tensor, generator: torch.Generator) -> Tensor:
    """Return the next token of each row, `[B]`."""
    scaled_BV = logits_BV.float() / temperature_B.clamp(min=1e-3)[:, None]
    drawn_B = torch.multinomial(scaled_BV.softmax(dim=-1).cpu(), 1, generator=generator)[:, 0].to(
        logits_BV.device
    )
    return torch.where(temperature_B > 0, drawn_B, logits_BV.argmax(dim=-1))


@torch.no_grad()
def latents_of(trunk: Trunk, row: SampledRow) -> SampledRow:
    """Return a row with its latents computed again, by one forward."""
    with evaluating(trunk.model):
        h_TD = trunk.hidden_states(row.ids_T[None].to(trunk.device))[0].to(torch.bfloat16).cpu()
    return SampledRow(row.ids_T, h_TD, row.prompt_length, row.temperature, row.domain)
