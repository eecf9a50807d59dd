"""The HTTP layer below the client: which headers leave, and where an answer ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping

import httpx2
import pytest

from academichub.llm.transport import AnswerTooLargeError, BoundedTransport

URL = "https://model.example/v1/chat"


class Portions(httpx2.AsyncByteStream):
    """A body in portions that notes whether it was closed."""

    def __init__(self, portions: list[bytes]) -> None:
        self._portions = portions
        self.is_closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for portion in self._portions:
            yield portion

    async def aclose(self) -> None:
        self.is_closed = True


class Endpoint(httpx2.AsyncBaseTransport):
    """Answers every request with a body, and remembers the headers it got."""

    def __init__(self, portions: list[bytes], headers: Mapping[str, str] | None = None) -> None:
        self.stream = Portions(portions)
        self.headers = headers or {}
        self.received: dict[str, str] = {}

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        self.received = dict(request.headers)
        return httpx2.Response(200, headers=self.headers, stream=self.stream)


def answer(endpoint: Endpoint, *, limit: int = 10, key: str | None = None) -> bytes:
    """Send a request with headers of another service, and return the body."""

    async def ask() -> bytes:
        request = httpx2.Request(
            "POST",
            URL,
            json={"a": 1},
            headers={"X-Stainless-OS": "Linux", "Authorization": "Bearer other", "Cookie": "c"},
        )
        response = await BoundedTransport(key, limit, endpoint).handle_async_request(request)
        return await response.aread()

    return asyncio.run(ask())


def test_only_named_headers_leave_and_a_key_only_from_the_settings() -> None:
    endpoint = Endpoint([b"x"])
    answer(endpoint)
    assert set(endpoint.received) <= {
        "host", "content-type", "content-length", "accept", "user-agent", "accept-encoding",
    }  # fmt: skip
    assert endpoint.received["accept-encoding"] == "identity"
    assert endpoint.received["user-agent"].startswith("academichub/")
    answer(endpoint, key="secret")
    assert endpoint.received["authorization"] == "Bearer secret"


@pytest.mark.parametrize("portions", [[b"x" * 10], [b"x" * 4, b"x" * 6], [b""], []])
def test_an_answer_up_to_the_limit_is_read_whole(portions: list[bytes]) -> None:
    assert answer(Endpoint(portions)) == b"".join(portions)


@pytest.mark.parametrize("portions", [[b"x" * 11], [b"x" * 10, b"x"]])
def test_a_longer_answer_ends_with_an_error_whatever_it_declares(portions: list[bytes]) -> None:
    with pytest.raises(AnswerTooLargeError):
        answer(Endpoint(portions))
    with pytest.raises(AnswerTooLargeError):
        answer(Endpoint(portions, {"content-length": "1"}))


@pytest.mark.parametrize(
    "headers",
    [
        {"content-length": "11"},
        {"content-length": "9" * 400},
        {"content-encoding": "gzip"},
        {"content-encoding": " BR "},
    ],
)
def test_an_answer_declared_too_large_or_packed_is_closed_unread(headers: dict[str, str]) -> None:
    endpoint = Endpoint([b"x"], headers)
    with pytest.raises(AnswerTooLargeError):
        answer(endpoint)
    assert endpoint.stream.is_closed


@pytest.mark.parametrize("headers", [{"content-encoding": "identity"}, {"content-length": "ten"}])
def test_odd_headers_of_a_plain_answer_do_no_harm(headers: dict[str, str]) -> None:
    assert answer(Endpoint([b"x"], headers)) == b"x"
