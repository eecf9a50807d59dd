"""The end of the server: SIGTERM ends the process whatever a request is doing."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import stuck_hub

from academichub.web.server import GRACE_S, LIMIT_S

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("command", "requests"), [("serve", 0), ("run", 2)])
def test_sigterm_ends_the_hub_whatever_a_request_does(
    tmp_path: Path, command: str, requests: int
) -> None:
    environ = {
        **os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "ACADEMICHUB_HOME": str(tmp_path),
        "ACADEMICHUB_SOURCES__ENABLED": "[]", "ACADEMICHUB_ENGINE__ENABLED": "false",
    }  # fmt: skip
    program = [sys.executable, stuck_hub.__file__, command, "--port", "0"]
    clients: list[socket.socket] = []
    with subprocess.Popen(program, env=environ, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr
            address = re.search(r"http://127\.0\.0\.1:(\d+)/", process.stderr.readline())
            assert address
            port = int(address[1])
            for _ in range(requests):
                clients.append(socket.create_connection(("127.0.0.1", port), timeout=30))
                clients[-1].sendall(
                    f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
                )
            with socket.create_connection(
                ("127.0.0.1", port), timeout=30
            ) as other:  # the requests are being answered
                other.sendall(
                    f"GET /static/none HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
                )
                assert other.recv(12) == b"HTTP/1.1 404"
            process.send_signal(signal.SIGTERM)
            said = process.communicate(timeout=LIMIT_S + 20)[1]
        finally:
            process.kill()
            for client in clients:
                client.close()
    assert process.returncode == 0, said
    assert (f"requests still being answered: {requests}" in said) == (requests > 0), said
    assert GRACE_S < LIMIT_S
