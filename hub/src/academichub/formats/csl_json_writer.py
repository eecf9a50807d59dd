"""Works as a CSL-JSON array."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from academichub.formats.protocol import one_line
from academichub.formats.writer_conventions import LABELS, inverted_name, is_group, own_doi
from academichub.works.work import Kind, Work

_TYPES: dict[Kind, str] = {
    "article": "article-journal",
    "proceedings": "paper-conference",
    "book": "book",
}


def write(works: Iterable[Work]) -> Iterator[str]:
    """Yield a JSON array of all works, piece by piece."""
    yield "["
    for n, work in enumerate(works):
        yield ("," if n else "") + "\n" + json.dumps(_csl_item(work), ensure_ascii=False)
    yield "\n]\n"


def _csl_item(work: Work) -> dict[str, Any]:
    """Return a work as a CSL-JSON item, without empty fields."""
    identifiers = work.public_identifiers
    item: dict[str, Any] = {
        "id": work.key,
        "type": _TYPES.get(work.kind, "article"),
        "title": work.title,
        "author": [_csl_name(author.name) for author in work.authors],
        "abstract": work.abstract,
        "container-title": work.venue,
        "DOI": own_doi(identifiers),
        "PMID": identifiers.get("pmid", ""),
        "number": f"arXiv:{identifiers['arxiv']}" if "arxiv" in identifiers else "",
        "note": "\n".join(
            f"{LABELS[scheme]}: {identifiers[scheme]}"
            for scheme in ("openreview", "acl", "s2", "openalex")
            if scheme in identifiers
        ),
        "URL": work.url,
        "language": work.language,
    }
    if work.published:
        item["issued"] = {"date-parts": [[int(part) for part in work.published.split("-")]]}
    return {name: value for name, value in item.items() if value}


def _csl_name(name: str) -> dict[str, str]:
    """Return a name for CSL-JSON: as family and given name, or literally if it has other parts."""
    parts = inverted_name(name)
    if len(parts) != 2 or is_group(name):
        return {"literal": one_line(name)}
    return {"family": parts[0], "given": parts[1]}
