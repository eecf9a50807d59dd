"""Text files of evaluations, line by line: plain or gzip, with limits."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

from academichub.errors import InputError

_GZIP = b"\x1f\x8b"


def numbered_lines(
    path: Path, encoding: str, *, max_lines: int, max_chars: int
) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, line) of a file, blank lines included.

    Args:
        path: The file; gzip is known by its first bytes.
        encoding: Of the text.
        max_lines: Most lines it may have.
        max_chars: Most characters a line may have.

    Raises:
        InputError: If it cannot be read or is over a limit.
    """
    try:
        with path.open("rb") as probe:
            packed = probe.read(2) == _GZIP
        with (
            gzip.open(path, "rt", encoding=encoding)
            if packed
            else path.open(encoding=encoding) as file
        ):
            for number in range(1, max_lines + 2):
                line = file.readline(max_chars + 1)
                if not line:
                    return
                if number > max_lines or len(line) > max_chars:
                    raise InputError(
                        f"{path}:{number}: over the limit of {max_lines} lines "
                        f"of {max_chars} characters"
                    )
                yield number, line
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as problem:
        raise InputError(f"{path} cannot be read: {problem}") from problem
