"""Authors and editors of a JSON line: names, names in parts, or both.

Pure, no IO.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from academichub.formats.jsonl_fields import BadLineError, rows_of, text_of, texts_of
from academichub.formats.protocol import MAX_NAME
from academichub.messages import Message
from academichub.works.author import Author, NameParts


def editors_of(fields: dict[str, Any]) -> tuple[Author, ...]:
    """Return the editors: names, or names in parts in place of them."""
    editors = fields.get("editors")
    if isinstance(editors, list) and editors and all(isinstance(row, dict) for row in editors):
        return people_of({"editor_names": editors}, "editors", "editor_names", {})
    return people_of(fields, "editors", "editor_names", {})


def people_of(
    fields: dict[str, Any], field: str, parts_field: str, orcids: Mapping[str, Any]
) -> tuple[Author, ...]:
    """Return people from a list of names, a list of names in parts, or both, one for one."""
    parts = [_parts(row) for row in rows_of(fields, parts_field)]
    names = texts_of(fields, field) or tuple(name.full for name in parts)
    if parts and len(parts) != len(names):
        raise BadLineError(
            Message.of(
                "skipped.names_differ",
                parts_field=parts_field,
                parts=len(parts),
                field=field,
                names=len(names),
            )
        )
    return tuple(
        Author(
            name,
            orcid if isinstance(orcid := orcids.get(name), str) else None,
            parts[position] if parts else None,
        )
        for position, name in enumerate(names)
    )


def _parts(row: dict[str, Any]) -> NameParts:
    """Return a name in parts: `literal`, or a family or given name with the other parts."""
    texts = {
        part: text_of(row, part, MAX_NAME)
        for part in ("family", "given", "particle", "suffix", "literal")
    }
    has_name = bool(texts["family"] or texts["given"])
    if bool(texts["literal"]) == has_name:
        raise BadLineError(
            Message.of("skipped.name_parts", value=json.dumps(row, ensure_ascii=False)[:60])
        )
    return NameParts(**texts)
