"""Streams, plain or packed, and their limits."""

from __future__ import annotations

import gzip
import io
import random
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.errors import InputError
from academichub.formats.packed import (
    FREE_BYTES,
    MAX_LINE_BYTES,
    beginning,
    read_lines,
    read_whole,
    unpacked,
)


@given(st.binary(max_size=200), st.integers(0, 50), st.booleans())
def test_a_stream_reads_the_same_after_a_look_at_its_beginning(
    data: bytes, size: int, packed: bool
) -> None:
    plain = data if not data.startswith(b"\x1f\x8b") else b"x" + data
    head, content = beginning(unpacked(io.BytesIO(gzip.compress(plain) if packed else plain)), size)
    assert head == plain[:size]
    assert read_whole(content) == plain


@given(st.binary(max_size=200))
def test_lines_join_to_the_content(data: bytes) -> None:
    assert b"".join(read_lines(io.BytesIO(data))) == data


@pytest.mark.parametrize(
    "damage",
    [
        lambda data: data[:-9],
        lambda data: data[:20] + b"\xff" * 20 + data[40:],
        lambda data: data[:2],
    ],
)
def test_damaged_packed_files_are_refused(damage: object) -> None:
    packed = gzip.compress(bytes(range(256)) * 50)
    assert callable(damage)
    for read in (read_whole, lambda content: list(read_lines(content))):
        with pytest.raises(InputError, match="damaged or cut off"):
            read(unpacked(io.BytesIO(damage(packed))))


def test_a_bomb_is_stopped_at_the_limit_in_little_memory() -> None:
    bomb = io.BytesIO(gzip.compress(bytes(64 << 20), 9))
    tracemalloc.start()
    with pytest.raises(InputError, match="more than 8 MiB"):
        read_whole(unpacked(bomb), limit=8 << 20)
    bomb.seek(0)
    with pytest.raises(InputError, match="more than 8 MiB"):
        list(read_lines(unpacked(bomb), limit=8 << 20))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 << 20


def test_a_bomb_is_stopped_by_how_it_swells() -> None:
    bomb = gzip.compress(b"\n" * (FREE_BYTES + (1 << 20)), 9)
    with pytest.raises(InputError, match="swells to over 200 times"):
        read_whole(unpacked(io.BytesIO(bomb)))


def test_a_library_that_packs_well_is_read_whole() -> None:
    line = (
        b'{"id": "2601.00001", "title": "'
        + bytes(random.Random(1).choices(b"abcdefgh ", k=300))
        + b'"}\n'
    )
    data = b"".join(b"%d %s" % (number, line) for number in range(60_000))
    assert len(data) > FREE_BYTES
    assert read_whole(unpacked(io.BytesIO(gzip.compress(data)))) == data


class Broken(io.BytesIO):
    """A file on a disk that fails half-way."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell():
            raise OSError(5, "Input/output error")
        return super().read(size)


@pytest.mark.parametrize("data", [b"a" * 99, gzip.compress(bytes(range(256)) * 9)])
def test_a_failing_disk_is_said(data: bytes) -> None:
    with pytest.raises(InputError, match="cannot be read to its end: Input/output error"):
        read_whole(beginning(unpacked(Broken(data)), 10)[1])


def test_a_long_line_is_cut_and_the_next_is_whole() -> None:
    lines = list(read_lines(io.BytesIO(b"a\n" + b"x" * (2 * MAX_LINE_BYTES) + b"\nb\n")))
    assert [line[:1] for line in lines] == [b"a", b"x", b"b"]
    assert len(lines[1]) == MAX_LINE_BYTES + 1
    assert lines[2] == b"b\n"
