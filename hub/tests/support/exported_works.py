"""A work to export, of which a test sets the fields that matter."""

from __future__ import annotations

import dataclasses

from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Work


def exported_work(**fields: object) -> Work:
    """Return a preprint of one author with an arXiv identifier and a DOI, and the fields given."""
    identifiers = (Identifier("arxiv", "2601.00001"), Identifier("doi", "10.5555/abc_1"))
    base = Work(
        1,
        "doi:10.5555/abc_1",
        identifiers,
        "A Title",
        (Author("Ada B. Curie"),),
        published="2026-01-05",
    )
    return dataclasses.replace(base, **fields)  # type: ignore[arg-type]  # fields of Work
