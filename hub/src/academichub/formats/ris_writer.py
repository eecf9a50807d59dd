"""Works as RIS references."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from academichub.formats.protocol import one_line
from academichub.formats.writer_conventions import LABELS, inverted_name, own_doi
from academichub.works.work import Kind, Work

_TYPES: dict[Kind, str] = {
    "article": "JOUR",
    "proceedings": "CPAPER",
    "book": "BOOK",
    "preprint": "UNPB",
}


def write(works: Iterable[Work]) -> Iterator[str]:
    """Yield a reference for each work."""
    for work in works:
        identifiers = work.public_identifiers
        rows = [
            ("TY", _TYPES.get(work.kind, "GEN")),
            ("ID", work.key),
            ("TI", work.title),
            *(("AU", ", ".join(inverted_name(author.name))) for author in work.authors),
            ("PY", work.published[:4]),
            ("DA", work.published.replace("-", "/") if len(work.published) > 4 else ""),
            ("T2", work.venue),
            ("AB", work.abstract),
            ("DO", own_doi(identifiers)),
            *(
                ("AN", f"{label}:{identifiers[scheme]}")
                for scheme, label in LABELS.items()
                if scheme in identifiers
            ),
            ("UR", work.url),
            *(("KW", category) for category in work.categories),
        ]
        lines = [f"{tag}  - {one_line(value)}\r\n" for tag, value in rows if value]
        yield "".join([*lines, "ER  - \r\n\r\n"])
