"""Text as it grows: whole characters only, ended by stop strings.

It knows nothing of models and tokens.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence


class TextStream:
    """Bytes in, text out, cut at the first stop string.

    Text that may turn out to be the start of a stop string is held back until that is decided, so
    that text once released never has to be taken back.

    Args:
        stops: strings that end the text, not empty.
        keep_stop: whether the text keeps the stop string.

    Attributes:
        length: characters so far, those held back included; after a stop, of the whole text.
        released: number of characters returned so far.
        stop: the stop string that ended the text, once one has.
    """

    def __init__(self, stops: Sequence[str] = (), *, keep_stop: bool = False) -> None:
        self._stops = [stop for stop in stops if stop]
        self._keep_stop = keep_stop
        # A token may end within a character: its bytes wait for those of the next.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held_back = ""
        self.released = 0
        self.stop: str | None = None

    @property
    def length(self) -> int:
        """Characters so far, those held back included."""
        return self.released + len(self._held_back)

    def add(self, piece: bytes) -> str:
        """Return the text that is certain now."""
        return self._take(self._decoder.decode(piece))

    def end(self) -> str:
        """Return what was held back; nothing may be added afterwards."""
        text = self._take(self._decoder.decode(b"", final=True)) if self.stop is None else ""
        return text + self._release(len(self._held_back))

    def _take(self, text: str) -> str:
        """Add text, look for stops, release what cannot be part of one."""
        if self.stop is not None:
            return ""
        self._held_back += text
        starts = [(self._held_back.find(stop), stop) for stop in self._stops]
        matches = [(start, stop) for start, stop in starts if start >= 0]
        if matches:
            # The earliest match ends the text; of several at one place, the longest.
            start, self.stop = min(matches, key=lambda match: (match[0], -len(match[1])))
            self._held_back = self._held_back[: start + len(self.stop) * self._keep_stop]
            return self._release(len(self._held_back))
        return self._release(len(self._held_back) - self._undecided())

    def _undecided(self) -> int:
        """Return the length of the longest end of the text held back that starts a stop string."""
        return max((_overlap(self._held_back, stop) for stop in self._stops), default=0)

    def _release(self, count: int) -> str:
        text, self._held_back = self._held_back[:count], self._held_back[count:]
        self.released += count
        return text


def _overlap(text: str, stop: str) -> int:
    """Return the length of the longest proper start of `stop` that `text` ends with."""
    for size in range(min(len(text), len(stop) - 1), 0, -1):
        if text.endswith(stop[:size]):
            return size
    return 0
