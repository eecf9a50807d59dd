"""Sentences of an abstract. Pure text, no IO.

Robust to abbreviations (`e.g.`, `et al.`, `Fig. 3`), initials, decimals, LaTeX formulas, brackets and Chinese full
stops. The pieces are exact substrings of the text with its white space folded, so an extract can be found again word
by word.
"""

from __future__ import annotations

import re

_ABBREVIATED = """
e.g i.e al fig figs eq eqs ref refs sec secs tab vs cf dr mr mrs ms prof st approx resp ca no nos vol pp etc viz wrt
w.r.t a.k.a u.s u.k ph.d inc ltd co jr sr sp spp var subsp subst dept univ est min max avg app ch thm lem prop def
cor ed eds c.f
"""
_ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_END = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s)|[。！？]+[”’」』）]*")
_OPENS = re.compile(
    r"\s+[\"'“‘(\[]*[A-Z0-9$\\\u0370-\u03ff\u00c0-\u00de\u2018-\u201d\u3400-\u9fff]"
)
_LAST_WORD = re.compile(r"([^\s(\[]+)\.[\"'”’)\]]*$")


def split_sentences(text: str) -> list[str]:
    """Return the sentences of a text in order, without outer white space; an empty text has none."""
    text = " ".join(text.split())
    found: list[str] = []
    start = 0
    for match in _END.finditer(text):
        if match.end() <= start or not _ends_here(text, start, match):
            continue
        found.append(text[start : match.end()].strip())
        start = match.end()
    rest = text[start:].strip()
    if rest:
        found.append(rest)
    return found


def _ends_here(text: str, start: int, match: re.Match[str]) -> bool:
    """Tell whether a mark ends a sentence."""
    piece = text[start : match.end()]
    if piece.count("$") % 2 == 1 and "$" in text[match.end() :]:
        return False
    if text[match.start()] in "。！？":
        return True
    if _is_open(piece):
        return False
    if not _OPENS.match(text, match.end()):
        return text[match.end() :].strip() == "" or bool(
            re.match(r"\s+[a-z]+[A-Z0-9]", text[match.end() :])
        )
    if text[match.start()] != ".":
        return True
    word = _LAST_WORD.search(piece)
    if word is None:
        return True
    last = word[1].lower().strip("\"'“‘")
    if last in _ABBREVIATIONS:
        return False
    is_initial = len(last) == 1 and last.isalpha() and word[1].isupper()
    return not is_initial or bool(
        re.match(r"\s+(?:We|The|This|In|Our|It|These|However|To|Here)\b", text[match.end() :])
    )


def _is_open(piece: str) -> bool:
    """Tell whether a bracket opened within the piece, not too far back, is still open."""
    return piece.count("(") > piece.count(")") and len(piece) - piece.rfind("(") < 200
