"""A generation as one JSON answer or as server-sent events; either way a client that leaves ends it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from nextlat.serving.errors import InternalError, RequestError
from nextlat.serving.generation.delivery import Generation
from nextlat.serving.generation.request import Finish, ScoredToken

logger = logging.getLogger("nextlat.serving")

CLIENT_LEFT = 499
"""Status noted for a request whose client has gone; nobody reads it."""


class ClientLeftError(Exception):
    """The client has closed the connection."""


@dataclass
class Answer:
    """All of one sequence.

    Attributes:
        text: generated.
        scored: its tokens, where asked for.
        prompt_scored: the prompt's, where asked for.
        finish: how it ended.
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
    request: Request, generation: Generation, count: int, first: Callable[[], None]
) -> list[Answer]:
    """Return the whole of each sequence.

    Args:
        request: of the client.
        generation: under way.
        count: how many sequences.
        first: called at the first token.

    Raises:
        RequestError: one failed.
        ClientLeftError: nobody waits any more.
    """
    answers = [Answer() for _ in range(count)]

    async def gather() -> None:
        begun = False
        async for index, delta in generation.deltas():
            if not begun:
                begun = True
                first()
            answers[index].text += delta.text
            answers[index].scored += delta.scored
            answers[index].prompt_scored += delta.prompt_scored
            answers[index].finish = delta.finish

    with generation:
        await unless_left(request.receive, gather())
    return answers


async def unless_left(receive: Receive, work: Awaitable[Any]) -> None:
    """Do work while the client stays.

    Raises:
        ClientLeftError: it has not.
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
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _until_left(receive: Receive) -> None:
    """Return when the client closes the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


class EventStream(Response):
    """Server-sent events: `data: {json}` and a blank line each, at the end `data: [DONE]`.

    Args:
        generation: under way; ended when the client leaves.
        events: what to send.
    """

    media_type = "text/event-stream"

    def __init__(self, generation: Generation, events: AsyncIterator[dict[str, Any]]) -> None:
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
            await send(
                {
                    "type": "http.response.body",
                    "body": f"data: {text}\n\n".encode(),
                    "more_body": more,
                }
            )

        try:
            async for event in self._events:
                await write(as_json(event))
        except RequestError as problem:
            await write(as_json(problem.body()))
        except Exception:
            logger.exception("a stream has failed")
            await write(as_json(InternalError("the server failed; its log has the details").body()))
        await write("[DONE]", more=False)


def as_json(value: Any) -> str:
    """Return compact JSON in one line."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def json_answer(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Return JSON as an answer."""
    return Response(as_json(value), status, headers, "application/json")


def usage(num_prompt: int, num_new: int) -> dict[str, Any]:
    """Return OpenAI's account of tokens."""
    return {
        "prompt_tokens": num_prompt,
        "completion_tokens": num_new,
        "total_tokens": num_prompt + num_new,
        "prompt_tokens_details": {"cached_tokens": 0},
    }
