"""The body of `POST /v1/chat/completions`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from nextlat.serving.errors import BadRequestError
from nextlat.serving.sampling_fields import MAX_TOP_LOGPROBS, NESTED, SamplingFields
from nextlat.serving.settings import ServeSettings


class ContentPart(BaseModel):
    """A part of a message. Parts of other types than `text` are answered 400."""

    model_config = NESTED

    type: str
    """Only `text` is supported."""
    text: str | None = None
    """Required where `type` is `text`."""


class Message(BaseModel):
    """A message of a conversation."""

    model_config = NESTED

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    """Who speaks; `developer` is read as `system`."""
    content: str | list[ContentPart] | None = None
    """The text, whole or in parts; only an assistant's may be null, which is read as empty."""
    name: str | None = None
    """Passed on to the model's chat template."""


class ChatRequest(SamplingFields):
    """A conversation to answer."""

    messages: Annotated[list[Message], Field(min_length=1)]
    """The conversation so far."""
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    """The most tokens to generate; by default 1024, or what the model's length leaves."""
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    """The older name of `max_completion_tokens`, which takes precedence."""
    logprobs: bool | None = None
    """Whether to return log probabilities of the generated tokens."""
    top_logprobs: Annotated[int, Field(ge=0, le=MAX_TOP_LOGPROBS)] | None = None
    """The likeliest alternatives to return at each position; allowed with `logprobs` only."""

    @property
    def limit(self) -> tuple[int | None, str]:
        """The most new tokens requested, and the field that names them."""
        if self.max_completion_tokens is not None:
            return self.max_completion_tokens, "max_completion_tokens"
        return self.max_tokens, "max_tokens"

    @property
    def num_top(self) -> int | None:
        """Likeliest tokens to return at each position; None for no log probabilities."""
        return (self.top_logprobs or 0) if self.logprobs else None

    def check(self, settings: ServeSettings) -> None:
        """See `SamplingFields.check`."""
        super().check(settings)
        if self.top_logprobs is not None and not self.logprobs:
            raise BadRequestError(
                "top_logprobs has a meaning with logprobs: true only; add it", "top_logprobs"
            )

    def conversation(self) -> list[dict[str, str]]:
        """Return the messages as chat templates take them.

        Raises:
            BadRequestError: a part of a message is not text.
        """
        conversation = []
        for number, message in enumerate(self.messages):
            role = "system" if message.role == "developer" else message.role
            turn = {"role": role, "content": _text(message, f"messages.{number}.content")}
            if message.name:
                turn["name"] = message.name
            conversation.append(turn)
        return conversation


def _text(message: Message, param: str) -> str:
    """Return the text of a message, its parts joined."""
    if message.content is None:
        if message.role != "assistant":
            raise BadRequestError(f"{param} is missing; add text", param)
        return ""
    if isinstance(message.content, str):
        return message.content
    texts = []
    for part in message.content:
        if part.type != "text" or part.text is None:
            raise BadRequestError(
                f"{param}: a part of type {part.type[:40]!r}; this model takes text only", param
            )
        texts.append(part.text)
    return "".join(texts)
