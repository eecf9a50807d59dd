"""A real server on loopback in a thread of the test, and a bare client for its bytes."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nextlat.serving.server import Server, bind, url_of
from nextlat.serving.state import ServerState


@dataclass
class Running:
    """A running server.

    Attributes:
        url: without /v1.
        port: of it.
        state: behind it.
    """

    url: str
    port: int
    state: ServerState

    def request(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and JSON (or text) of one exchange."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if data is not None:
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, data, headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        finally:
            connection.close()
        told = {name.lower(): value for name, value in answer.getheaders()}
        is_json = told.get("content-type", "").startswith("application/json")
        return answer.status, told, json.loads(text) if is_json else text

    def post(self, path: str, body: Any, **headers: str) -> tuple[int, Any]:
        """Return status and JSON of a POST."""
        status, _, value = self.request("POST", path, body, **headers)
        return status, value

    def connect(self) -> socket.socket:
        """Return a bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)

    def raw(self, data: bytes, *, timeout: float = 20) -> bytes:
        """Send bytes, return all that comes until the server closes or has answered in full."""
        with self.connect() as connection:
            connection.settimeout(timeout)
            connection.sendall(data)
            return read_answer(connection)

    def metric(self, name: str, **labels: str) -> float:
        """Return a counter's value, 0 where it has none."""
        return self.state.metrics.registry.get_sample_value(name, labels) or 0.0

    def wait_idle(self, seconds: float = 10) -> None:
        """Wait until no sequence runs or waits."""
        wait_until(
            lambda: (
                self.metric("nextlat:num_requests_running")
                + self.metric("nextlat:num_requests_waiting")
                == 0
            ),
            seconds,
        )


def wait_until(true: Any, seconds: float = 10) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "the condition never held"
        time.sleep(0.01)


def read_answer(connection: socket.socket) -> bytes:
    """Return one answer's bytes."""
    data = b""
    while True:
        try:
            part = connection.recv(65536)
        except (TimeoutError, ConnectionResetError):
            return data
        data += part
        if not part or data.endswith(b"0\r\n\r\n"):
            return data
        head, blank, body = data.partition(b"\r\n\r\n")
        if blank:
            lengths = [
                line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
            ]
            if lengths and len(body) >= int(lengths[0].split(b":")[1]):
                return data


@contextlib.contextmanager
def running(state: ServerState) -> Iterator[Running]:
    """Serve meanwhile."""
    with bind(state.settings) as listener:
        server = Server(state)
        thread = threading.Thread(target=server.run_on, args=(listener,))
        url, port = url_of(listener), listener.getsockname()[1]
        thread.start()
        try:
            wait_until(lambda: server.started)
            if state.embeddings is not None:
                wait_until(lambda: state.embeddings.status != "loading", 30)  # type: ignore[union-attr]
            yield Running(url, port, state)
        finally:
            server.ask_to_stop()
            thread.join(20)
            assert not thread.is_alive(), "the server does not stop"
