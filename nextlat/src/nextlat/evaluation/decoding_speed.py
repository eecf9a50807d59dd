"""Decoding speed of one model: plain and speculative decoding against transformers' own `generate`, in one run.

Settings are timed prompt by prompt in rotating order, so that a machine whose speed drifts slows all of them alike. It
knows no file and no tokenizer.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from nextlat.decoding import DRAFTERS, DecodingStats, Drafter, generate, length_policy
from nextlat.dynamics import LatentDynamics
from nextlat.trunk import Trunk

DraftLength = int | str


@dataclass
class _Setting:
    """One way of decoding, and what it took."""

    drafter: Drafter | None
    draft_length: DraftLength
    seconds: float = 0.0
    tokens: int = 0
    all_equal: bool = True
    stats: list[DecodingStats] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """Return the row of the contract."""
        whole = DecodingStats.total(self.stats)
        return {
            "draft_length": self.draft_length,
            "drafter": self.drafter.name if self.drafter else None,
            "tokens_per_s": self.tokens / self.seconds,
            "accepted_per_cycle": whole.accepted / max(1, whole.cycles),
            "accepted_by_position": whole.accepted_by_position,
            "all_equal": self.all_equal,
        }


def measure(
    trunk: Trunk,
    dynamics: LatentDynamics | None,
    prompts: Sequence[Sequence[int]],
    *,
    max_new_tokens: int,
    draft_lengths: Sequence[DraftLength],
    drafters: Sequence[str],
    progress: Callable[[int], None] = lambda done: None,
) -> dict[str, Any]:
    """Return tokens a second of each way of decoding, greedy, over all prompts.

    Args:
        trunk: the model.
        dynamics: its latent dynamics; None where no latent drafter is asked for.
        prompts: token ids of each.
        max_new_tokens: most tokens added to each.
        draft_lengths: numbers, or "adaptive".
        drafters: names in `DRAFTERS`.
        progress: called with the number of prompts done.
    """
    settings = [
        _Setting(DRAFTERS[name].build(trunk, dynamics), length) for name in drafters for length in draft_lengths
    ]
    plain, own = _Setting(None, 0), [0.0, 0]
    # One object a setting, so that what an adaptive policy has learnt carries over from prompt to prompt.
    policies = [length_policy(setting.draft_length) for setting in settings]  # type: ignore[arg-type]  # "adaptive"
    _reference(trunk, prompts[0], 2)
    generate(trunk, None, torch.tensor(prompts[0]), max_new_tokens=2)
    for number, prompt in enumerate(prompts):
        wanted = _timed(plain, trunk, prompt, max_new_tokens, length_policy(None), None)
        began = time.perf_counter()
        own[1] += _reference(trunk, prompt, max_new_tokens)
        own[0] += time.perf_counter() - began
        for place in range(len(settings)):
            at = (place + number) % len(settings)
            _timed(settings[at], trunk, prompt, max_new_tokens, policies[at], wanted)
        progress(number + 1)
    return {
        "transformers_tokens_per_s": own[1] / own[0],
        "plain_tokens_per_s": plain.tokens / plain.seconds,
        "speculative": [setting.told() for setting in settings],
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def _timed(
    setting: _Setting, trunk: Trunk, prompt: Sequence[int], limit: int, policy: Any, wanted: Tensor | None
) -> Tensor:
    """Decode one prompt; note time, tokens, and whether the text is the plain one."""
    began = time.perf_counter()
    out = generate(trunk, setting.drafter, torch.tensor(prompt), max_new_tokens=limit, length_policy=policy)
    setting.seconds += time.perf_counter() - began
    setting.tokens += sum(out.num_new_tokens)
    setting.stats.append(out.stats)
    if wanted is not None:
        setting.all_equal = setting.all_equal and torch.equal(out.sequences, wanted)
    return out.sequences


@torch.no_grad()
def _reference(trunk: Trunk, prompt: Sequence[int], limit: int) -> int:
    """Decode one prompt by transformers' `generate`; return the number of new tokens."""
    ids = torch.tensor([list(prompt)], device=trunk.device)
    model: Any = trunk.model
    out = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=limit,
        do_sample=False,
        num_beams=1,
        repetition_penalty=1.0,  # a model's own generation settings would slow the baseline and change its text
        pad_token_id=0,
    )
    return int(out.shape[1] - ids.shape[1])
