"""Sentences of an abstract. Pure text, no IO.

Robust to abbreviations (`e.g.`, `et al.`, `Fig. 3`), initials, decimals, LaTeX formulas, brackets
and Chinese full stops. The pieces are exact substrings of the text with its white space folded, so
an extract can be found again word by word.
"""

from __future__ import annotations

import re

_ABBREVIATED = """
e.g i.e al fig figs eq eqs ref refs sec secs tab vs cf dr mr mrs ms prof st approx resp ca no nos
vol pp etc viz wrt w.r.t a.k.a u.s u.k ph.d inc ltd co jr sr sp spp var subsp subst dept univ est
min max avg app ch thm lem prop def cor ed eds c.f
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_END = re.compile(r"(?<![.!?])[.!?]+[\"'”’)\]]*(?=\s)|[。！？]+[”’」』）]*")
_OPENS = re.compile(
    r"\s+[\"'“‘(\[]*[A-Z0-9$\\\u0370-\u03ff\u00c0-\u00de\u2018-\u201d\u3400-\u9fff]"
)
_GLUED = re.compile(r"\s+[a-z]+[A-Z0-9]")
_BEGINS = re.compile(r"\s+(?:We|The|This|In|Our|It|These|However|To|Here)\b")
_CLOSING = "\"'”’)]"


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text in order, without outer white space."""
    text = " ".join(text.split())
    sentences: list[str] = []
    piece = _Piece(text)
    for match in _END.finditer(text):
        piece.extend(match.end())
        if _ends_here(piece, match):
            sentences.append(text[piece.start : match.end()].strip())
            piece.restart(match.end())
    rest = text[piece.start :].strip()
    if rest:
        sentences.append(rest)
    return sentences


class _Piece:
    """What is not yet part of a sentence, up to the mark that is looked at.

    Its brackets are counted as it grows.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.last_dollar = text.rfind("$")
        self.restart(0)

    def restart(self, start: int) -> None:
        """Begin a piece where a sentence has ended."""
        self.start = self.end = start
        self.dollars = self.depth = 0
        self.last_open = -1

    def extend(self, end: int) -> None:
        """Take in the text up to a place."""
        more = self.text[self.end : end]
        self.dollars += more.count("$")
        self.depth += more.count("(") - more.count(")")
        if "(" in more:
            self.last_open = self.end + more.rfind("(")
        self.end = end

    @property
    def is_open(self) -> bool:
        """Whether a bracket opened within the piece, not too far back, is still open."""
        return self.depth > 0 and self.end - max(self.last_open, self.start - 1) < 200

    def word_before(self, mark: str) -> str:
        """Return the word that the full stop of a mark at the end follows.

        It is empty without a full stop or a word.
        """
        last = self.end - len(mark) + len(mark.rstrip(_CLOSING)) - 1
        if self.text[last] != ".":
            return ""
        first = last
        while first > self.start and not (
            self.text[first - 1].isspace() or self.text[first - 1] in "(["
        ):
            first -= 1
        return self.text[first:last]


def _ends_here(piece: _Piece, match: re.Match[str]) -> bool:
    """Tell whether a mark ends a sentence."""
    text, end = piece.text, match.end()
    if piece.dollars % 2 == 1 and piece.last_dollar >= end:
        return False
    if text[match.start()] in "。！？":
        return True
    if piece.is_open:
        return False
    if not _OPENS.match(text, end):
        return end == len(text) or bool(_GLUED.match(text, end))
    if text[match.start()] != ".":
        return True
    word = piece.word_before(match[0])
    if not word:
        return True
    last = word.lower().strip("\"'“‘")
    if last in _ABBREVIATIONS:
        return False
    is_initial = len(last) == 1 and last.isalpha() and word.isupper()
    return not is_initial or bool(_BEGINS.match(text, end))
