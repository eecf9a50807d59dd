"""The hub's only way of asking another machine.

It sends GET requests: guarded, paced, bounded in size and time, identified.

Asks once; asking again is the caller's decision (gathering/asker.py), because it costs the other
side. Redirects are followed by hand: each hop is checked by the guard and waits for its turn like
any request.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from urllib.parse import urljoin, urlsplit

import httpcore2
import httpx2

from academichub import __version__
from academichub.errors import CancelledError, SourceError
from academichub.http.bodies import unpack
from academichub.http.conditional import Validators
from academichub.http.guard import Guard, GuardedBackend, UnknownNameError
from academichub.http.pace import Pace, Turn
from academichub.messages import Message
from academichub.sources import SOURCES
from academichub.text.moments import moment, retry_after

_FAILURE_OF_STATUS = {
    400: "bad_request",
    401: "refused",
    403: "refused",
    404: "not_found",
    410: "not_found",
    429: "rate_limited",
    451: "refused",
}
_REDIRECTS = (301, 302, 303, 307, 308)
_BROKEN_OFF = (httpcore2.NetworkError, httpcore2.TimeoutException, httpcore2.ProtocolError)


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one request: sizes in bytes, times in seconds."""

    wire_bytes: int = 32 << 20
    body_bytes: int = 96 << 20
    total_s: float = 120.0
    connect_s: float = 10.0
    read_s: float = 30.0
    redirects: int = 5
    error_bytes: int = 4096

    @property
    def timeouts(self) -> dict[str, float]:
        """The bounds of single steps, as httpcore names them."""
        return {
            "connect": self.connect_s,
            "read": self.read_s,
            "write": self.read_s,
            "pool": self.connect_s,
        }


@dataclass(frozen=True, slots=True)
class Response:
    """An answer with status 200, or 304 where validators were given.

    Attributes:
        url: Where it came from in the end.
        headers: By lower-case name.
        date: The server's own clock, where it tells it.
    """

    status: int
    url: str
    headers: Mapping[str, str]
    body: bytes
    date: datetime | None = None

    @property
    def not_modified(self) -> bool:
        """Whether nothing changed since the validators were given."""
        return self.status == 304


class HttpClient:
    """Asks; to be used from one thread at a time, and closed.

    Args:
        pace: Who may ask when.
        guard: Which addresses may be contacted.
        contact: A mail address for the User-Agent; empty for none.
        limits: Bounds of a request.
    """

    def __init__(
        self, pace: Pace, guard: Guard, *, contact: str = "", limits: Limits | None = None
    ) -> None:
        self._pace = pace
        self._guard = guard
        self._limits = limits or Limits()
        self._server_date: datetime | None = None
        about = f"mailto:{contact}" if contact else "self-hosted literature hub"
        self._headers = {
            "User-Agent": f"AcademicHub/{__version__} ({about})",
            "Accept-Encoding": "gzip, deflate",
        }
        self._pool = httpcore2.ConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=4,
            keepalive_expiry=20.0,
            network_backend=GuardedBackend(guard),
        )

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        where: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._pool.close()

    def get(
        self,
        url: str,
        *,
        module: str,
        interval_s: float,
        headers: Mapping[str, str] | None = None,
        validators: Validators | None = None,
        cancel: Callable[[], bool] | None = None,
        before_redirect: Callable[[str], None] | None = None,
    ) -> Response:
        """Return the answer to a GET.

        Args:
            url: The address.
            module: The source that asks; the arXiv modules share one pace, others keep one for each
                host.
            interval_s: Least seconds between the starts of two requests of the pace's group.
            headers: More request headers.
            validators: Make the request conditional.
            cancel: Asked between portions and while waiting.
            before_redirect: Called with each address a redirect leads to; may raise SourceError to
                stop there.

        Raises:
            SourceError: If no answer is usable; `failure` and message say why, `url` which
                address failed.
            CancelledError: If `cancel` returns true.
        """
        self._server_date = None
        try:
            return self._followed(
                url, module, interval_s, headers, validators, cancel, before_redirect
            )
        except SourceError as problem:
            problem.server_date = self._server_date
            raise

    def _followed(
        self,
        url: str,
        module: str,
        interval_s: float,
        headers: Mapping[str, str] | None,
        validators: Validators | None,
        cancel: Callable[[], bool] | None,
        before_redirect: Callable[[str], None] | None,
    ) -> Response:
        """Ask an address and those it redirects to."""
        self._guard.check_url(url)
        sent = {
            **self._headers,
            **(headers or {}),
            **(validators.request_headers if validators else {}),
        }
        deadline = time.monotonic() + self._limits.total_s
        address, came_from = url, ""
        for _ in range(self._limits.redirects + 1):
            with self._pace.slot(pace_group(module, address), interval_s, cancel) as turn:
                answer = self._once(
                    address, sent, turn, time.monotonic() + self._limits.total_s, cancel
                )
            if not isinstance(answer, str):
                return answer
            came_from, address = address, answer
            self._check_redirect(address, came_from)
            if time.monotonic() > deadline:
                break
            if before_redirect is not None:
                before_redirect(address)
        raise SourceError(
            "redirect_blocked",
            Message.of("http.too_many_redirects", url=url, limit=self._limits.redirects),
            url=url,
        )

    def _check_redirect(self, address: str, came_from: str) -> None:
        # A public server may point at a private address, so each hop is checked like the first.
        self._guard.check_url(address, redirected_from=came_from)
        if urlsplit(address).scheme == "http" and urlsplit(came_from).scheme == "https":
            raise SourceError(
                "redirect_blocked", Message.of("http.not_http", url=came_from), url=came_from
            )

    def _once(
        self,
        url: str,
        headers: Mapping[str, str],
        turn: Turn,
        deadline: float,
        cancel: Callable[[], bool] | None,
    ) -> Response | str:
        """Ask one address; return the answer, or the address it redirects to."""
        try:
            request = httpx2.Request("GET", url, headers=dict(headers))
            extensions = {"timeout": self._limits.timeouts}
            with self._pool.stream(
                "GET", str(request.url), headers=request.headers.raw, extensions=extensions
            ) as stream:
                turn.reached()
                answer_headers = _headers(stream.headers)
                # Kept also where the answer fails: the pause a refusal asks for counts from it.
                self._server_date = moment(answer_headers.get("date", ""))
                if stream.status in _REDIRECTS and "location" in answer_headers:
                    return _joined(url, answer_headers["location"])
                portions = self._portions(stream, url, answer_headers, deadline, cancel)
                return self._response(stream.status, url, request, answer_headers, portions)
        except _BROKEN_OFF as problem:
            raise _failure(problem, url) from problem
        except (httpx2.InvalidURL, httpcore2.UnsupportedProtocol, ssl.SSLError) as problem:
            raise SourceError(
                "bad_request",
                Message.of("http.cannot_ask", url=url[:200], why=str(problem)),
                url=url[:200],
            ) from problem

    def _response(
        self,
        status: int,
        url: str,
        request: httpx2.Request,
        answer_headers: Mapping[str, str],
        portions: Iterator[bytes],
    ) -> Response:
        """Return an answer that is not a redirect; raise SourceError unless it is 200 or a 304."""
        # A 304 to a request without validators is a server's fault: there is nothing to keep.
        is_conditional = not request.headers.keys().isdisjoint(
            ("if-none-match", "if-modified-since")
        )
        if status == 304 and is_conditional:
            return Response(304, url, answer_headers, b"", self._server_date)
        if status != 200:
            raise self._refusal(status, url, answer_headers, portions)
        limit = self._limits.body_bytes
        body = b"".join(unpack(portions, _encoding(answer_headers), limit=limit, url=url))
        return Response(200, url, answer_headers, body, self._server_date)

    def _portions(
        self,
        stream: httpcore2.Response,
        url: str,
        answer_headers: Mapping[str, str],
        deadline: float,
        cancel: Callable[[], bool] | None,
    ) -> Iterator[bytes]:
        limit, came = self._limits.wire_bytes, 0
        announced_length = answer_headers.get("content-length", "")
        too_large = Message.of("http.too_large", url=url, limit=limit >> 20)
        if announced_length.isdecimal() and int(announced_length[:18]) > limit:
            raise SourceError("too_large", too_large, url=url)
        for portion in stream.iter_stream():
            came += len(portion)
            if came > limit:
                raise SourceError("too_large", too_large, url=url)
            if cancel is not None and cancel():
                raise CancelledError(Message.of("http.cancelled"))
            if time.monotonic() > deadline:
                raise SourceError(
                    "timeout",
                    Message.of("http.too_slow", url=url, bytes=came, seconds=self._limits.total_s),
                    url=url,
                )
            yield portion

    def _refusal(
        self, status: int, url: str, answer_headers: Mapping[str, str], portions: Iterator[bytes]
    ) -> SourceError:
        failure = _FAILURE_OF_STATUS.get(status, "unavailable" if status >= 500 else "bad_request")
        words = self._error_text(url, answer_headers, portions)
        # A page of HTML says nothing in its first words that a reader could use.
        message = (
            Message.of("http.status_text", url=url, status=status, text=words[:200])
            if words and not words.startswith("<")
            else Message.of("http.status", url=url, status=status)
        )
        wait = retry_after(
            answer_headers.get("retry-after"), moment(answer_headers.get("date", ""))
        )
        if wait is not None:
            message = Message.of("http.status_pause", answer=message, seconds=wait)
        problem = SourceError(failure, message, url=url, retry_after_s=wait)
        problem.add_note(words)
        return problem

    def _error_text(
        self, url: str, answer_headers: Mapping[str, str], portions: Iterator[bytes]
    ) -> str:
        """Return what a refusal says; empty where its body fails, for the status is the news."""
        try:
            unpacked = unpack(portions, _encoding(answer_headers), limit=1 << 20, url=url)
            error_body = b"".join(_first(unpacked, self._limits.error_bytes))
        except (SourceError, *_BROKEN_OFF):
            return ""
        return " ".join(error_body.decode("utf-8", "replace").split())


def pace_group(module: str, url: str) -> str:
    """Return whom a request burdens: the group of the source (all of arXiv), else one host."""
    source = SOURCES.get(module)
    return source.group.name if source and source.group else (urlsplit(url).hostname or "")[:80]


def _joined(url: str, location: str) -> str:
    """Return the address a redirect leads to."""
    try:
        return urljoin(url, location)
    except ValueError as problem:  # such as an unclosed bracket of an IPv6 host
        raise SourceError(
            "redirect_blocked",
            Message.of("http.redirect_not_an_address", url=url, location=location[:200]),
            url=url,
        ) from problem


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in raw:
        key = name.decode("latin-1").lower()
        text = value.decode("latin-1")
        joined[key] = f"{joined[key]}, {text}" if key in joined else text
    return joined


def _encoding(answer_headers: Mapping[str, str]) -> str:
    return answer_headers.get("content-encoding", "").strip().lower()


def _first(portions: Iterator[bytes], limit: int) -> Iterator[bytes]:
    for portion in portions:
        yield portion[:limit]
        limit -= len(portion)
        if limit <= 0:
            return


def _failure(problem: Exception, url: str) -> SourceError:
    reason = str(problem) or type(problem).__name__
    if isinstance(problem, httpcore2.TimeoutException):
        return SourceError("timeout", Message.of("http.no_answer", url=url), url=url)
    if isinstance(problem, UnknownNameError):
        unknown = Message.of("http.unknown_name", url=url, host=problem.host)
        return SourceError("unreachable", unknown, url=url)
    if isinstance(problem, httpcore2.ConnectError):
        return SourceError(
            "unreachable", Message.of("http.unreachable", url=url, why=reason), url=url
        )
    if isinstance(problem, httpcore2.RemoteProtocolError) and "without sending complete" in reason:
        return SourceError("truncated", Message.of("http.cut", url=url), url=url)
    if isinstance(problem, httpcore2.NetworkError):
        return SourceError(
            "unreachable", Message.of("http.broken_off", url=url, why=reason), url=url
        )
    return SourceError(
        "not_the_format", Message.of("http.not_speaking", url=url, why=reason), url=url
    )
