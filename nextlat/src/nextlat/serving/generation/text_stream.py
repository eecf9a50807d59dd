"""Text as it grows: whole characters only, and stop strings found and held back. It knows no model and no token."""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Bytes in, text out, cut at the first stop string.

    Text that may turn out to be the start of a stop string is held back until that is decided, so what has been
    released is never taken back.

    Args:
        stops: strings that end the text, not empty.
        keep_stop: whether the text keeps the stop string.

    Attributes:
        length: characters so far, held ones among them; after a stop, of the whole text.
        released: characters given out.
        stop: the stop string that ended the text, once one has.
    """

    def __init__(self, stops: Sequence[str] = (), *, keep_stop: bool = False) -> None:
        self._stops = [stop for stop in stops if stop]
        self._keep_stop = keep_stop
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""
        self.released = 0
        self.stop: str | None = None

    @property
    def length(self) -> int:
        """Characters so far, held ones among them."""
        return self.released + len(self._held)

    def add(self, piece: bytes) -> str:
        """Return the text that is certain now."""
        return self._take(self._decoder.decode(piece))

    def end(self) -> str:
        """Return what was held back; no more comes."""
        text = self._take(self._decoder.decode(b"", final=True)) if self.stop is None else ""
        return text + self._release(len(self._held))

    def _take(self, fresh: str) -> str:
        """Add text, look for stops, release what cannot be part of one."""
        if self.stop is not None:
            return ""
        self._held += fresh
        found = [(at, stop) for stop in self._stops if (at := self._held.find(stop)) >= 0]
        if found:
            at, self.stop = min(found, key=lambda pair: (pair[0], -len(pair[1])))
            self._held = self._held[: at + len(self.stop) * self._keep_stop]
            return self._release(len(self._held))
        return self._release(len(self._held) - self._undecided())

    def _undecided(self) -> int:
        """Return the length of the longest end of the held text that starts a stop string."""
        return max((_overlap(self._held, stop) for stop in self._stops), default=0)

    def _release(self, count: int) -> str:
        text, self._held = self._held[:count], self._held[count:]
        self.released += count
        return text


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest proper start of `stop` that `text` ends with."""
    for size in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
