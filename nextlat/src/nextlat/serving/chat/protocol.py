"""The JSON of chat completions: what is taken, and what an answer and a stream's chunks look like."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from nextlat.serving.errors import BadRequestError
from nextlat.serving.generation.request import Finish, ScoredToken
from nextlat.serving.generation.rules import TokenScore
from nextlat.serving.generation.vocabulary import Vocabulary
from nextlat.serving.responses import Answer, usage
from nextlat.serving.sampling_fields import MAX_TOP_LOGPROBS, SamplingFields
from nextlat.serving.settings import ServeSettings
from nextlat.serving.state import FINGERPRINT

LEAST_LOGPROB = -9999.0
"""OpenAI's stand-in for numbers JSON has no word for."""


class ContentPart(BaseModel):
    """A part of a message; text only."""

    model_config = ConfigDict(strict=True, extra="ignore")

    type: str
    text: str | None = None


class Message(BaseModel):
    """One message of a conversation."""

    model_config = ConfigDict(strict=True, extra="ignore")

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[ContentPart] | None = None
    name: str | None = None


class ChatRequest(SamplingFields):
    """The body of `POST /v1/chat/completions`."""

    messages: Annotated[list[Message], Field(min_length=1)]
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=MAX_TOP_LOGPROBS)] | None = None

    @property
    def limit(self) -> tuple[int | None, str]:
        """The most new tokens asked for, and the field that says so."""
        if self.max_completion_tokens is not None:
            return self.max_completion_tokens, "max_completion_tokens"
        return self.max_tokens, "max_tokens"

    @property
    def num_top(self) -> int | None:
        """Likeliest tokens to tell at each position, None for no log probabilities."""
        return (self.top_logprobs or 0) if self.logprobs else None

    def check(self, settings: ServeSettings) -> None:
        """See `SamplingFields.check`."""
        super().check(settings)
        if self.top_logprobs is not None and not self.logprobs:
            raise BadRequestError(
                "top_logprobs has a meaning with logprobs: true only; add it", "top_logprobs"
            )

    def conversation(self) -> list[dict[str, Any]]:
        """Return the messages as chat templates take them.

        Raises:
            BadRequestError: a part is no text.
        """
        told = []
        for number, message in enumerate(self.messages):
            content = message.content or ""
            if not isinstance(content, str):
                for part in content:
                    if part.type != "text" or part.text is None:
                        raise BadRequestError(
                            f"messages.{number}.content: a part of type {part.type[:40]!r}; this model takes text only",
                            f"messages.{number}.content",
                        )
                content = "".join(part.text or "" for part in content)
            if message.content is None and message.role != "assistant":
                raise BadRequestError(
                    f"messages.{number}.content is missing; add text", f"messages.{number}.content"
                )
            role = "system" if message.role == "developer" else message.role
            told.append(
                {
                    "role": role,
                    "content": content,
                    **({"name": message.name} if message.name else {}),
                }
            )
        return told


def completion(
    head: dict[str, Any], answers: Sequence[Answer], num_prompt: int, words: Vocabulary | None
) -> dict[str, Any]:
    """Return a whole answer.

    Args:
        head: id, created, model.
        answers: one for each choice.
        num_prompt: tokens of the prompt.
        words: names tokens, where log probabilities are asked for.
    """
    choices = [
        {
            "index": index,
            "message": {"role": "assistant", "content": answer.text, "refusal": None},
            "logprobs": _logprobs(answer.scored, words) if words else None,
            **ending(answer.ended),
        }
        for index, answer in enumerate(answers)
    ]
    return {
        **head,
        "object": "chat.completion",
        "choices": choices,
        "usage": usage(num_prompt, sum(answer.ended.num_tokens for answer in answers)),
        "system_fingerprint": FINGERPRINT,
    }


def chunk(
    head: dict[str, Any],
    index: int,
    delta: dict[str, Any],
    scored: Sequence[ScoredToken] = (),
    finish: Finish | None = None,
    words: Vocabulary | None = None,
) -> dict[str, Any]:
    """Return a part of a stream."""
    told = _logprobs(scored, words) if scored and words else None
    end = ending(finish) if finish else {"finish_reason": None}
    choice = {"index": index, "delta": delta, "logprobs": told, **end}
    return {
        **head,
        "object": "chat.completion.chunk",
        "choices": [choice],
        "system_fingerprint": FINGERPRINT,
    }


def usage_chunk(head: dict[str, Any], num_prompt: int, num_new: int) -> dict[str, Any]:
    """Return the last part of a stream that was asked to tell the usage."""
    return {
        **head,
        "object": "chat.completion.chunk",
        "choices": [],
        "usage": usage(num_prompt, num_new),
        "system_fingerprint": FINGERPRINT,
    }


def ending(finish: Finish) -> dict[str, Any]:
    """Return how a choice ended."""
    return {"finish_reason": finish.reason, "stop_reason": finish.stop_reason}


def _logprobs(scored: Sequence[ScoredToken], words: Vocabulary) -> dict[str, Any]:
    """Return OpenAI's list of tokens with log probabilities."""
    content = []
    for one in scored:
        assert isinstance(one.score, TokenScore)
        top = [_named(token, logprob, words) for token, logprob in one.score.top]
        content.append({**_named(one.token, one.score.logprob, words), "top_logprobs": top})
    return {"content": content, "refusal": None}


def _named(token: int, logprob: float, words: Vocabulary) -> dict[str, Any]:
    name, raw = words.name(token)
    return {"token": name, "logprob": max(logprob, LEAST_LOGPROB), "bytes": raw}
