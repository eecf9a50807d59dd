"""The client against real servers on loopback: limits, redirects, failures in words, nothing private contacted."""

from __future__ import annotations

import gzip
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from academichub.errors import CancelledError, SourceError
from academichub.http.client import HttpClient, Limits, pace_group, retry_after
from academichub.http.conditional import Validators
from academichub.http.guard import Guard
from academichub.http.pace import Turn

Answer = Callable[[BaseHTTPRequestHandler], None]


class FreePace:
    """No waiting; remembers which groups asked."""

    def __init__(self) -> None:
        self.groups: list[str] = []

    def slot(self, group: str, interval_s: float, cancel: object = None) -> FreePace:
        self.groups.append(group)
        return self

    def __enter__(self) -> Turn:
        return Turn()

    def __exit__(self, *_: object) -> None:
        return None

    def defer(self, group: str, seconds: float) -> None:
        raise AssertionError("not used here")


class Server:
    """Answers every path with the function registered for it, and remembers the requests."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, dict[str, str]]] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.seen.append(
                    (self.path, {name.lower(): value for name, value in self.headers.items()})
                )
                try:
                    outer.answers[self.path](self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                return None

        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.httpd.server_port}"
        threading.Thread(target=self.httpd.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.httpd.shutdown()
        self.httpd.server_close()


def reply(status: int = 200, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        told = {
            "Content-Length": str(len(body)),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        for name, value in told.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)
        if told["Content-Length"] != str(len(body)):
            handler.close_connection = True

    return answer


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


@pytest.fixture
def stranger() -> Iterator[Server]:
    running = Server()
    yield running
    running.close()


def client(server: Server, **limits: float) -> HttpClient:
    return HttpClient(
        FreePace(), Guard([server.url]), contact="me@example.org", limits=Limits(**limits)
    )


def get(server: Server, path: str = "/", **limits: float) -> bytes:
    with client(server, **limits) as asking:
        return asking.get(server.url + path, module="feed", interval_s=0).body


def failure(server: Server, path: str = "/", **limits: float) -> SourceError:
    with pytest.raises(SourceError) as caught:
        get(server, path, **limits)
    return caught.value


def test_it_says_who_asks_and_reads_the_servers_clock(server: Server) -> None:
    server.answers["/"] = reply(body=b"hello", ETag="abc")
    with client(server) as asking:
        answer = asking.get(f"{server.url}/", module="feed", interval_s=0)
    assert (answer.status, answer.body, answer.headers["etag"]) == (200, b"hello", "abc")
    assert answer.date is not None
    assert abs(answer.date.timestamp() - time.time()) < 5
    [(_, headers)] = server.seen
    assert headers["user-agent"].startswith("AcademicHub/")
    assert "me@example.org" in headers["user-agent"]
    assert headers["accept-encoding"] == "gzip, deflate"


def test_validators_go_back_as_they_came_and_304_is_an_answer(server: Server) -> None:
    server.answers["/"] = reply(304)
    with client(server) as asking:
        answer = asking.get(
            f"{server.url}/",
            module="feed",
            interval_s=0,
            validators=Validators("no-quotes", "Mon, 22 Jun 2026 04:00:02 GMT"),
        )
    assert answer.not_modified
    assert server.seen[0][1]["if-none-match"] == "no-quotes"
    assert server.seen[0][1]["if-modified-since"] == "Mon, 22 Jun 2026 04:00:02 GMT"


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_packed_bodies_are_unpacked(server: Server, encoding: str) -> None:
    body = b"some text " * 1000
    packed = gzip.compress(body) if encoding == "gzip" else zlib.compress(body)
    server.answers["/"] = reply(body=packed, Content_Encoding=encoding)
    assert get(server) == body


def test_a_zip_bomb_is_stopped_early(server: Server) -> None:
    server.answers["/"] = reply(body=gzip.compress(bytes(200 << 20), 9), Content_Encoding="gzip")
    problem = failure(server, body_bytes=1 << 20)
    assert (problem.failure, "unpacks to more than 1 MiB" in str(problem)) == ("too_large", True)


def test_a_bomb_inside_an_error_answer_is_stopped_too(server: Server) -> None:
    server.answers["/"] = reply(503, gzip.compress(bytes(50 << 20), 9), Content_Encoding="gzip")
    assert failure(server).failure == "unavailable"


def test_a_body_larger_than_allowed_is_refused_before_and_while_reading(server: Server) -> None:
    server.answers["/said"] = reply(body=b"x" * 5000)

    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        while True:
            handler.wfile.write(b"x" * 65536)

    server.answers["/endless"] = endless
    for path in ("/said", "/endless"):
        assert failure(server, path, wire_bytes=4096).failure == "too_large"


def test_a_body_shorter_than_it_says_is_truncated(server: Server) -> None:
    server.answers["/plain"] = reply(body=b"half", Content_Length="400")
    packed = gzip.compress(b"some text " * 100)
    server.answers["/packed"] = reply(body=packed[:-10], Content_Encoding="gzip")
    assert failure(server, "/plain").failure == "truncated"
    assert failure(server, "/packed").failure == "truncated"


def test_a_body_that_is_not_what_its_encoding_says(server: Server) -> None:
    server.answers["/gzip"] = reply(body=b"plain", Content_Encoding="gzip")
    server.answers["/br"] = reply(body=b"plain", Content_Encoding="br")
    assert failure(server, "/gzip").failure == "not_the_format"
    assert failure(server, "/br").failure == "not_the_format"


def test_a_dripping_body_runs_out_of_time(server: Server) -> None:
    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Connection", "close")
        handler.end_headers()
        for _ in range(200):
            handler.wfile.write(b"x")
            handler.wfile.flush()
            time.sleep(0.05)

    server.answers["/"] = drip
    problem = failure(server, total_s=0.4)
    assert (problem.failure, "was not done" in str(problem)) == ("timeout", True)


def test_a_silent_server_runs_out_of_time(server: Server) -> None:
    server.answers["/"] = lambda handler: time.sleep(1.5)
    assert failure(server, read_s=0.3).failure == "timeout"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, "bad_request"), (401, "refused"), (403, "refused"), (404, "not_found"), (410, "not_found"), (418, "bad_request"),
        (429, "rate_limited"), (451, "refused"), (500, "unavailable"), (503, "unavailable"), (504, "unavailable"), (204, "bad_request"),
    ],
)  # fmt: skip
def test_refusals_have_a_word(server: Server, status: int, expected: str) -> None:
    server.answers["/"] = reply(
        status, b"" if status == 204 else b"Rate exceeded.", Retry_After="7"
    )
    problem = failure(server)
    assert (problem.failure, problem.retry_after_s) == (expected, 7.0)
    assert f"HTTP {status}" in str(problem)


def test_a_304_nobody_asked_for_is_no_answer(server: Server) -> None:
    server.answers["/"] = reply(304)
    assert failure(server).failure == "bad_request"


def test_redirects_inside_the_base_are_followed_and_paced(server: Server) -> None:
    server.answers["/a"] = reply(302, Location="/b")
    server.answers["/b"] = reply(body=b"here")
    pace = FreePace()
    with HttpClient(pace, Guard([server.url])) as asking:
        assert (
            asking.get(f"{server.url}/a", module="arxiv_oai", interval_s=0).url == f"{server.url}/b"
        )
    assert pace.groups == ["arxiv", "arxiv"]


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/", "http://10.0.0.1/", "http://[::1]:1/", "http://localhost:1/", "http://0.0.0.0:1/",
        "http://2130706433:1/", "http://0x7f.1:1/", "http://[::ffff:127.0.0.1]:1/", "http://[64:ff9b::7f00:1]/", "http://100.64.0.1/",
        "file:///etc/passwd", "ftp://example.org/", "gopher://127.0.0.1/", "http://me:pw@127.0.0.1/", "http://224.0.0.1/",
    ],
)  # fmt: skip
def test_redirects_to_private_addresses_are_not_followed(server: Server, target: str) -> None:
    server.answers["/"] = reply(302, Location=target)
    problem = failure(server)
    assert problem.failure == "redirect_blocked"
    assert "redirects to" in str(problem)


def test_another_port_of_this_machine_receives_nothing(server: Server, stranger: Server) -> None:
    server.answers["/"] = reply(302, Location=f"{stranger.url}/inside")
    stranger.answers["/inside"] = reply(body=b"secret")
    assert failure(server).failure == "redirect_blocked"
    assert stranger.seen == []


def test_private_addresses_given_directly_are_refused_unless_they_are_a_base_url(
    stranger: Server,
) -> None:
    with (
        HttpClient(FreePace(), Guard()) as asking,
        pytest.raises(SourceError, match="not a public address"),
    ):
        asking.get(f"{stranger.url}/", module="feed", interval_s=0)
    assert stranger.seen == []


def test_a_name_that_changes_its_address_after_the_check_gains_nothing(
    stranger: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["93.184.215.14", "127.0.0.1"])
    port = stranger.httpd.server_port

    def rebinding(host: str, asked_port: int, **_: object) -> list[object]:
        return [(2, 1, 6, "", (next(answers), asked_port))]

    monkeypatch.setattr("socket.getaddrinfo", rebinding)
    with HttpClient(FreePace(), Guard()) as asking, pytest.raises(SourceError) as caught:
        asking.get(f"http://rebinding.example:{port}/", module="feed", interval_s=0)
    assert caught.value.failure == "redirect_blocked"
    assert stranger.seen == []


def test_endless_redirects_end(server: Server) -> None:
    server.answers["/"] = reply(302, Location="/")
    problem = failure(server)
    assert (problem.failure, len(server.seen)) == ("redirect_blocked", 6)


def test_nobody_there_is_unreachable_at_once(server: Server) -> None:
    server.close()
    started = time.monotonic()
    assert failure(server).failure == "unreachable"
    assert time.monotonic() - started < 5


def test_a_request_can_be_cancelled_while_it_arrives(server: Server) -> None:
    server.answers["/"] = reply(body=b"x" * 500_000)
    with client(server) as asking, pytest.raises(CancelledError):
        asking.get(f"{server.url}/", module="feed", interval_s=0, cancel=lambda: True)


def test_headers_cannot_be_smuggled_through_an_address(server: Server) -> None:
    server.answers["/a%0D%0AX-Evil:%201"] = reply(body=b"ok")
    with client(server) as asking, pytest.raises(SourceError):
        asking.get(f"{server.url}/a\r\nX-Evil: 1", module="feed", interval_s=0)
    assert all("x-evil" not in headers for _, headers in server.seen)


def test_retry_after_in_seconds_and_as_a_date() -> None:
    assert retry_after("5") == 5
    assert retry_after("99999999999999") == 86_400
    assert retry_after("soon") is None
    assert retry_after(None) is None
    assert retry_after("Mon, 22 Jun 2020 04:00:02 GMT") == 0


def test_arxiv_is_one_group_and_others_are_groups_by_host() -> None:
    assert pace_group("arxiv_oai", "https://oaipmh.arxiv.org/oai") == pace_group(
        "arxiv_query", "https://export.arxiv.org/x"
    )
    assert pace_group("feed", "https://a.example/1") != pace_group("feed", "https://b.example/1")
