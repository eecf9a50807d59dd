"""Name lists of BibTeX as the hub's names in reading order. Pure text, no IO."""

from __future__ import annotations

import re
from collections.abc import Iterator

from academichub.formats.bibtex_latex import decode_latex
from academichub.formats.conventions import full_name, is_cjk

_MARK = re.compile(r"\\.|[{}]|\s+(?P<and>and(?=\s))?", re.IGNORECASE | re.DOTALL)
_NO_NAME = ("others", "et al", "et al.", "and")


def bibtex_names(text: str) -> list[str]:
    """Return the names of an author field.

    Forms: `Last, First`, `First von Last`, `von Last, Jr, First`, `{A Corporation}`.

    `and others` is dropped. Chinese lists parted by semicolons or enumeration commas are split too.
    """
    if is_cjk(text) and " and " not in text and any(mark in text for mark in ";；、"):
        people = re.split("[;；、]", text)
    else:
        people = list(_people(text))
    return [
        name
        for person in people
        if person.strip().lower() not in _NO_NAME and (name := bibtex_name(person))
    ]


def _people(text: str) -> Iterator[str]:
    """Split at each `and` outside braces.

    bibtexparser 2.1 has this too, but it eats a backslash that follows an `and`, and with it an
    accent.
    """
    depth, start = 0, 0
    for match in _MARK.finditer(text):
        if match[0] == "{":
            depth += 1
        elif match[0] == "}":
            depth -= 1
        elif depth <= 0 and match["and"]:
            yield text[start : match.start()]
            start = match.end()
    yield text[start:]


def bibtex_name(text: str) -> str:
    """Return one name in reading order, without TeX."""
    parts = [decode_latex(part).strip() for part in _at_commas(text.strip())]
    if len(parts) == 1:
        return " ".join(parts[0].split())
    family, given = parts[0], parts[-1]
    suffix = ", ".join(part for part in parts[1:-1] if part)
    return " ".join(full_name(family, given, suffix).split())


def _at_commas(text: str) -> list[str]:
    """Split at the commas outside braces."""
    parts, depth, start = [], 0, 0
    for n, ch in enumerate(text):
        if ch == "{":
            depth += 1
        elif ch == "}":
            depth -= 1
        elif ch in ",，" and depth <= 0:
            parts.append(text[start:n])
            start = n + 1
    return [*parts, text[start:]]
