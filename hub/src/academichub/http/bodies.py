"""Reading a body within limits: on the wire, unpacked, in time. Pure streams, no sockets."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from academichub.errors import SourceError
from academichub.messages import Message

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
            Message.of("http.encoding", url=url, encoding=encoding),
            url=url,
        )
    left = limit
    try:
        for out in _decompressed(portions, encoding, url):
            left -= len(out)
            if left < 0:
                too_large = Message.of("http.unpacks_too_large", url=url, limit=limit >> 20)
                raise SourceError("too_large", too_large, url=url)
            yield out
    except zlib.error as problem:
        why = Message.of("http.bad_packing", url=url, encoding=encoding, why=str(problem))
        raise SourceError("not_the_format", why, url=url) from problem


def _decompressed(portions: Iterable[bytes], encoding: str, url: str) -> Iterator[bytes]:
    """Yield what a packed body holds, at most `_PORTION` bytes at a time.

    A body of a few kilobytes can unpack to gigabytes, so each step is bounded and the caller may
    stop between two.

    Raises:
        SourceError: `truncated` if the packed stream has no end.
        zlib.error: If it is not packed so.
    """
    wbits = zlib.MAX_WBITS | (0 if encoding == "deflate" else 16)
    machine, begun = zlib.decompressobj(wbits), False
    for portion in portions:
        waiting = portion
        begun = begun or bool(portion)
        while waiting and not machine.eof:
            yield machine.decompress(waiting, _PORTION)
            waiting = machine.unconsumed_tail
    # An empty body is whole whatever its headers say: a 304 may carry the header without one.
    if begun and not machine.eof:
        raise SourceError("truncated", Message.of("http.packed_cut", url=url), url=url)
