"""A generation as one JSON response or as server-sent events; both end when the client leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from typing_extensions import TypedDict

from nextlat.serving.errors import InternalError, RequestError
from nextlat.serving.generation.delivery import Generation
from nextlat.serving.generation.request import Finish, ScoredToken
from nextlat.serving.openapi import described

logger = logging.getLogger("nextlat.serving")

CLIENT_LEFT = 499
"""Status counted for a request whose client has left, as nginx does; it is never sent."""

LEAST_LOGPROB = -9999.0
"""OpenAI's stand-in for a log probability of minus infinity, which JSON cannot express."""


class ClientLeftError(Exception):
    """The client has closed the connection."""


@described
class PromptTokensDetails(TypedDict):
    """How the prompt's tokens were read."""

    cached_tokens: int
    """Tokens taken from a cache; always 0, for prompts are not cached between requests."""


@described
class Usage(TypedDict):
    """The number of tokens a request has used."""

    prompt_tokens: int
    """Tokens of all prompts, each counted once whatever `n` is."""
    completion_tokens: int
    """Generated tokens of all choices, the one that ended each text included."""
    total_tokens: int
    """Both together."""
    prompt_tokens_details: PromptTokensDetails


@dataclass(frozen=True)
class AnswerHead:
    """What a response and all events of a stream begin with.

    Attributes:
        id: of this answer.
        created: seconds since 1970.
        model: public name of the model.
    """

    id: str
    created: int
    model: str

    @classmethod
    def new(cls, prefix: str, model: str) -> AnswerHead:
        """Return the head of a new answer, with a random id behind the prefix."""
        return cls(f"{prefix}-{uuid.uuid4().hex}", int(time.time()), model)


@dataclass
class Answer:
    """All that one sequence has generated.

    Attributes:
        text: generated.
        scored: its tokens, where log probabilities were requested.
        prompt_scored: the prompt's tokens, where they were requested for the prompt too.
        finish: how it ended; None until then.
    """

    text: str = ""
    scored: list[ScoredToken] = field(default_factory=list)
    prompt_scored: list[ScoredToken] = field(default_factory=list)
    finish: Finish | None = None

    @property
    def ended(self) -> Finish:
        """How it ended."""
        assert self.finish is not None
        return self.finish


async def collect(
    request: Request, generation: Generation, count: int, on_first_token: Callable[[], None]
) -> list[Answer]:
    """Return the whole answer of each sequence.

    Args:
        request: of the client.
        generation: under way.
        count: number of sequences.
        on_first_token: called at the first token of any sequence.

    Raises:
        RequestError: a sequence failed.
        ClientLeftError: the client has closed the connection.
    """
    answers = [Answer() for _ in range(count)]

    async def gather() -> None:
        has_begun = False
        async for index, delta in generation.deltas():
            if not has_begun:
                has_begun = True
                on_first_token()
            answers[index].text += delta.text
            answers[index].scored += delta.scored
            answers[index].prompt_scored += delta.prompt_scored
            answers[index].finish = delta.finish

    with generation:
        await unless_left(request.receive, gather())
    return answers


async def unless_left(receive: Receive, work: Awaitable[None]) -> None:
    """Do work while the client stays connected.

    Raises:
        ClientLeftError: it has closed the connection; the work was cancelled.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_until_left(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientLeftError
        await working
    finally:
        for task in (working, leaving):
            task.cancel()
        # Cancelling only requests the end; waiting for it keeps no task behind the request's end.
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _until_left(receive: Receive) -> None:
    """Return when the client closes the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


class EventStream(Response):
    """Server-sent events: a line `data: {json}` and a blank line each, at last `data: [DONE]`.

    Args:
        generation: under way; it is cancelled when the client leaves.
        events: JSON values to send.
    """

    media_type = "text/event-stream"

    def __init__(self, generation: Generation, events: AsyncIterator[object]) -> None:
        # nginx would otherwise collect events before it passes them on.
        super().__init__(headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._generation = generation
        self._events = events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the events."""
        with self._generation, contextlib.suppress(ClientLeftError):
            await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
            await unless_left(receive, self._send_all(send))

    async def _send_all(self, send: Send) -> None:
        async def write(text: str, more: bool = True) -> None:
            body = f"data: {text}\n\n".encode()
            await send({"type": "http.response.body", "body": body, "more_body": more})

        # The status is sent already, so that an error can only be an event.
        try:
            async for event in self._events:
                await write(as_json(event))
        except RequestError as problem:
            await write(as_json(problem.body()))
        except Exception:
            logger.exception("a stream has failed")
            await write(as_json(InternalError("the server failed; its log has the details").body()))
        await write("[DONE]", more=False)


def as_json(value: object) -> str:
    """Return compact JSON in one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an HTTP response with a JSON body."""
    return Response(as_json(value), status, headers, "application/json")


def usage(num_prompt: int, num_new: int) -> Usage:
    """Return OpenAI's account of tokens."""
    return {
        "prompt_tokens": num_prompt,
        "completion_tokens": num_new,
        "total_tokens": num_prompt + num_new,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
