"""Decoding speed of one model, plain and speculative, against transformers' own `generate`.

All of them are timed prompt by prompt in rotating order, so that a machine whose speed drifts slows
all of them alike. It knows no file and no tokenizer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import torch
from torch import Tensor
from transformers import GenerationMixin

from nextlat.decoding import (
    DRAFTERS,
    DecodingStats,
    Drafter,
    DraftLength,
    generate,
    length_policy,
)
from nextlat.dynamics import LatentDynamics
from nextlat.evaluation.process_memory import peak_bytes
from nextlat.trunk.trunk import Trunk


@dataclass(frozen=True)
class SettingFigures:
    """What one drafter and draft length reached over all prompts.

    Attributes:
        draft_length: most drafts a cycle, or "adaptive"; None for plain decoding.
        drafter: its name; None for plain decoding.
        tokens_per_s: new tokens a second.
        accepted_per_cycle: mean number of drafts accepted a cycle.
        accepted_by_position: how often the first, second, ... draft of a cycle was accepted.
        all_equal: whether every text equals that of plain decoding.
    """

    draft_length: DraftLength | None
    drafter: str | None
    tokens_per_s: float
    accepted_per_cycle: float
    accepted_by_position: list[int]
    all_equal: bool


@dataclass(frozen=True)
class DecodingFigures:
    """What was measured of one model.

    Attributes:
        transformers_tokens_per_s: of transformers' `generate`; None where it does not know the
            trunk (the GRU control).
        plain_tokens_per_s: of our own loop without drafts.
        speculative: of each drafter and draft length.
        peak_memory_mb: of the process, in MiB.
    """

    transformers_tokens_per_s: float | None
    plain_tokens_per_s: float
    speculative: list[SettingFigures]
    peak_memory_mb: float


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
        # One object a setting, so that what an adaptive policy has learnt carries over from prompt
        # to prompt.
        self.policy = length_policy(self.draft_length)

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

    def figures(self) -> SettingFigures:
        """Return what was reached over the prompts so far."""
        whole = DecodingStats.total(self.stats)
        return SettingFigures(
            draft_length=self.draft_length,
            drafter=self.drafter.name if self.drafter else None,
            tokens_per_s=self.tokens / self.seconds,
            accepted_per_cycle=whole.accepted / max(1, whole.cycles),
            accepted_by_position=whole.accepted_by_position,
            all_equal=self.all_equal,
        )


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
) -> DecodingFigures:
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
    plain, own = _Setting(), _Transformers() if trunk.model.can_generate() else None
    settings = _settings(trunk, dynamics, drafters, draft_lengths)
    ways: list[_Decoding] = [plain, *settings, *([own] if own else [])]
    # A first pass allocates and compiles; none of the ways shall pay for it.
    generate(trunk, None, torch.tensor(prompts[0]), max_new_tokens=2)
    if own:
        reference(trunk, prompts[0], 2)
    for number, prompt in enumerate(prompts):
        plain_text, *texts = _in_turn(ways, number, trunk, prompt, max_new_tokens)
        # The last text may be that of transformers, which is not compared: it may round otherwise.
        for setting, text in zip(settings, texts, strict=False):
            setting.all_equal = setting.all_equal and torch.equal(text, plain_text)
        progress(number + 1)
    return DecodingFigures(
        transformers_tokens_per_s=own.tokens / own.seconds if own else None,
        plain_tokens_per_s=plain.tokens / plain.seconds,
        speculative=[setting.figures() for setting in settings],
        peak_memory_mb=peak_bytes() / 2**20,
    )


def _settings(
    trunk: Trunk,
    dynamics: LatentDynamics | None,
    drafters: Sequence[str],
    draft_lengths: Sequence[DraftLength],
) -> list[_Setting]:
    """Return each drafter with each draft length."""
    settings = []
    for name in drafters:
        # Copies share the head's rows, so that measuring many lengths takes no more memory than
        # one.
        first = DRAFTERS[name].build(trunk, dynamics)
        settings += [_Setting(first.copy(), length) for length in draft_lengths]
    return settings


def _in_turn(
    ways: Sequence[_Decoding], first: int, trunk: Trunk, prompt: Sequence[int], limit: int
) -> list[Tensor]:
    """Decode one prompt in every way, beginning with the way `first`; return texts in way order."""
    texts: dict[int, Tensor] = {}
    for offset in range(len(ways)):
        number = (first + offset) % len(ways)
        texts[number] = ways[number].decode(trunk, prompt, limit)
    return [texts[number] for number in range(len(ways))]


@torch.no_grad()
def reference(trunk: Trunk, prompt: Sequence[int], limit: int) -> Tensor:
    """Continue one prompt by transformers' `generate`; return the text, `[1, T + N]`."""
    ids = torch.tensor([list(prompt)], device=trunk.device)
    model = trunk.model
    assert isinstance(model, GenerationMixin)
    sequences = model.generate(
        ids,
        attention_mask=torch.ones_like(ids),
        max_new_tokens=limit,
        do_sample=False,
        num_beams=1,
        # A model's own generation settings would slow the baseline and change its text.
        repetition_penalty=1.0,
        pad_token_id=0,
    )
    assert isinstance(sequences, Tensor)
    return sequences
