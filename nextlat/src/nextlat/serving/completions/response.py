"""The JSON of answers to completions, whole and as events of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from nextlat.serving.completions.request import CompletionRequest
from nextlat.serving.generation.request import Delta, FinishReason, ScoredToken
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.openapi import described
from nextlat.serving.responses import LEAST_LOGPROB, Answer, AnswerHead, Usage, usage
from nextlat.serving.state import FINGERPRINT


@described
class CompletionLogprobs(TypedDict):
    """Four lists with a place for each token."""

    text_offset: list[int]
    """Where the token's text starts, in characters of the choice's whole text."""
    token_logprobs: list[float | None]
    """In nats; null at a prompt's first token, which has nothing before it."""
    tokens: list[str]
    """Texts; `bytes:` and escapes where a token's bytes are not whole characters."""
    top_logprobs: list[dict[str, float] | None]
    """The likeliest alternatives and the token itself."""


@described
class CompletionChoice(TypedDict):
    """One continuation; `n` of each prompt, prompt by prompt."""

    index: int
    text: str
    logprobs: CompletionLogprobs | None
    """Null unless requested."""
    finish_reason: FinishReason
    """`stop` at a stop or at the end of the text, `length` at the limit of tokens."""
    stop_reason: str | int | None
    """The stop string or stop token id that ended the text; null at its own end."""


@described
class Completion(TypedDict):
    """The continuations of all prompts."""

    id: str
    created: int
    """Seconds since 1970."""
    model: str
    object: Literal["text_completion"]
    choices: list[CompletionChoice]
    system_fingerprint: str
    """Name and version of the server."""
    usage: Usage


@described
class CompletionChunkChoice(TypedDict):
    """What an event adds to a choice."""

    index: int
    text: str
    logprobs: CompletionLogprobs | None
    """Of the tokens whose text the event adds; null unless requested."""
    finish_reason: FinishReason | None
    """Null until the choice ends."""
    stop_reason: NotRequired[str | int | None]
    """As in a whole answer; in the choice's last event only."""


@described
class CompletionChunk(TypedDict):
    """An event of a streamed answer."""

    id: str
    """The same in all events of a stream."""
    created: int
    """Seconds since 1970."""
    model: str
    object: Literal["text_completion"]
    choices: list[CompletionChunkChoice]
    """One choice, or none in the event with the usage."""
    system_fingerprint: str
    """Name and version of the server."""
    usage: NotRequired[Usage]
    """In the last event, where `stream_options.include_usage` requests it."""


@dataclass(frozen=True)
class EchoedPrompt:
    """A prompt as it is echoed.

    Attributes:
        text: of it.
        num_tokens: in it.
    """

    text: str
    num_tokens: int


def completion(
    head: AnswerHead,
    answers: Sequence[Answer],
    prompts: Sequence[EchoedPrompt],
    fields: CompletionRequest,
    vocabulary: Vocabulary,
) -> Completion:
    """Return a whole answer.

    Args:
        head: of the answer.
        answers: choices of the first prompt, of the second, and so on.
        prompts: in order.
        fields: of the request.
        vocabulary: names tokens.
    """
    choices: list[CompletionChoice] = []
    for index, answer in enumerate(answers):
        echoed = prompts[index // fields.choices].text if fields.echo else ""
        choices.append(
            {
                "index": index,
                "text": echoed + answer.text,
                "logprobs": _logprobs_of(answer, fields, vocabulary, echoed),
                "finish_reason": answer.ended.reason,
                "stop_reason": answer.ended.stop_reason,
            }
        )
    num_new = sum(answer.ended.num_tokens for answer in answers)
    return {
        "id": head.id,
        "created": head.created,
        "model": head.model,
        "object": "text_completion",
        "choices": choices,
        "system_fingerprint": FINGERPRINT,
        "usage": usage(sum(prompt.num_tokens for prompt in prompts), num_new),
    }


def completion_chunk(
    head: AnswerHead,
    index: int,
    delta: Delta,
    fields: CompletionRequest,
    vocabulary: Vocabulary,
    echoed: str,
    is_first: bool,
) -> CompletionChunk:
    """Return an event of a stream.

    Args:
        head: of the answer.
        index: number of the choice.
        delta: what is added.
        fields: of the request.
        vocabulary: names tokens.
        echoed: the prompt's text, or nothing where it is not echoed.
        is_first: whether this is the choice's first event, which brings the prompt.
    """
    choice: CompletionChunkChoice = {
        "index": index,
        "text": (echoed if is_first else "") + delta.text,
        "logprobs": _logprobs_of(delta, fields, vocabulary, echoed),
        "finish_reason": delta.finish.reason if delta.finish else None,
    }
    if delta.finish:
        choice["stop_reason"] = delta.finish.stop_reason
    return _chunk(head, [choice])


def usage_chunk(head: AnswerHead, num_prompt: int, num_new: int) -> CompletionChunk:
    """Return the event with the usage, the last of a stream."""
    chunk = _chunk(head, [])
    chunk["usage"] = usage(num_prompt, num_new)
    return chunk


def _chunk(head: AnswerHead, choices: list[CompletionChunkChoice]) -> CompletionChunk:
    return {
        "id": head.id,
        "created": head.created,
        "model": head.model,
        "object": "text_completion",
        "choices": choices,
        "system_fingerprint": FINGERPRINT,
    }


def _logprobs_of(
    addition: Answer | Delta, fields: CompletionRequest, vocabulary: Vocabulary, echoed: str
) -> CompletionLogprobs | None:
    """Return the log probabilities of a whole answer or of what an event adds, where requested."""
    if fields.logprobs is None:
        return None
    # Offsets count from the start of the choice's text, which an echoed prompt moves.
    prompt = completion_logprobs(addition.prompt_scored, vocabulary)
    new = completion_logprobs(addition.scored, vocabulary, len(echoed))
    return {
        "text_offset": prompt["text_offset"] + new["text_offset"],
        "token_logprobs": prompt["token_logprobs"] + new["token_logprobs"],
        "tokens": prompt["tokens"] + new["tokens"],
        "top_logprobs": prompt["top_logprobs"] + new["top_logprobs"],
    }


def completion_logprobs(
    scored: Sequence[ScoredToken], vocabulary: Vocabulary, shift: int = 0
) -> CompletionLogprobs:
    """Return OpenAI's four lists; null at a prompt's first token, which has nothing before it.

    Args:
        scored: tokens.
        vocabulary: names them.
        shift: characters in front of the text that the offsets count from.
    """
    logprobs: CompletionLogprobs = {
        "text_offset": [],
        "token_logprobs": [],
        "tokens": [],
        "top_logprobs": [],
    }
    for scored_token in scored:
        score = scored_token.score
        top: dict[str, float] | None = None
        if score is not None:
            top = {}
            # Tokens may share a name; the likeliest of them keeps it.
            for token, logprob in (*score.top, (scored_token.token, score.logprob)):
                top.setdefault(vocabulary.name(token)[0], max(logprob, LEAST_LOGPROB))
        logprobs["text_offset"].append(shift + scored_token.offset)
        logprobs["token_logprobs"].append(
            None if score is None else max(score.logprob, LEAST_LOGPROB)
        )
        logprobs["tokens"].append(vocabulary.name(scored_token.token)[0])
        logprobs["top_logprobs"].append(top)
    return logprobs
