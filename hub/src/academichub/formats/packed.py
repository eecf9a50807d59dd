"""Files as they come, plain or gzip, read with limits: a small packed file may unpack to anything.

It works on streams only.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, BinaryIO, cast

from academichub.errors import InputError
from academichub.formats.protocol import MAX_FILE_BYTES, MAX_UNPACKED_BYTES
from academichub.messages import Message

MAX_LINE_BYTES = 4 << 20
"""Longest line handed on whole; of a longer one only the beginning, one byte over the limit."""

MAX_RATIO = 200
"""Most bytes one packed byte may become; libraries pack ten to thirty to one, a bomb a thousand to
one."""

FREE_BYTES = 16 << 20
"""Unpacked bytes that may come before the ratio counts."""

_MAGIC = b"\x1f\x8b"
_BUFFER = 1 << 18


class _Again(io.RawIOBase):
    """A stream that begins with bytes already taken from it."""

    def __init__(self, head: bytes, rest: IO[bytes]) -> None:
        self._head = head
        self._rest = rest

    def readable(self) -> bool:
        return True

    # typeshed asks for any writable buffer
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        if not piece:
            piece = self._rest.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)


class _Counted:
    """A stream that knows how many bytes were read from it."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.taken = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        piece = self._stream.read(size)
        self.taken += len(piece)
        return piece


class _Unpacked(io.RawIOBase):
    """The content of a gzip stream, as long as it does not swell like a bomb."""

    def __init__(self, packed: IO[bytes]) -> None:
        self._packed = _Counted(packed)
        self._content = gzip.GzipFile(fileobj=cast(BinaryIO, self._packed))
        self._given = 0

    def readable(self) -> bool:
        return True

    # typeshed asks for any writable buffer
    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        piece = self._content.read(len(buffer))
        self._given += len(piece)
        if self._given > FREE_BYTES and self._given > MAX_RATIO * self._packed.taken:
            raise InputError(Message.of("file.swells", limit=MAX_RATIO))
        buffer[: len(piece)] = piece
        return len(piece)


def beginning(stream: IO[bytes], size: int) -> tuple[bytes, BinaryIO]:
    """Return the first bytes of a stream, and the stream from its beginning again.

    Raises:
        InputError: If the packed data are damaged.
    """
    with _stated():
        head = stream.read(size)
    return head, cast(BinaryIO, io.BufferedReader(_Again(head, stream), _BUFFER))


def unpacked(stream: IO[bytes]) -> BinaryIO:
    """Return a stream of the content, whether it is packed or not."""
    head, again = beginning(stream, len(_MAGIC))
    return cast(BinaryIO, io.BufferedReader(_Unpacked(again), _BUFFER)) if head == _MAGIC else again


def read_whole(content: IO[bytes], limit: int = MAX_FILE_BYTES) -> bytes:
    """Return the whole (unpacked) content of a stream.

    Raises:
        InputError: If it is longer than the limit (bytes), or the packed data are damaged.
    """
    pieces, size = [], 0
    with _stated():
        while piece := content.read(_BUFFER):
            size += len(piece)
            _check(size, limit)
            pieces.append(piece)
    return b"".join(pieces)


def read_lines(content: IO[bytes], limit: int = MAX_UNPACKED_BYTES) -> Iterator[bytes]:
    """Yield the lines of an (unpacked) stream, in the memory of one line.

    Raises:
        InputError: If the content is longer than the limit (bytes), or the packed data are damaged.
    """
    size = 0
    while True:
        with _stated():
            line = content.readline(MAX_LINE_BYTES + 1)
            size += len(line)
            piece = line
            while len(piece) > MAX_LINE_BYTES and not piece.endswith(b"\n") and size <= limit:
                piece = content.readline(MAX_LINE_BYTES + 1)
                size += len(piece)
        if not line:
            return
        _check(size, limit)
        yield line


def _check(size: int, limit: int) -> None:
    if size > limit:
        raise InputError(Message.of("file.unpacked_too_large", limit=limit >> 20))


@contextmanager
def _stated() -> Iterator[None]:
    """Turn the ways in which reading can fail into one error."""
    try:
        yield
    except (EOFError, zlib.error, gzip.BadGzipFile) as problem:
        raise InputError(Message.of("file.damaged", why=str(problem))) from problem
    except OSError as problem:
        raise InputError(
            Message.of("file.unreadable", why=str(problem.strerror or problem))
        ) from problem
