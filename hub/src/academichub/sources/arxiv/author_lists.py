r"""arXiv's author strings, split into names: `A. One, B. Two (MIT) and C. \'Etwo`. Pure text."""

from __future__ import annotations

import re
from functools import lru_cache

from academichub.text.latex import read_macros
from academichub.works.author import Author

MAX_AUTHORS = 10_000
"""Longest author list read; the largest collaborations sign with some 5,000 names."""

_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "md", "phd"}
_LOOSE_ACCENT = re.compile(r"""(\\['`^"~=.])\s+(?=[A-Za-z])""")
_AND = re.compile(r"(?<!\s)\s+(?:and|&|\\&)\s+", re.IGNORECASE)
_GROUP = re.compile(r"collaborations?\s?$", re.IGNORECASE)
_LEADING_AND = re.compile(r"^(?:and|&)\s+", re.IGNORECASE)


def split_authors(text: str) -> tuple[Author, ...]:
    """Return the authors of a joined author string, in order.

    Commas, semicolons, `and` and the colon after a collaboration separate names; affiliations in
    parentheses are left out; a suffix such as `Jr.` stays with its name; TeX accents become
    letters.
    """
    plain = _without_parentheses(" ".join(text.split()))
    names: list[str] = []
    for piece in _pieces(plain):
        for part in _AND.split(_LEADING_AND.sub("", piece.strip(), count=1)):
            name = readable_name(part.strip(" ,;:"))
            if not name or name.lower() == "and":
                continue
            if names and name.rstrip(".").replace(".", "").lower() in _SUFFIXES:
                names[-1] = f"{names[-1]} {name}"
            else:
                names.append(name)
            if len(names) >= MAX_AUTHORS:
                return tuple(Author(name) for name in names)
    return tuple(Author(name) for name in names)


@lru_cache(maxsize=65_536)
def readable_name(name: str) -> str:
    r"""Return a name with TeX accents and braces as letters, such as `Rold\'an` -> `Roldán`."""
    if "\\" not in name and "{" not in name and "$" not in name and "~" not in name:
        return " ".join(name.split())
    text = read_macros(_LOOSE_ACCENT.sub(r"\1", name))
    return " ".join(text.replace("\xa0", " ").split()) or " ".join(name.split())


def _without_parentheses(text: str) -> str:
    """Return the text without parentheses, nested ones too; one that never closes stays."""
    if "(" not in text:
        return text
    remaining: list[str] = []
    opened: list[int] = []
    for character in text:
        if character == "(":
            opened.append(len(remaining))
        if character == ")" and opened:
            del remaining[opened.pop() :]
        else:
            remaining.append(character)
    return " ".join("".join(remaining).split())


def _pieces(text: str) -> list[str]:
    """Split at commas and semicolons outside braces, and at the colon after a collaboration."""
    pieces, start, depth = [], 0, 0
    for position, character in enumerate(text):
        if character == "{":
            depth += 1
        elif character == "}":
            depth = max(0, depth - 1)
        elif depth == 0 and (
            character in ",;"
            or (character == ":" and _GROUP.search(text, max(start, position - 20), position))
        ):
            pieces.append(text[start:position])
            start = position + 1
    pieces.append(text[start:])
    return pieces
