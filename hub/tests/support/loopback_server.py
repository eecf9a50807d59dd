"""A web server on loopback for tests: answers registered by path, every request remembered with its time of arrival."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Seen:
    """A request: its path with the query, its headers by lower-case name, when it came (monotonic seconds)."""

    path: str
    headers: dict[str, str] = field(default_factory=dict)
    at: float = 0.0


class LoopbackServer:
    """Answers each path with what is registered for it, or with `fallback`; 404 where neither is there."""

    def __init__(self, fallback: Answer | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.seen: list[Seen] = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.seen.append(Seen(self.path, headers, time.monotonic()))
                answer = (
                    outer.answers.get(self.path) or fallback or reply(404, b"Resource not found.")
                )
                try:
                    answer(self)
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                return None

        self._httpd = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._httpd.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._httpd.server_port}"
        threading.Thread(target=self._httpd.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> LoopbackServer:
        return self

    def __exit__(self, *_: object) -> None:
        self._httpd.shutdown()
        self._httpd.server_close()


def reply(status: int = 200, body: bytes = b"", headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer with a status, headers and a body of the right length."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer
