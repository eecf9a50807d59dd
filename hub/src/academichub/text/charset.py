"""Bytes of a library file as text: which encoding they are in. Pure, no IO.

Most exports are UTF-8, but Windows reference managers and old Chinese ones write UTF-16, GBK
and Windows-1252. The order: byte order mark, UTF-8, UTF-16 without mark (zero bytes on one side),
GB18030 if its characters come in pairs as Chinese text does, else Windows-1252. A file that is
UTF-8 but for a few lines is read line by line.
"""

from __future__ import annotations

import codecs
import re

from academichub.text.characters import storable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_GBK_WORD = re.compile(rb"(?:[\xa1-\xfe][\xa1-\xfe])+")
_SAMPLE = 1 << 16


def decode_text(data: bytes) -> str:
    r"""Return a file's text, without byte order mark, with `\n` line ends.

    Never raises: every byte means something.
    """
    text = storable(_decode(data))
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode(data: bytes) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            marked = data[len(mark) :]
            text = _utf8(marked) if encoding == "utf-8" else None
            return marked.decode(encoding, "replace") if text is None else text
    if encoding := _utf16_without_mark(data):
        return data.decode(encoding, "replace")
    if (text := _utf8(data)) is not None:
        return text
    if _mostly_utf8(data):
        return "".join(_decode_line(line) for line in data.splitlines(keepends=True))
    return _legacy(data)


def _utf16_without_mark(data: bytes) -> str:
    """Tell UTF-16 by its zero bytes, which are on one side only.

    ASCII is half of any library file's characters.
    """
    sample = data[: _SAMPLE & ~1]
    zeros_even, zeros_odd, half = sample[::2].count(0), sample[1::2].count(0), len(sample) // 2
    if half and zeros_odd > half * 0.4 and zeros_even < half * 0.05:
        return "utf-16-le"
    if half and zeros_even > half * 0.4 and zeros_odd < half * 0.05:
        return "utf-16-be"
    return ""


def _mostly_utf8(data: bytes) -> bool:
    """Whether far more bytes form UTF-8 characters than do not."""
    text = data.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    good = sum(1 for ch in text if ch > "\x7f") - broken
    return good > 10 * broken


def _decode_line(line: bytes) -> str:
    text = _utf8(line)
    return _legacy(line) if text is None else text


def _utf8(data: bytes) -> str | None:
    """Return UTF-8 as text, also where a letter's halves are two sequences; else None."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return None


def _legacy(data: bytes) -> str:
    """Decode GB18030 or Windows-1252.

    Chinese comes in runs of byte pairs, accents are bytes that stand alone.
    """
    runs = _HIGH_RUN.findall(data)
    pairs = sum(len(run) for run in runs if _GBK_WORD.fullmatch(run))
    if pairs * 2 > sum(map(len, runs)):
        try:
            return data.decode("gb18030")
        except UnicodeDecodeError:
            pass
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")
