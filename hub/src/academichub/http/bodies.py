"""Reading a body within limits: on the wire, unpacked, in time. Pure streams, no sockets."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from academichub.errors import SourceError

_PORTION = 1 << 16


def unpack(portions: Iterable[bytes], encoding: str, *, limit: int, url: str) -> Iterator[bytes]:
    """Yield the unpacked body in small portions, never more than `limit` bytes in all.

    Args:
        portions: The body as it comes.
        encoding: The Content-Encoding: empty, `identity`, `gzip`, `x-gzip` or `deflate`.
        limit: Most unpacked bytes.
        url: For messages.

    Raises:
        SourceError: `too_large`, `truncated` (the packed stream has no end) or `not_the_format`.
    """
    if encoding in ("", "identity"):
        yield from portions
        return
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise SourceError(
            "not_the_format",
            f"{url} answers in the encoding {encoding!r}, which was not asked for",
            url=url,
        )
    wbits = zlib.MAX_WBITS | (0 if encoding == "deflate" else 16)
    machine, left, begun = zlib.decompressobj(wbits), limit, False
    for portion in portions:
        waiting = portion
        begun = begun or bool(portion)
        while waiting and not machine.eof:
            try:
                out = machine.decompress(waiting, min(_PORTION, left + 1))
            except zlib.error as problem:
                raise SourceError(
                    "not_the_format", f"{url} says {encoding} but is not: {problem}", url=url
                ) from problem
            left -= len(out)
            if left < 0:
                raise SourceError(
                    "too_large",
                    f"{url} unpacks to more than {limit >> 20} MiB; it was not read on",
                    url=url,
                )
            yield out
            waiting = machine.unconsumed_tail
    if begun and not machine.eof:
        raise SourceError("truncated", f"{url} ends in the middle of its packed body", url=url)
