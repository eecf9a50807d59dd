"""What a query lacks that was typed only in part: a closing quote or bracket, a word, a value.

The parser takes any text as a reader means it, which is right for a search that is read at once. A
standing query is stored, and half of one would order every day by something that was never meant.
Pure text.
"""

from __future__ import annotations

import re

from academichub.index.query_syntax import FIELDS
from academichub.messages import Message

_SIGNS = str.maketrans("“”„«»「」『』（）：＂", '"""""""""():"')
_UMLAUT = re.compile(r'\\"(?=[A-Za-z{\\])')
_PHRASE = re.compile(r'"[^"]*"')
_PIECE = re.compile(r"\(|\)|[^\s()]+")
_JOINING = ("OR", "||", "|", "AND", "&&")
_FIELD = re.compile(rf"(?:{'|'.join(map(re.escape, FIELDS))}):", re.IGNORECASE)


def gap_in(text: str) -> Message | None:
    """Return what a query lacks; None where it is whole."""
    plain = _UMLAUT.sub("", text.translate(_SIGNS))
    if plain.count('"') % 2:
        return Message.of("query_gap.quote", text=text)
    pieces = _PIECE.findall(_PHRASE.sub(" phrase ", plain))
    opened, closed = pieces.count("("), pieces.count(")")
    if opened != closed:
        if opened > closed:
            return Message.of("query_gap.closing", text=text)
        return Message.of("query_gap.opening", text=text)
    return _gap_between(pieces, text)


def _gap_between(pieces: list[str], text: str) -> Message | None:
    """Return which word or value is missing beside an operator or a field."""
    before = ["(", *pieces]
    after = [*pieces, ")"]
    for left, piece, right in zip(before, pieces, after[1:], strict=False):
        is_joining = piece in _JOINING
        ends = right == ")" or right in _JOINING
        if is_joining and left == "(":
            return Message.of("query_gap.before", text=text, operator=piece)
        if ends and (is_joining or piece == "NOT"):
            return Message.of("query_gap.after", text=text, operator=piece)
        if piece == "-" and right == ")":
            return Message.of("query_gap.after", text=text, operator=piece)
        if ends and _FIELD.fullmatch(piece):
            return Message.of("query_gap.value", text=text, field=piece)
    return None
