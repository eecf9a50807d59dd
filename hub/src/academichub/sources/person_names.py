"""Author names as journals write them, in reading order: `Surname, F.; Other, G.` or `A. One, B. Two and C. Three`.

Pure text, no IO. arXiv's own author strings are read by arxiv_names.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from academichub.papers import Author
from academichub.sources.files.wording import full_name, is_cjk

MAX_AUTHORS = 10_000
MAX_NAME_CHARS = 200

_AND = re.compile(r"\s+(?:and|&|und|et|y)\s+(?!al\b)", re.IGNORECASE)
_MAIL = re.compile(r"\S+@\S+\.\S+")
_NOBODY = re.compile(r"(?:et\s+al\.?|others|and others|null|none|n/?a|unknown|anonymous|等)\W*", re.IGNORECASE)
_INITIALS = re.compile(r"(?P<family>.*[a-z].*)\s(?P<initials>[A-Z]{1,2}|[A-Z]\.(?:-?[A-Z]\.)*)")
_SUFFIX = re.compile(r"(?:Jr|Sr|I{2,3}|IV)\.?", re.IGNORECASE)
_ORCID = re.compile(r"\d{4}-\d{4}-\d{4}-\d{3}[\dX]")


def authors_of(creators: Iterable[str]) -> tuple[Author, ...]:
    """Return the authors of creator texts, each one person or a joined list."""
    names = [name for creator in creators for name in names_in(creator)]
    return tuple(Author(name) for name in list(dict.fromkeys(names))[:MAX_AUTHORS])


def orcid_in(text: str) -> str | None:
    """Return the ORCID iD in a text, without its address, or None."""
    found = _ORCID.search(text)
    return found[0] if found else None


def names_in(text: str) -> Iterator[str]:
    """Yield the names of a creator text in reading order."""
    if named := re.search(r"\S+@\S+\s*\(([^()]+)\)", text):  # RSS 2.0: address (name)
        text = named[1]
    for part in _people(_MAIL.sub("", text)):
        name = reading_order(part)
        if name and not _NOBODY.fullmatch(name) and any(ch.isalpha() for ch in name):
            yield name[:MAX_NAME_CHARS]


def reading_order(name: str) -> str:
    """Return one name in reading order: `Surname, F.` and `Surname F` become `F. Surname` and `F Surname`."""
    name = " ".join(name.split()).strip(" ,;|·")
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma and given and not _SUFFIX.fullmatch(given):
        return full_name(family, given)
    if not comma and (found := _INITIALS.fullmatch(name)):
        return f"{found['initials']} {found['family']}"
    return name


def _people(text: str) -> list[str]:
    """Split a joined list; a lone `Surname, Given` stays whole."""
    if ";" in text or "；" in text:
        return re.split(r"[;；]", text)
    if is_cjk(text):
        return re.split(r"[,，、]|\s{2,}", text)
    parts = [part for part in (piece.strip() for piece in re.split(r",|\n", _AND.sub(", ", text))) if part]
    if len(parts) == 2 and "\n" not in text.strip() and not _AND.search(text) and _is_family_given(*parts):
        return [text]
    joined: list[str] = []
    for part in parts:
        if joined and _SUFFIX.fullmatch(part):
            joined[-1] += f" {part}"
        else:
            joined.append(part)
    return joined


def _is_family_given(first: str, second: str) -> bool:
    """Whether `first, second` is one person: a family name of one word, or initials after the comma."""
    initials = re.fullmatch(r"(?:[A-Z]\w?\.?[\s-]*){1,4}", second) is not None
    return initials or (" " not in first and len(second.split()) <= 3)
