"""Bytes on the wire: framing, broken bodies, clients that leave, and many of them at once."""

from __future__ import annotations

import contextlib
import gc
import json
import random
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from running_server import Running, read_answer, running, wait_until

from nextlat.serving import request_body
from nextlat.serving.generation.prefill import ReadContext
from nextlat.serving.loading import load_state
from nextlat.serving.server import PatientProtocol
from nextlat.serving.settings import ServeSettings

CHAT, COMPLETIONS = "/v1/chat/completions", "/v1/completions"
LONG: dict[str, Any] = {
    "prompt": "the cat",
    "max_tokens": 240,
    "ignore_eos": True,
    "temperature": 0,
}


def http_post(path: str, body: bytes, *headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: x", "Content-Type: application/json", *headers]
    if not any(
        header.lower().startswith(("content-length", "transfer-encoding")) for header in headers
    ):
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status_of(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def test_the_framing_of_a_stream(drafting: Running) -> None:
    body = json.dumps(
        {
            "messages": [{"role": "user", "content": "the"}],
            "stream": True,
            "max_tokens": 5,
            "seed": 1,
        }
    ).encode()
    answer = drafting.raw(http_post(CHAT, body, "Connection: close"))
    head, _, chunked = answer.partition(b"\r\n\r\n")
    assert b"content-type: text/event-stream; charset=utf-8" in head.lower()
    assert b"cache-control: no-cache" in head.lower()
    text = b""
    while chunked:
        size, _, rest = chunked.partition(b"\r\n")
        text += rest[: int(size, 16)]
        assert rest[int(size, 16) :][:2] == b"\r\n"
        chunked = rest[int(size, 16) + 2 :]
    blocks = text.split(b"\n\n")
    assert blocks[-2:] == [b"data: [DONE]", b""]
    chunks = [json.loads(block.removeprefix(b"data: ")) for block in blocks[:-2]]
    assert chunks[0]["choices"][0]["delta"] == {"role": "assistant", "content": ""}
    assert all(part["object"] == "chat.completion.chunk" for part in chunks)
    assert len({part["id"] for part in chunks}) == 1
    assert [part["choices"][0]["finish_reason"] for part in chunks] == [None] * (
        len(chunks) - 1
    ) + ["length"]


def test_a_chunked_body(drafting: Running) -> None:
    body = json.dumps({"prompt": "the", "max_tokens": 1}).encode()
    parts = [body[:7], body[7:20], body[20:]]
    chunked = (
        b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in parts) + b"0\r\n\r\n"
    )
    answer = drafting.raw(http_post(COMPLETIONS, chunked, "Transfer-Encoding: chunked"))
    assert status_of(answer) == 200


def test_two_requests_on_one_connection(drafting: Running) -> None:
    body = json.dumps({"prompt": "the", "max_tokens": 1}).encode()
    with drafting.connect() as connection:
        for expected_status, sent in ((200, body), (400, b"{"), (200, body)):
            connection.sendall(http_post(COMPLETIONS, sent))
            assert status_of(read_answer(connection)) == expected_status


@pytest.fixture(scope="module")
def small(folders: dict[str, Path]) -> Any:
    """A server with tight limits."""
    settings = ServeSettings(
        port=0, max_body_bytes=100_000, body_seconds=0.4, max_active=2, max_queued=3
    )
    with running(load_state(str(folders["tiny"]), settings, folders["encoder"], 2)) as server:
        yield server


def test_a_body_too_large_is_a_413(small: Running) -> None:
    huge = b'{"prompt": "' + b"a" * 200_000 + b'"}'
    answer = small.raw(http_post(COMPLETIONS, huge))
    assert status_of(answer) == 413
    assert b"100000 bytes" in answer
    chunked = b"".join(b"4000\r\n" + b"a" * 0x4000 + b"\r\n" for _ in range(10)) + b"0\r\n\r\n"
    answer = small.raw(http_post(COMPLETIONS, chunked, "Transfer-Encoding: chunked"))
    assert status_of(answer) == 413
    assert status_of(small.raw(http_post(COMPLETIONS, b"", "Content-Length: 99999999999"))) == 413
    status, headers, _ = small.request(
        "POST", COMPLETIONS, b"a" * 20_000_000
    )  # sends all before it reads
    assert (status, headers["connection"]) == (413, "close")


def test_a_slow_sender_of_too_much_learns_why_it_is_refused(small: Running) -> None:
    """It sends all before it reads, for longer than a pause may last; closing meanwhile would reset
    the connection."""
    body = b"a" * 4_000_000
    with small.connect() as connection:
        connection.sendall(http_post(COMPLETIONS, b"", f"Content-Length: {len(body)}"))
        for start in range(0, len(body), 500_000):
            time.sleep(request_body.DISCARD_PAUSE_SECONDS / 6)
            connection.sendall(body[start : start + 500_000])
        assert status_of(read_answer(connection)) == 413


def test_a_connection_that_ended_is_let_go_of(drafting: Running) -> None:
    """Not only when its patience would have ended: thousands a minute would pile up."""
    for _ in range(10):
        assert drafting.post(COMPLETIONS, {"prompt": "the", "max_tokens": 1})[0] == 200

    def ended() -> list[PatientProtocol]:
        gc.collect()
        connections = [
            candidate for candidate in gc.get_objects() if type(candidate) is PatientProtocol
        ]
        return [connection for connection in connections if connection.transport.is_closing()]

    wait_until(lambda: not ended())


def test_a_body_half_sent_is_a_408(small: Running) -> None:
    answer = small.raw(http_post(COMPLETIONS, b'{"prompt"', "Content-Length: 500"))
    assert status_of(answer) == 408
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["code"] == "request_timeout"
    with small.connect() as connection:
        connection.sendall(http_post(COMPLETIONS, b'{"prompt"', "Content-Length: 500"))
    assert small.request("GET", "/health")[0] == 200


def test_what_is_no_http(small: Running) -> None:
    assert status_of(small.raw(b"hello\r\n\r\n")) == 400
    assert status_of(small.raw(b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n")) in (400, 414, 431)
    assert small.request("GET", "/health")[0] == 200


def start_stream(server: Running, body: dict[str, Any] = LONG) -> socket.socket:
    """Begin a stream and wait for its first event."""
    connection = server.connect()
    connection.sendall(http_post(COMPLETIONS, json.dumps({**body, "stream": True}).encode()))
    data = b""
    while b"data: " not in data:
        data += connection.recv(65536)
    return connection


def test_leaving_a_stream_frees_its_place(drafting: Running) -> None:
    before = drafting.metric("nextlat:sequences_total", outcome="cancelled")
    start_stream(drafting).close()
    drafting.wait_idle()
    assert drafting.metric("nextlat:sequences_total", outcome="cancelled") == before + 1


def test_leaving_before_the_answer_frees_its_place(drafting: Running) -> None:
    before = drafting.metric("nextlat:sequences_total", outcome="cancelled")
    with drafting.connect() as connection:
        connection.sendall(http_post(COMPLETIONS, json.dumps({**LONG, "n": 3}).encode()))
        wait_until(lambda: drafting.metric("nextlat:num_requests_running") > 0)
    drafting.wait_idle()
    assert drafting.metric("nextlat:sequences_total", outcome="cancelled") == before + 3


def test_a_full_queue_is_a_429_and_drains(small: Running) -> None:
    open_streams = [start_stream(small) for _ in range(2)]
    answers: list[tuple[int, dict[str, str]]] = []

    def ask() -> None:
        status, headers, _ = small.request("POST", COMPLETIONS, {**LONG, "max_tokens": 40})
        answers.append((status, headers))

    threads = [threading.Thread(target=ask) for _ in range(9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    for stream in open_streams:
        stream.close()
    statuses = [status for status, _ in answers]
    assert len(statuses) == 9
    assert set(statuses) == {200, 429}
    assert all(headers["retry-after"].isdigit() for status, headers in answers if status == 429)
    assert small.post(COMPLETIONS, {"prompt": "the", "max_tokens": 1})[0] == 200
    status, value = small.post(COMPLETIONS, {"prompt": "the", "n": 4, "max_tokens": 1})
    assert status == 400
    assert "4 sequences" in value["error"]["message"]


def test_an_error_inside_a_stream(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = load_state(str(folders["tiny"]), ServeSettings(port=0), folders["encoder"], 2)
    with running(state) as server:
        stream = start_stream(server)
        monkeypatch.setattr(type(state.text.model.trunk), "logits", broken)
        rest = read_answer(stream)
        stream.close()
        monkeypatch.undo()
        events = [line for line in rest.split(b"\n") if line.startswith(b"data: ")]
        assert events[-1] == b"data: [DONE]"
        assert json.loads(events[-2][6:])["error"]["type"] == "server_error"
        assert server.metric("nextlat:sequences_total", outcome="error") == 1
        assert server.post(COMPLETIONS, {"prompt": "the", "max_tokens": 1})[0] == 200


def test_a_fault_of_the_server_is_a_500_in_the_usual_shape(
    folders: dict[str, Path], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    state = load_state(str(folders["tiny"]), ServeSettings(port=0), folders["encoder"], 2)
    with running(state) as server:
        monkeypatch.setattr(type(state.text.model.vocabulary), "encode", broken)
        status, value = server.post(COMPLETIONS, {"prompt": "the"})
        assert status == 500
        assert value["error"]["type"] == "server_error"
        assert "made to fail" not in value["error"]["message"]
        wait_until(lambda: "made to fail" in caplog.text)
        assert server.metric("nextlat:http_requests_total", route=COMPLETIONS, status="500") == 1


def test_a_client_that_leaves_is_no_fault(
    drafting: Running, caplog: pytest.LogCaptureFixture
) -> None:
    before = drafting.metric("nextlat:http_requests_total", route=COMPLETIONS, status="499")
    start_stream(drafting).close()
    with drafting.connect() as connection:
        connection.sendall(http_post(COMPLETIONS, json.dumps({**LONG, "n": 3}).encode()))
        wait_until(lambda: drafting.metric("nextlat:num_requests_running") > 0)
    wait_until(
        lambda: (
            drafting.metric("nextlat:http_requests_total", route=COMPLETIONS, status="499")
            == before + 2
        )
    )
    assert caplog.text == ""


def broken(*_: object, **__: object) -> None:
    raise RuntimeError("made to fail by a test")


def test_stopping_ends_open_streams_quickly(folders: dict[str, Path]) -> None:
    state = load_state(str(folders["tiny"]), ServeSettings(port=0), folders["encoder"], 2)
    with running(state) as server:
        stream = start_stream(server, {**LONG, "n": 4})
        began = time.monotonic()
    with contextlib.closing(stream):
        rest = read_answer(stream)
    assert time.monotonic() - began < 5
    assert b"shutting down" in rest
    assert b"data: [DONE]" in rest


def memory_kb() -> int:
    gc.collect()
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))


def misbehave(server: Running, dice: random.Random) -> int | None:
    """Do one of many things; return the status where one is owed."""
    kind = dice.randrange(7)
    short = {
        "prompt": "the cat " * dice.randrange(1, 20),
        "max_tokens": dice.randrange(1, 6),
        "seed": dice.randrange(99),
    }
    if kind == 0:
        return server.post(COMPLETIONS, short)[0]
    if kind == 1:
        return server.request("POST", COMPLETIONS, {**short, "stream": True})[0]
    if kind == 2:
        return server.post(CHAT, {"messages": dice.choice([None, 5, [], [{}]])})[0]
    if kind == 3:
        return server.post(CHAT, dice.randbytes(dice.randrange(200)))[0]
    if kind == 4:
        return server.post("/v1/embeddings", {"input": ["the cat"] * dice.randrange(1, 9)})[0]
    with server.connect() as connection:
        sent = http_post(COMPLETIONS, json.dumps({**LONG, "stream": kind == 5}).encode())
        connection.sendall(sent[: dice.randrange(len(sent) // 2, len(sent) + 1)])
        if dice.random() < 0.5:
            time.sleep(0.01)
    return None


@pytest.mark.slow
def test_hundreds_of_requests_leave_nothing_behind(drafting: Running) -> None:
    dice = random.Random(0)

    def storm(count: int) -> list[int | None]:
        return [misbehave(drafting, dice) for _ in range(count)]

    storm(60)
    drafting.wait_idle()
    before, threads = memory_kb(), threading.active_count()
    statuses = storm(200)
    drafting.wait_idle()
    assert memory_kb() - before < 20_000
    assert threading.active_count() <= threads + 2
    assert {status for status in statuses if status is not None} == {200, 400}
    assert drafting.request("GET", "/health")[0] == 200


def test_no_cache_outlives_its_sequence(drafting: Running) -> None:
    """Also without the collector of cycles, which may come late while caches are large."""
    drafting.wait_idle()
    gc.collect()
    gc.disable()
    try:
        drafting.post(
            COMPLETIONS, {"prompt": "the cat", "n": 3, "max_tokens": 5, "echo": True, "logprobs": 1}
        )
        drafting.post(
            CHAT, {"messages": [{"role": "user", "content": "the"}], "stop": "e", "max_tokens": 40}
        )
        drafting.request("POST", COMPLETIONS, {**LONG, "max_tokens": 5, "stream": True})
        start_stream(drafting, {**LONG, "n": 3}).close()
        drafting.wait_idle()
        wait_until(
            lambda: (
                not [candidate for candidate in gc.get_objects() if type(candidate) is ReadContext]
            )
        )
    finally:
        gc.enable()


def test_many_at_once_are_all_answered(drafting: Running) -> None:
    statuses: list[int | None] = []

    def ask(seed: int) -> None:
        dice = random.Random(seed)
        statuses.extend(misbehave(drafting, dice) for _ in range(10))

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert len(statuses) == 120
    assert {status for status in statuses if status is not None} <= {200, 400, 429}
    drafting.wait_idle()
