"""Generation from prompts to texts: arguments are checked, rows decoded, results collected.

What a row does is in row.py, and how rows share the trunk's passes in batch.py. Shape suffixes: B
batch, T time, N new tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from nextlat.decoding.batch import decode
from nextlat.decoding.draft_length import FixedLength, LengthPolicy
from nextlat.decoding.drafters import Drafter
from nextlat.decoding.row import FinishReason, RowDecoding
from nextlat.decoding.sampling import Sampling
from nextlat.decoding.stats import DecodingStats
from nextlat.decoding.stops import Stop, Stops
from nextlat.decoding.token_choice import Acceptance, AcceptanceName, acceptance_for
from nextlat.errors import SequenceError, UsageError
from nextlat.trunk.trunk import Trunk


@dataclass(frozen=True)
class Generation:
    """What was generated.

    Attributes:
        sequences: prompt and new tokens, `[B, T + N]` on the trunk's device; shorter rows are
            filled up on the right with the pad token.
        num_new_tokens: new tokens of each row, stop tokens among them.
        finish_reasons: of each row, "stop" after a stop or the end of text, else "length".
        stats: counts over all rows.
        logprobs: of each row, the log probability of each new token under the trunk at temperature
            1 without filters, in nats; None where not asked for.
    """

    sequences: Tensor
    num_new_tokens: list[int]
    finish_reasons: list[FinishReason]
    stats: DecodingStats
    logprobs: list[list[float]] | None = None


def generate(
    trunk: Trunk,
    drafter: Drafter | None,
    input_ids: Tensor,
    *,
    max_new_tokens: int = 64,
    length_policy: LengthPolicy | None = None,
    temperature: float = 0.0,
    top_p: float = 1.0,
    top_k: int = 0,
    seed: int | None = None,
    stop: Stop = None,
    acceptance: AcceptanceName = "coupled",
    return_logprobs: bool = False,
) -> Generation:
    """Continue prompts with the trunk's tokens, drafted where that pays.

    Args:
        trunk: whose text it is; in evaluation mode while it decodes.
        drafter: copied for each prompt but the first; may be None where the policy never drafts.
        input_ids: prompts of equal length, int64 `[B, T]`, or one, `[T]`.
        max_new_tokens: most tokens added to each, at least 1.
        length_policy: how many drafts a cycle; None decodes plainly, one token a forward.
        temperature: see `Sampling`.
        top_p: see `Sampling`.
        top_k: see `Sampling`.
        seed: int64; drawn from torch's global generator where None.
        stop: token ids, or sequences of ids; a row ends with the first, or an end of text.
        acceptance: see `AcceptanceName`.
        return_logprobs: whether to return log probabilities.

    Raises:
        UsageError, ModelError, SequenceError: an argument, an id or the length does not fit.
    """
    prompts = _prompts(trunk, input_ids, max_new_tokens).tolist()
    sampling = Sampling(temperature, top_p, top_k, _seed(seed, temperature))
    choices = [acceptance_for(sampling, acceptance, number) for number in range(len(prompts))]
    limits = (prompts, max_new_tokens, return_logprobs)
    return _decoded(trunk, drafter, length_policy, choices, stop, *limits)


def _decoded(
    trunk: Trunk,
    drafter: Drafter | None,
    policy: LengthPolicy | None,
    choices: Sequence[Acceptance],
    stop: Stop,
    prompts: Sequence[list[int]],
    max_new_tokens: int,
    with_logprobs: bool,
) -> Generation:
    """Decode checked prompts, each with a choice of tokens of its own; see `generate`."""
    policy, stops = policy or FixedLength(0), Stops.parse(stop, _end_of_text(trunk))
    rows: list[RowDecoding] = []
    for prompt_ids, chosen_by in zip(prompts, choices, strict=True):
        own = drafter.copy() if drafter and rows else drafter
        rows.append(
            RowDecoding(
                trunk, own, policy, chosen_by, stops, prompt_ids, max_new_tokens, with_logprobs
            )
        )
    decode(rows)
    return Generation(
        sequences=_padded(rows, _pad_id(trunk)).to(trunk.device),
        num_new_tokens=[len(row.tokens) for row in rows],
        finish_reasons=[row.finish_reason for row in rows],
        stats=DecodingStats.total(row.stats for row in rows),
        logprobs=[row.logprobs for row in rows] if with_logprobs else None,
    )


def _seed(seed: int | None, temperature: float) -> int:
    """Return the seed, one of torch's where none was given; greedy decoding draws nothing.

    So decoding greedily while training leaves the training's random numbers alone.
    """
    if seed is not None:
        return seed
    return int(torch.randint(2**62, ())) if temperature > 0 else 0


def _prompts(trunk: Trunk, input_ids: Tensor, max_new_tokens: int) -> Tensor:
    """Return prompts `[B, T]` on the CPU.

    Raises:
        UsageError: no whole numbers, no rows, an empty prompt, or no number of new tokens.
        ModelError: an id is outside the trunk's vocabulary.
        SequenceError: they do not fit the trunk.
    """
    ids = torch.as_tensor(input_ids)
    if ids.ndim not in (1, 2) or not ids.numel():
        raise UsageError(
            f"input_ids has shape {tuple(ids.shape)}: it must be [batch, time] or [time] and not "
            "empty; give at least one token to start from"
        )
    if ids.is_floating_point() or ids.is_complex() or ids.dtype == torch.bool:
        raise UsageError(
            f"input_ids has type {ids.dtype}: token ids are whole numbers; give an int64 tensor"
        )
    prompts_BT = ids.reshape(-1, ids.shape[-1]).cpu()
    _check_fits(trunk, prompts_BT, max_new_tokens)
    return prompts_BT


def _check_fits(trunk: Trunk, prompts_BT: Tensor, max_new_tokens: int) -> None:
    """Raise where prompts and new tokens do not fit the trunk."""
    if (
        isinstance(max_new_tokens, bool)
        or not isinstance(max_new_tokens, int)
        or max_new_tokens < 1
    ):
        raise UsageError(f"max_new_tokens {max_new_tokens!r}: it must be a whole number from 1")
    trunk.check_ids(prompts_BT)
    length = prompts_BT.shape[1]
    if trunk.max_length is not None and length + max_new_tokens > trunk.max_length:
        raise SequenceError(
            f"a prompt of {length} tokens and {max_new_tokens} new ones are "
            f"{length + max_new_tokens}, more than the trunk's {trunk.max_length} positions; cut "
            f"the prompt or ask for at most {max(0, trunk.max_length - length)} new tokens"
        )


def _end_of_text(trunk: Trunk) -> int | list[int] | None:
    """Return the ids that end a text, from the generation configuration or else the model's."""
    for config in (getattr(trunk.model, "generation_config", None), trunk.model.config):
        if config is not None:
            ids: int | list[int] | None = getattr(config, "eos_token_id", None)
            return ids
    return None


def _pad_id(trunk: Trunk) -> int:
    """Return what fills up short rows: the pad token, else an end of text, else 0."""
    for config in (getattr(trunk.model, "generation_config", None), trunk.model.config):
        pad_id = getattr(config, "pad_token_id", None)
        if pad_id is not None:
            return int(pad_id)
    ends = _end_of_text(trunk)
    return (ends if isinstance(ends, int) else ends[0]) if ends else 0


def _padded(rows: Sequence[RowDecoding], pad_id: int) -> Tensor:
    """Return prompts and new tokens of all rows, `[B, T + N]`."""
    texts = [row.prompt_ids + row.tokens for row in rows]
    longest = max(map(len, texts))
    return torch.tensor(
        [text + [pad_id] * (longest - len(text)) for text in texts], dtype=torch.long
    )
