"""Works as readers name them: pasted lines of identifiers, addresses, citations and titles.

Pure text, no IO.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from academichub.works.identifiers import Identifier, fold, parse_identifier

MAX_REFERENCE_CHARACTERS = 2_000
"""Longest line that is read; a longer one is a text, not the name of a work."""

_BULLET = re.compile(r"^\s*(?:[-*•·–]|\[?\d{1,3}[.)\]])\s+")
_SEPARATORS = re.compile(r"[\s,;，；、]+")
_ORCID = re.compile(
    r"(?:https?://)?(?:www\.)?(?:orcid(?:\.org/|\s*:\s*))?((?:\d{4}-){3}\d{3}[\dX])/?"
)
_QUOTES = "\"'“”„«»‘’《》「」『』"
_UNMISTAKABLE = re.compile(r"arxiv|doi|^10\.\d{4,9}/|^https?://|pmid|openreview", re.IGNORECASE)
"""What a word of a citation begins with or holds if it is an identifier, not a number or a page."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A work as a reader names it.

    Attributes:
        text: As written, or the title of a file's entry.
        identifier: What it is identified by; None where only the title is known.
        title: The title; empty where there is an identifier.
        first_author: The first author of a file's entry; empty where unknown.
    """

    text: str
    identifier: Identifier | None = None
    title: str = ""
    first_author: str = ""


def read_references(text: str) -> list[Reference]:
    """Return the works that lines of text name, in order, each once.

    A line is a list of identifiers, a citation with an identifier in it, or a title. Bullets,
    numbers of a list and quotation marks around a title are left out.
    """
    references: dict[str, Reference] = {}
    for line in text.splitlines():
        line = " ".join(_BULLET.sub("", line).split())
        for reference in _references_of(line) if line else ():
            name = reference.identifier.key if reference.identifier else fold(reference.title)
            references.setdefault(name or reference.text, reference)
    return list(references.values())


def read_reference(text: str, first_author: str = "") -> Reference:
    """Return the work a text names as a whole: an identifier, else a title."""
    identifier = parse_identifier(text)
    if identifier is not None:
        return Reference(text, identifier)
    return Reference(text, title=text.strip(f" .{_QUOTES}"), first_author=first_author)


def _references_of(line: str) -> list[Reference]:
    if parse_identifier(line) is not None:
        return [read_reference(line)]
    words = [word for word in _SEPARATORS.split(line) if word]
    identifiers = [parse_identifier(word.strip("()[]<>.")) for word in words]
    if all(identifier is not None for identifier in identifiers):
        return [
            Reference(word, identifier) for word, identifier in zip(words, identifiers, strict=True)
        ]
    for word, identifier in zip(words, identifiers, strict=True):
        if identifier is not None and _UNMISTAKABLE.search(word):
            return [Reference(line, identifier)]
    return [read_reference(line)]


def parse_orcid(text: str) -> str | None:
    """Return the ORCID iD a text is, or None; the last sign checks the others (ISO 7064, 11-2)."""
    match = _ORCID.fullmatch(text.strip())
    if match is None:
        return None
    digits, total = match[1].replace("-", ""), 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    return match[1] if digits[-1] == ("X" if check == 10 else str(check)) else None
