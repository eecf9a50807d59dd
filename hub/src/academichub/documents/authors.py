"""Names of authors: `GET /api/authors`."""

from __future__ import annotations

from academichub.documents.document import Document


class AuthorName(Document):
    """An author of the library."""

    name: str
    """The name as one of the works writes it."""
    works: int
    """How many works have it."""


class AuthorNames(Document):
    """Authors whose names begin with what was asked for, in any of their words."""

    authors: list[AuthorName]
    """Those of most works first."""
