"""What a sequence is to generate and what it returns, the same for every endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from nextlat.decoding import DecodingStats, Sampling
from nextlat.serving.generation.rules import TokenScore

FinishReason = Literal["stop", "length"]


@dataclass(frozen=True)
class GenerationRequest:
    """One prompt and how to continue it.

    Attributes:
        prompt_ids: at least one id.
        max_new_tokens: most tokens added; 0 reads the prompt only.
        sampling: temperature, filters, seed.
        stop_texts: strings that end the text.
        stop_token_ids: ids that end it.
        keep_stop: whether the text keeps the stop string or stop token.
        ignore_end: whether the model's own end of text does not end it.
        min_tokens: tokens before an end or stop token may be chosen.
        num_top: likeliest tokens to score at each position; None scores nothing.
        score_prompt: whether to score the prompt's tokens too.
        bias: token -> added to its logit.
        presence_penalty: see `rules.Penalties`.
        frequency_penalty: see `rules.Penalties`.
        grammar: of `grammar.compile_schema`.
    """

    prompt_ids: tuple[int, ...]
    max_new_tokens: int
    sampling: Sampling = field(default_factory=Sampling)
    stop_texts: tuple[str, ...] = ()
    stop_token_ids: tuple[int, ...] = ()
    keep_stop: bool = False
    ignore_end: bool = False
    min_tokens: int = 0
    num_top: int | None = None
    score_prompt: bool = False
    bias: Mapping[int, float] = field(default_factory=dict)
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    grammar: str | None = None


@dataclass(frozen=True)
class ScoredToken:
    """A generated or prompt token with its log probabilities.

    Attributes:
        token: its id.
        offset: where its text starts, in characters of the generated text or of the prompt.
        score: None for the first token of a prompt.
    """

    token: int
    offset: int
    score: TokenScore | None


@dataclass(frozen=True)
class Finish:
    """How a sequence ended.

    Attributes:
        reason: "stop" after a stop or the end of text, "length" at the limit.
        stop_reason: the stop string or stop token id that ended it; None at the end of text.
        num_tokens: generated tokens, the one that ended the text among them.
        stats: how drafting went.
    """

    reason: FinishReason
    stop_reason: str | int | None
    num_tokens: int
    stats: DecodingStats


@dataclass(frozen=True)
class Delta:
    """What one turn added.

    Attributes:
        text: more text; may be empty.
        scored: tokens whose text is released, where requested.
        prompt_scored: the prompt's tokens, in the first delta, where requested.
        finish: where the sequence has ended.
    """

    text: str = ""
    scored: tuple[ScoredToken, ...] = ()
    prompt_scored: tuple[ScoredToken, ...] = ()
    finish: Finish | None = None
