"""Tokenising in a second process, while a large import writes the same batch.

Tokenising is a third of an import's work and needs nothing of the database. The second process runs
this module and speaks pickled frames over its own pipes: no forking of a process that has threads,
no second run of the caller's main module. Where it cannot be started, or dies, the tokens are
worked out here: the same ones, only later.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import struct
import subprocess
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import IO

from academichub.index import tokens

Texts = tuple[str, str, str, str]
"""Title, abstract, author names parted by `;`, other text of a work; or the tokens of each."""

_SIZE = struct.Struct(">Q")


def tokens_of(texts: Texts) -> Texts:
    """Return what the index stores of a work's texts."""
    title, abstract, authors, other = texts
    text = tokens.index_text
    return text(title), text(abstract), tokens.index_names(authors), text(other)


class ParallelTokeniser:
    """A second process that tokenises batch after batch; to be used in a `with` block."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._batch: list[Texts] = []
        self._sender: threading.Thread | None = None
        self._broken = (os.cpu_count() or 1) < 2  # on one core it would only be a detour

    def __enter__(self) -> ParallelTokeniser:
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            with contextlib.suppress(OSError):
                self._child.communicate(timeout=5)
            self._child.kill()
            self._child.wait()

    def ask(self, batch: Iterable[Texts]) -> None:
        """Begin to tokenise the texts of a batch.

        Answers of an earlier batch that were not taken are dropped.
        """
        self.answers()
        if self._broken:
            return
        self._batch = list(batch)
        try:
            self._child = self._child or _start()
            sender = threading.Thread(
                target=self._send, args=(pickle.dumps(self._batch),), daemon=True
            )
            sender.start()
            self._sender = sender
        except OSError:
            self._broken = True

    def answers(self) -> Mapping[Texts, Texts]:
        """Wait for the tokens of the latest batch, by its texts.

        The answer is empty where there are none.
        """
        if self._sender is None or self._child is None:
            return {}
        assert self._child.stdout is not None
        self._sender.join()
        self._sender, batch = None, self._batch
        try:
            return dict(zip(batch, _read(self._child.stdout) or [], strict=True))
        except (OSError, EOFError, ValueError, pickle.UnpicklingError):
            self._broken = True
            return {}

    def _send(self, frame: bytes) -> None:
        assert self._child is not None
        assert self._child.stdin is not None
        with contextlib.suppress(
            OSError, ValueError
        ):  # the other end is gone: reading the answer will tell
            _write(self._child.stdin, frame)


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "academichub.index.parallel_tokens"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)


def _write(stream: IO[bytes], frame: bytes) -> None:
    stream.write(_SIZE.pack(len(frame)))
    stream.write(frame)
    stream.flush()


def _read(stream: IO[bytes]) -> list[Texts] | None:
    """Return the next frame, or None at the end of the stream.

    Both ends are this program, so the frames are trusted.
    """
    head = stream.read(_SIZE.size)
    if len(head) < _SIZE.size:
        return None
    portion = stream.read(_SIZE.unpack(head)[0])
    batch: list[Texts] = pickle.loads(portion)  # noqa: S301 - our own child's pipe
    return batch


def main() -> None:
    """Answer frames of texts with frames of tokens until the input ends."""
    with contextlib.suppress(BrokenPipeError, KeyboardInterrupt):
        while (batch := _read(sys.stdin.buffer)) is not None:
            _write(sys.stdout.buffer, pickle.dumps([tokens_of(texts) for texts in batch]))


if __name__ == "__main__":
    main()
