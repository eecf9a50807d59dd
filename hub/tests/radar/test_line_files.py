"""Lines of evaluation files: plain and gzip alike, within limits."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from academichub.errors import InputError
from academichub.radar.line_files import numbered_lines


def lines(path: Path, encoding: str = "utf-8", most: int = 3, chars: int = 6) -> list[str]:
    return [line for _, line in numbered_lines(path, encoding, max_lines=most, max_chars=chars)]


@pytest.mark.parametrize("packed", [False, True])
def test_lines_are_numbered_and_blank_ones_count(tmp_path: Path, packed: bool) -> None:
    path, content = tmp_path / "lines", "één\n\nzwei\n".encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    rows = list(numbered_lines(path, "utf-8", max_lines=3, max_chars=6))
    assert rows == [(1, "één\n"), (2, "\n"), (3, "zwei\n")]


def test_limits_are_those_given(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    path.write_text("12345\n" * 3)
    assert len(lines(path)) == 3
    with pytest.raises(InputError, match=":3: over the limit of 2 lines of 6 characters"):
        lines(path, most=2)
    with pytest.raises(InputError, match=":1: over the limit of 3 lines of 5 characters"):
        lines(path, chars=5)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    for content in (b"\xff\xfe", gzip.compress(b"x" * 500)[:-12]):
        path.write_bytes(content)
        with pytest.raises(InputError, match="lines cannot be read: "):
            lines(path, "ascii", chars=1000)
    with pytest.raises(InputError, match="absent cannot be read: "):
        lines(tmp_path / "absent")
