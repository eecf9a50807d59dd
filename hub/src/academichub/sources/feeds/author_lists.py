"""Author names as journals write them in feeds, in the order in which they are read aloud.

Pure text, no IO. `Curie, M.` and `Curie M` become `M. Curie` and `M Curie`; names are otherwise
left as the source writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from academichub.sources.arxiv.author_lists import MAX_AUTHORS, readable_name
from academichub.text.markup import plain_text

MAX_NAME_CHARS = 200
"""A longer piece is not taken for a name, but left out."""

_ET_AL = re.compile(
    r"(?:[,;]\s*|(?<!\s)\s+|)\b(?:et\s+al\b\.?|and\s+others\b\.?|等)\s*$", re.IGNORECASE
)
_BY = re.compile(r"^(?:by|authors?(?:\(s\))?|作者)\s*[::]\s*|^by\s+", re.IGNORECASE)
_EDGES = " ,;、"
_AND = re.compile(r"(?<!\s)\s+(?:and|&|und|et|y)\s+")
_LEADING_AND = re.compile(r"^(?:and|&)\s+")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?[\s-]?){1,4}|(?:[A-Z][a-z]?\.[\s-]?){1,4}")
_CAPITALS = re.compile(r"[A-Z]{1,3}")
_SURNAME_FIRST = re.compile(
    r"(?P<surname>[^\W\d_][\w'’.-]*+(?:\s[\w'’.-]++){0,3})\s(?P<initials>[A-Z]{1,3})"
)
_SUFFIX = re.compile(r"(?:Jr|Sr|II|III|IV|MD|Ph\.?D)\.?", re.IGNORECASE)
_WORDS = "van von der den de del della di da dos du la le ter ten al el bin ibn af av zu zur"
_PARTICLES = frozenset(_WORDS.split(" "))
_MAIL = re.compile(r"(?<![^\s@])[^\s@]{1,100}+@[^\s@]{1,200}\.\w+")
_CHINESE = re.compile(r"[\u3400-\u9fff]")


def split_names(text: str) -> tuple[str, ...]:
    """Return the names in one author field: a name or a list, in any usual order or form."""
    text = _ET_AL.sub("", _BY.sub("", _without_mail(plain_text(text))))
    text = text.strip(_EDGES)
    if re.search("[;;]", text):
        return _names(turned(piece) for piece in re.split("[;;]", text))
    if _CHINESE.search(text):
        return _names(re.split(r"[,,、]\s*", text))
    pieces = [
        part.strip()
        for piece in text.split(",")
        for part in _AND.split(_LEADING_AND.sub("", piece.strip()))
        if part.strip()
    ]
    pieces = _with_suffixes(pieces)
    if len(pieces) % 2 == 0 and pieces and all(map(_are_initials, pieces[1::2])):
        return _names(
            f"{given} {surname}" for surname, given in zip(pieces[::2], pieces[1::2], strict=True)
        )
    if len(pieces) == 2 and "," in text and _is_surname(pieces[0]):
        return _names([f"{pieces[1]} {pieces[0]}"])
    matches = [match for piece in pieces if (match := _SURNAME_FIRST.fullmatch(piece))]
    if 1 < len(matches) == len(pieces):
        return _names(f"{match['initials']} {match['surname']}" for match in matches)
    return _names(pieces)


def turned(name: str) -> str:
    """Return `Surname, Given` as `Given Surname`; other names as they are."""
    surname, comma, given = (part.strip() for part in name.partition(","))
    if comma and surname and given and not _SUFFIX.fullmatch(given):
        given, _, suffix = (part.strip() for part in given.partition(","))
        return f"{given} {surname} {suffix}".strip()
    return name.strip()


def _names(pieces: Iterable[str]) -> tuple[str, ...]:
    names = (readable_name(piece.strip(" ,;*†‡§")) for piece in pieces)
    plausible = [
        name
        for name in names
        if len(name) <= MAX_NAME_CHARS and any(map(str.isalpha, name)) and name != "and"
    ]
    return tuple(dict.fromkeys(plausible))[:MAX_AUTHORS]


def _with_suffixes(pieces: list[str]) -> list[str]:
    joined: list[str] = []
    for piece in pieces:
        if joined and _SUFFIX.fullmatch(piece) and not _CAPITALS.fullmatch(joined[-1]):
            joined[-1] = f"{joined[-1]} {piece}"
        else:
            joined.append(piece)
    return joined


def _are_initials(piece: str) -> bool:
    return bool(_INITIALS.fullmatch(piece)) and (len(piece) <= 2 or piece.isupper() or "." in piece)


def _is_surname(piece: str) -> bool:
    """Whether a piece is one word, particles aside: a full name has two."""
    return len([word for word in piece.split() if word.lower() not in _PARTICLES]) == 1


def _without_mail(text: str) -> str:
    """Return RSS 2.0's `mail@host (Name)` as the name; a bare mail address is removed."""
    if not _MAIL.search(text):
        return text
    inside = re.search(r"\(([^()]+)\)", text)
    return inside[1] if inside else _MAIL.sub("", text).strip(" <>()")
