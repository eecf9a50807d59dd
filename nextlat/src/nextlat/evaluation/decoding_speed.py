"""Decoding speed of one model: plain and speculative decoding against transformers' own `generate`, in one run.

All of them are timed prompt by prompt in rotating order, so that a machine whose speed drifts slows all of them alike.
It knows no file and no tokenizer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from nextlat.decoding import DRAFTERS, DecodingStats, Drafter, generate, length_policy
from nextlat.dynamics import LatentDynamics
from nextlat.evaluation.process_memory import peak_bytes
from nextlat.trunk.trunk import Trunk

DraftLength = int | str


class _Decoding(Protocol):
    """One way of decoding, and what it took."""

    seconds: float
    tokens: int

    def decode(self, trunk: Trunk, prompt: Sequence[int], limit: int) -> Tensor:
        """Continue one prompt; note time and tokens; return the text, `[1, T + N]`."""


@dataclass
class _Setting:
    """Our own loop with a drafter and draft length; plain where there is no drafter."""

    drafter: Drafter | None = None
    draft_length: DraftLength | None = None
    seconds: float = 0.0
    tokens: int = 0
    all_equal: bool = True
    stats: list[DecodingStats] = field(default_factory=list)

    def __post_init__(self) -> None:
        # One object a setting, so that what an adaptive policy has learnt carries over from prompt to prompt.
        self.policy = length_policy(self.draft_length)  # type: ignore[arg-type]  # the string is "adaptive"

    def decode(self, trunk: Trunk, prompt: Sequence[int], limit: int) -> Tensor:
        """See `_Decoding.decode`."""
        began = time.perf_counter()
        out = generate(
            trunk,
            self.drafter,
            torch.tensor(prompt),
            max_new_tokens=limit,
            length_policy=self.policy,
        )
        self.seconds += time.perf_counter() - began
        self.tokens += sum(out.num_new_tokens)
        self.stats.append(out.stats)
        return out.sequences

    def told(self) -> dict[str, Any]:
        """Return the row of `nextlat bench decode --json`."""
        whole = DecodingStats.total(self.stats)
        return {
            "draft_length": self.draft_length,
            "drafter": self.drafter.name if self.drafter else None,
            "tokens_per_s": self.tokens / self.seconds,
            "accepted_per_cycle": whole.accepted / max(1, whole.cycles),
            "accepted_by_position": whole.accepted_by_position,
            "all_equal": self.all_equal,
        }


@dataclass
class _Transformers:
    """The trunk's own `generate`."""

    seconds: float = 0.0
    tokens: int = 0

    def decode(self, trunk: Trunk, prompt: Sequence[int], limit: int) -> Tensor:
        """See `_Decoding.decode`."""
        began = time.perf_counter()
        sequences = reference(trunk, prompt, limit)
        self.seconds += time.perf_counter() - began
        self.tokens += sequences.shape[1] - len(prompt)
        return sequences


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

    The figure of transformers is None for a trunk that is no model of its `generate` (the GRU control).

    Args:
        trunk: the model.
        dynamics: its latent dynamics; None where no latent drafter is asked for.
        prompts: token ids of each.
        max_new_tokens: most tokens added to each.
        draft_lengths: numbers, or "adaptive".
        drafters: names in `DRAFTERS`.
        progress: called with the number of prompts done.
    """
    plain, own = _Setting(), _Transformers() if trunk.model.can_generate() else None
    settings = [
        _Setting(DRAFTERS[name].build(trunk, dynamics), length)
        for name in drafters
        for length in draft_lengths
    ]
    ways: list[_Decoding] = [plain, *settings, *([own] if own else [])]
    generate(trunk, None, torch.tensor(prompts[0]), max_new_tokens=2)
    if own:
        reference(trunk, prompts[0], 2)
    for number, prompt in enumerate(prompts):
        wanted, *texts = _in_turn(ways, number, trunk, prompt, max_new_tokens)
        for setting, text in zip(
            settings, texts, strict=False
        ):  # the last may be that of transformers
            setting.all_equal = setting.all_equal and torch.equal(text, wanted)
        progress(number + 1)
    return {
        "transformers_tokens_per_s": own.tokens / own.seconds if own else None,
        "plain_tokens_per_s": plain.tokens / plain.seconds,
        "speculative": [setting.told() for setting in settings],
        "peak_memory_mb": peak_bytes() / 2**20,
    }


def _in_turn(
    ways: Sequence[_Decoding], first: int, trunk: Trunk, prompt: Sequence[int], limit: int
) -> list[Tensor]:
    """Decode one prompt in every way, beginning with another one for each `first`; return the texts in their order."""
    texts: dict[int, Tensor] = {}
    for place in range(len(ways)):
        at = (first + place) % len(ways)
        texts[at] = ways[at].decode(trunk, prompt, limit)
    return [texts[at] for at in range(len(ways))]


@torch.no_grad()
def reference(trunk: Trunk, prompt: Sequence[int], limit: int) -> Tensor:
    """Continue one prompt by transformers' `generate`; return the text, `[1, T + N]`."""
    ids = torch.tensor([list(prompt)], device=trunk.device)
    model: Any = trunk.model
    out: Tensor = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=limit,
        do_sample=False,
        num_beams=1,
        repetition_penalty=1.0,  # a model's own generation settings would slow the baseline and change its text
        pad_token_id=0,
    )
    return out
