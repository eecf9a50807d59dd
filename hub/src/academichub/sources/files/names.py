"""Name lists of BibTeX as the hub's names in reading order. Pure text, no IO."""

from __future__ import annotations

from bibtexparser.middlewares.names import split_multiple_persons_names

from academichub.sources.files.latex_text import decode_latex
from academichub.sources.files.wording import full_name, is_cjk

_NO_NAME = ("others", "et al", "et al.", "and")


def bibtex_names(text: str) -> list[str]:
    """Return the names of an author field: `Last, First`, `First von Last`, `von Last, Jr, First`, `{A Corporation}`.

    `and others` is dropped. Chinese lists parted by semicolons or enumeration commas are split too.
    """
    if is_cjk(text) and " and " not in text and any(mark in text for mark in ";；、"):
        people = text.replace("；", ";").replace("、", ";").split(";")
    else:
        people = split_multiple_persons_names(text)
    return [name for one in people if one.strip().lower() not in _NO_NAME and (name := bibtex_name(one))]


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
