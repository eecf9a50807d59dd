"""The HTTP layer below the official client: only our own headers go out, and no answer is larger than the limit.

The official client reads keys, organisations and headers for another service from the environment; whatever it found
there, only the headers named here leave this machine, and the key only if the settings hold one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2

from academichub import __version__

MAX_ANSWER_BYTES = 32 << 20
CONNECT_S = 10.0

_HEADERS = ("host", "content-type", "content-length", "accept")


class AnswerTooLargeError(Exception):
    """An answer is larger than the limit, or packed, so that its size cannot be known."""


class BoundedTransport(httpx2.AsyncBaseTransport):
    """Sends the headers named above, and cuts an answer that is too large.

    Args:
        key: The API key; None for none.
        limit: Bytes of an answer.
        inner: What sends; a plain connection pool where None.
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
        kept = [(name, request.headers[name]) for name in _HEADERS if name in request.headers]
        kept += [("user-agent", f"academichub/{__version__}"), ("accept-encoding", "identity")]
        if self._key:
            kept.append(("authorization", f"Bearer {self._key}"))
        request.headers = httpx2.Headers(kept)
        response = await self._inner.handle_async_request(request)
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
