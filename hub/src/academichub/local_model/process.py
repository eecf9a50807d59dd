"""A child process under guard: its log is bounded, it ends with us, its end is a message."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from academichub.local_model import process_guard
from academichub.messages import Message

MAX_LOG_BYTES = 1 << 20
"""Size at which the log is renamed to `.1`, replacing the older one; at most twice this stays."""

MAX_LINE_BYTES = 2_000
STOP_S = process_guard.GRACE_S + 1.0
_OF_MAKE = re.compile(r"make(\[\d+\])?: ")
"""make's own report of a failed step, which says less than the line before it."""


class BoundedLog:
    """Lines in a file of bounded size. A full disk loses lines and nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, line: str) -> None:
        """Append a line."""
        with suppress(OSError):
            if self._path.exists() and self._path.stat().st_size > MAX_LOG_BYTES:
                self._path.replace(self._path.with_suffix(".log.1"))
            with self._path.open("a", encoding="utf-8") as file:
                file.write(f"{line}\n")


class Child:
    """A running command; call `stop()`.

    Whatever ends this process also ends the command and all that it started.
    """

    def __init__(self, command: Sequence[str], environ: Mapping[str, str], log: BoundedLog) -> None:
        self._log = log
        self._lines: deque[str] = deque(maxlen=20)
        log.write(f"--- {' '.join(command)}")
        self._process = subprocess.Popen(
            [sys.executable, str(Path(process_guard.__file__)), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=dict(environ),
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, name="engine-output", daemon=True)
        self._reader.start()

    @property
    def is_running(self) -> bool:
        """Whether the command has not ended."""
        return self._process.poll() is None

    @property
    def line(self) -> str:
        """The last line it said; make's own lines are left out."""
        return next((line for line in reversed(self._lines) if not _OF_MAKE.match(line)), "")

    @property
    def code(self) -> int:
        """The exit code of a command that has ended."""
        return self._process.wait()

    def stop(self) -> None:
        """End the command and all that it started; asked first, killed after some seconds."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(STOP_S)
        self.sweep()

    def sweep(self) -> None:
        """Kill what a command left behind in its group, and read its last words."""
        with suppress(ProcessLookupError, PermissionError):  # macOS: a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._reader.join(2.0)
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            rest = b""
            while portion := os.read(stream.fileno(), 1 << 16):
                # A progress bar rewrites its line after \r.
                *whole, rest = re.split(rb"[\r\n]+", rest + portion)
                rest = rest[-MAX_LINE_BYTES:]
                for line in whole:
                    self._note(line)
            self._note(rest)

    def _note(self, raw: bytes) -> None:
        line = raw[:MAX_LINE_BYTES].decode("utf-8", "replace").rstrip()
        if line:
            self._log.write(line)
            self._lines.append(line)


def how_it_ended(code: int, line: str) -> Message:
    """Return how a command ended, with its last line."""
    if code > 128 and code - 128 in {number.value for number in signal.Signals}:
        name = signal.Signals(code - 128).name
        return Message.of(
            "local.killed_memory" if name == "SIGKILL" else "local.killed", signal=name
        )
    if line:
        return Message.of("local.exit_line", status=code, line=line)
    return Message.of("local.exit", status=code)
