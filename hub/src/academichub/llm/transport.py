"""The HTTP layer below the official client: it sends our own headers only and limits answers.

The official client reads keys, organisations and headers for another service from the environment.
Whatever it finds there, only the headers named here are sent, and a key only if the settings have
one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from academichub import __version__

MAX_ANSWER_BYTES = 32 << 20
"""Largest answer that is read."""

CONNECT_S = 10.0

_HEADERS = ("host", "content-type", "content-length", "accept")


class AnswerTooLargeError(Exception):
    """An answer is larger than the limit, or compressed, so that its size is unknown."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Sends only the headers named above, and stops an answer that is too large.

    Args:
        key: The API key, or None.
        limit: Largest answer in bytes.
        inner: The transport that sends requests; None means a plain connection pool.
    """

    def __init__(
        self,
        key: str | None,
        limit: int = MAX_ANSWER_BYTES,
        inner: httpx2.AsyncBaseTransport | None = None,
    ):
        self._key = key
        self._limit = limit
        self._inner = inner or httpx2.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request."""
        headers = [(name, request.headers[name]) for name in _HEADERS if name in request.headers]
        headers += [("user-agent", f"academichub/{__version__}"), ("accept-encoding", "identity")]
        if self._key:
            headers.append(("authorization", f"Bearer {self._key}"))
        request.headers = httpx2.Headers(headers)
        response = await self._inner.handle_async_request(request)
        # A compressed answer could grow without bound when unpacked, so only plain ones are read.
        packed = response.headers.get("content-encoding", "identity").strip().lower()
        declared = response.headers.get("content-length", "0")
        if packed not in ("", "identity") or (
            declared.isdecimal() and int(declared[:18]) > self._limit
        ):
            await response.aclose()
            raise AnswerTooLargeError(f"more than {self._limit >> 20} MB, or packed")
        assert isinstance(response.stream, httpx2.AsyncByteStream)
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream, self._limit),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close every connection."""
        await self._inner.aclose()


class _Bounded(httpx2.AsyncByteStream):
    """A stream that raises AnswerTooLargeError once it is over the limit."""

    def __init__(self, inner: httpx2.AsyncByteStream, limit: int) -> None:
        self._inner, self._limit = inner, limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        left = self._limit
        async for portion in self._inner:
            left -= len(portion)
            if left < 0:
                raise AnswerTooLargeError(f"more than {self._limit >> 20} MB")
            yield portion

    async def aclose(self) -> None:
        await self._inner.aclose()
