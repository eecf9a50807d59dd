"""A local OpenAI-compatible server that behaves, and misbehaves as providers do, by a script of answers.

`server.script` holds what happens to the next chat questions, one entry each; when it is empty, `server.write` answers.
"""

from __future__ import annotations

import json
import re
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Question = dict[str, Any]
Answer = Callable[[BaseHTTPRequestHandler, Question], None]

MODELS = ("all-minilm-embed", "tiny-135m")


@dataclass
class Asked:
    """A request: its path, its headers by lower-case name, its JSON, when it came, whether its client left early."""

    path: str
    headers: dict[str, str]
    body: Question
    at: float = field(default_factory=time.monotonic)


class ModelServer:
    """The server; use it in a `with` block."""

    def __init__(
        self,
        write: Callable[[Question], str] | None = None,
        models: tuple[str, ...] = MODELS,
        port: int = 0,
    ) -> None:
        self.write = write or (lambda question: "A sentence.")
        self.models = models
        self.script: list[Answer] = []
        self.asked: list[Asked] = []
        self.gone: list[float] = []
        """When clients were found to have left before their answer."""
        self.most_at_once = 0
        self._at_once = 0
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append(Asked(self.path, _headers(self), {}))
                if self.path == "/v1/models":
                    data = [
                        {"id": one, "object": "model", "created": 0, "owned_by": "us"}
                        for one in outer.models
                    ]
                    send_json(self, {"object": "list", "data": data})
                else:
                    send_json(self, {"error": {"message": "no such path"}}, 404)

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                with outer._lock:
                    outer.asked.append(Asked(self.path, _headers(self), body))
                    outer._at_once += 1
                    outer.most_at_once = max(outer.most_at_once, outer._at_once)
                    answer = (
                        outer.script.pop(0)
                        if outer.script and self.path.endswith("completions")
                        else None
                    )
                try:
                    if answer is not None:
                        answer(self, body)
                    elif self.path == "/v1/embeddings":
                        send_json(self, embeddings(body))
                    else:
                        send_json(self, completion(outer.write(body)))
                except (BrokenPipeError, ConnectionResetError):
                    outer.gone.append(time.monotonic())
                    self.close_connection = True
                finally:
                    with outer._lock:
                        outer._at_once -= 1

            def log_message(self, *_: object) -> None:
                return None

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, *_: object) -> None:
                return None  # a client that left: what it left behind is in `gone`

        self._httpd = Quiet(("127.0.0.1", port), Handler)
        self._httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._httpd.server_port}/v1"
        threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def questions(self) -> list[Question]:
        """The chat questions that came, in order."""
        return [one.body for one in self.asked if one.path == "/v1/chat/completions"]

    def __enter__(self) -> ModelServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


def _headers(handler: BaseHTTPRequestHandler) -> dict[str, str]:
    return {name.lower(): value for name, value in handler.headers.items()}


def completion(text: str | None, finish: str = "stop", **message: Any) -> dict[str, Any]:
    """Return a chat answer."""
    said = {"role": "assistant", "content": text, **message}
    return {
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "tiny-135m",
        "choices": [{"index": 0, "message": said, "finish_reason": finish}],
        "usage": {"prompt_tokens": 20, "completion_tokens": 5, "total_tokens": 25},
    }  # fmt: skip


DIMENSIONS = 64


def embeddings(question: Question) -> dict[str, Any]:
    """Return embeddings that count words by their hash: alike for texts of like words; in reversed order, indexed."""
    rows = [
        {"object": "embedding", "index": place, "embedding": _counts(text)}
        for place, text in enumerate(question["input"])
    ]
    tokens = sum(len(text) // 4 for text in question["input"])
    usage = {"prompt_tokens": tokens, "total_tokens": tokens}
    return {"object": "list", "model": question["model"], "data": rows[::-1], "usage": usage}


def _counts(text: str) -> list[float]:
    found = [0.01] * DIMENSIONS
    for word in re.findall(r"\w+", text.lower()):
        found[zlib.crc32(word.encode()) % DIMENSIONS] += 1.0
    return found


# ---- Ways to answer --------------------------------------------------------------------------------------------------


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200, **headers: str) -> None:
    """Send an answer."""
    handler.send_response(status)
    for name, value in {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **headers,
    }.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(body)


def send_json(
    handler: BaseHTTPRequestHandler, body: Any, status: int = 200, **headers: str
) -> None:
    """Send a JSON answer."""
    send(handler, json.dumps(body).encode(), status, **headers)


def say(text: str | None, finish: str = "stop", **message: Any) -> Answer:
    """Answer with a text."""
    return lambda handler, _: send_json(handler, completion(text, finish, **message))


def status(
    code: int, message: str = "no", error: dict[str, Any] | None = None, **headers: str
) -> Answer:
    """Answer with an error."""
    body = {
        "error": {"message": message, "type": "error", "param": None, "code": None, **(error or {})}
    }
    return lambda handler, _: send_json(handler, body, code, **headers)


def raw(body: bytes, code: int = 200, **headers: str) -> Answer:
    """Answer with these bytes."""
    return lambda handler, _: send(handler, body, code, **headers)


def cut_body(handler: BaseHTTPRequestHandler, _: Question) -> None:
    """Announce a body and close after half of it."""
    body = json.dumps(completion("Half an answer")).encode()
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2])
    handler.wfile.flush()
    handler.close_connection = True


def hang_up(handler: BaseHTTPRequestHandler, _: Question) -> None:
    """Close without a word."""
    handler.close_connection = True
    handler.connection.close()


def slow(seconds: float, text: str = "Late.") -> Answer:
    """Answer after some seconds, unless the client leaves before."""

    def answer(handler: BaseHTTPRequestHandler, _: Question) -> None:
        end = time.monotonic() + seconds
        handler.connection.settimeout(0.02)
        while time.monotonic() < end:
            with suppress(TimeoutError):
                if handler.connection.recv(1) == b"":
                    raise ConnectionResetError
        handler.connection.settimeout(None)
        send_json(handler, completion(text))

    return answer


def trickle(handler: BaseHTTPRequestHandler, _: Question) -> None:
    """Send a byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", "100000")
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


def huge(size: int) -> Answer:
    """Answer with `size` bytes in chunks, their number unsaid."""

    def answer(handler: BaseHTTPRequestHandler, _: Question) -> None:
        handler.send_response(200)
        handler.send_header("content-type", "application/json")
        handler.send_header("connection", "close")
        handler.end_headers()
        for portion in _portions(size):
            handler.wfile.write(portion)
        handler.close_connection = True

    return answer


def _portions(size: int) -> Iterator[bytes]:
    for _ in range(0, size, 1 << 16):
        yield b" " * (1 << 16)
