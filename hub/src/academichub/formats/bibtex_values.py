"""Values of BibTeX fields: `@string` macros, parts joined by `#`, and what `crossref` inherits.

Pure text, no IO.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bibtexparser.model import Entry as EntryBlock


def resolved_fields(block: EntryBlock, macros: Mapping[str, str]) -> dict[str, str]:
    """Return fields by lower-case name, resolved.

    Of a repeated field the first that says anything counts.
    """
    fields: dict[str, str] = {}
    for field in block.fields:
        name = field.key.lower()
        if not fields.get(name):
            fields[name] = resolved_value(field.value, macros)
    return fields


def resolved_value(raw: str, macros: Mapping[str, str]) -> str:
    """Return the text of a field value.

    A value is `{...}`, `"..."`, a number, a macro, or several joined by `#`.
    """
    if "#" not in raw:
        return _part(raw.strip(), macros)
    return "".join(_part(part.strip(), macros) for part in _joined(raw))


def _joined(raw: str) -> Iterator[str]:
    """Split a value at the `#` outside braces and quotes."""
    depth, quoted, start = 0, False, 0
    for n, ch in enumerate(raw):
        if ch == "{":
            depth += 1
        elif ch == "}":
            depth -= 1
        elif ch == '"' and depth <= 0:
            quoted = not quoted
        elif ch == "#" and depth <= 0 and not quoted:
            yield raw[start:n]
            start = n + 1
    yield raw[start:]


def _part(part: str, macros: Mapping[str, str]) -> str:
    if len(part) > 1 and (part[0], part[-1]) in (("{", "}"), ('"', '"')):
        return part[1:-1]
    return macros.get(part.lower(), part)


def with_inherited(fields: dict[str, str], parent: Mapping[str, str]) -> dict[str, str]:
    """Return fields with those of the entry that `crossref` names; its title is the book title."""
    taken = {
        name: parent[name]
        for name in ("year", "month", "date", "publisher", "journal", "booktitle")
        if name in parent
    }
    if "title" in parent:
        taken.setdefault("booktitle", parent["title"])
    return {**taken, **{name: text for name, text in fields.items() if text}}
