"""The JSON of answers to chat completions, whole and as events of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NotRequired

from typing_extensions import TypedDict

from nextlat.serving.generation.request import Finish, FinishReason, ScoredToken
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.openapi import described
from nextlat.serving.responses import LEAST_LOGPROB, Answer, AnswerHead, Usage, usage
from nextlat.serving.state import FINGERPRINT


@described
class TokenLogprob(TypedDict):
    """A token with its log probability under the model, before temperature and filters."""

    token: str
    """Its text; `bytes:` and escapes where its bytes are not whole characters."""
    logprob: float
    """In nats; -9999 where the model rules the token out."""
    bytes: list[int]
    """The bytes of its text."""


@described
class ChosenTokenLogprob(TokenLogprob):
    """A generated token, and the likeliest tokens at its position."""

    top_logprobs: list[TokenLogprob]
    """Likeliest first."""


@described
class ChatLogprobs(TypedDict):
    """Log probabilities of generated tokens, in order."""

    content: list[ChosenTokenLogprob]
    refusal: None
    """Always null."""


@described
class AssistantMessage(TypedDict):
    """The model's answer."""

    role: Literal["assistant"]
    content: str
    refusal: None
    """Always null."""


@described
class ChatChoice(TypedDict):
    """One of the `n` answers."""

    index: int
    message: AssistantMessage
    logprobs: ChatLogprobs | None
    """Null unless requested."""
    finish_reason: FinishReason
    """`stop` at a stop or at the end of the text, `length` at the limit of tokens."""
    stop_reason: str | int | None
    """The stop string or stop token id that ended the text; null at its own end."""


@described
class ChatCompletion(TypedDict):
    """The whole answer to a conversation."""

    id: str
    created: int
    """Seconds since 1970."""
    model: str
    object: Literal["chat.completion"]
    choices: list[ChatChoice]
    usage: Usage
    system_fingerprint: str
    """Name and version of the server."""


@described
class ChatDelta(TypedDict, total=False):
    """What an event adds to the message; empty where the choice only ends."""

    role: Literal["assistant"]
    """In a choice's first event only."""
    content: str
    """More text."""


@described
class ChatChunkChoice(TypedDict):
    """What an event adds to a choice."""

    index: int
    delta: ChatDelta
    logprobs: ChatLogprobs | None
    """Of the tokens whose text the event adds; null unless requested."""
    finish_reason: FinishReason | None
    """Null until the choice ends."""
    stop_reason: NotRequired[str | int | None]
    """As in a whole answer; in the choice's last event only."""


@described
class ChatCompletionChunk(TypedDict):
    """An event of a streamed answer."""

    id: str
    """The same in all events of a stream."""
    created: int
    """Seconds since 1970."""
    model: str
    object: Literal["chat.completion.chunk"]
    choices: list[ChatChunkChoice]
    """One choice, or none in the event with the usage."""
    usage: NotRequired[Usage]
    """In the last event, where `stream_options.include_usage` requests it."""
    system_fingerprint: str
    """Name and version of the server."""


def chat_completion(
    head: AnswerHead, answers: Sequence[Answer], num_prompt: int, vocabulary: Vocabulary | None
) -> ChatCompletion:
    """Return a whole answer.

    Args:
        head: of the answer.
        answers: one for each choice.
        num_prompt: tokens of the prompt.
        vocabulary: names tokens; None where no log probabilities are requested.
    """
    return {
        "id": head.id,
        "created": head.created,
        "model": head.model,
        "object": "chat.completion",
        "choices": [_choice(index, answer, vocabulary) for index, answer in enumerate(answers)],
        "usage": usage(num_prompt, sum(answer.ended.num_tokens for answer in answers)),
        "system_fingerprint": FINGERPRINT,
    }


def _choice(index: int, answer: Answer, vocabulary: Vocabulary | None) -> ChatChoice:
    return {
        "index": index,
        "message": {"role": "assistant", "content": answer.text, "refusal": None},
        "logprobs": _logprobs(answer.scored, vocabulary) if vocabulary else None,
        "finish_reason": answer.ended.reason,
        "stop_reason": answer.ended.stop_reason,
    }


def chat_chunk(
    head: AnswerHead,
    index: int,
    delta: ChatDelta,
    scored: Sequence[ScoredToken] = (),
    finish: Finish | None = None,
    vocabulary: Vocabulary | None = None,
) -> ChatCompletionChunk:
    """Return an event of a stream.

    Args:
        head: of the answer.
        index: number of the choice.
        delta: what is added to its message.
        scored: tokens whose text is added.
        finish: how the choice ended, in its last event.
        vocabulary: names tokens; None where no log probabilities are requested.
    """
    choice: ChatChunkChoice = {
        "index": index,
        "delta": delta,
        "logprobs": _logprobs(scored, vocabulary) if scored and vocabulary else None,
        "finish_reason": finish.reason if finish else None,
    }
    if finish:
        choice["stop_reason"] = finish.stop_reason
    return {
        "id": head.id,
        "created": head.created,
        "model": head.model,
        "object": "chat.completion.chunk",
        "choices": [choice],
        "system_fingerprint": FINGERPRINT,
    }


def usage_chunk(head: AnswerHead, num_prompt: int, num_new: int) -> ChatCompletionChunk:
    """Return the event with the usage, the last of a stream."""
    return {
        "id": head.id,
        "created": head.created,
        "model": head.model,
        "object": "chat.completion.chunk",
        "choices": [],
        "usage": usage(num_prompt, num_new),
        "system_fingerprint": FINGERPRINT,
    }


def _logprobs(scored: Sequence[ScoredToken], vocabulary: Vocabulary) -> ChatLogprobs:
    """Return OpenAI's list of tokens with log probabilities."""
    content: list[ChosenTokenLogprob] = []
    for scored_token in scored:
        score = scored_token.score
        assert score is not None  # only the first token of a prompt has none
        chosen = _named(scored_token.token, score.logprob, vocabulary)
        top = [_named(token, logprob, vocabulary) for token, logprob in score.top]
        content.append({**chosen, "top_logprobs": top})
    return {"content": content, "refusal": None}


def _named(token: int, logprob: float, vocabulary: Vocabulary) -> TokenLogprob:
    name, raw = vocabulary.name(token)
    return {"token": name, "logprob": max(logprob, LEAST_LOGPROB), "bytes": raw}
