"""Search: the hits of `academichub search --json` and `/api/search`."""

from __future__ import annotations

from academichub.documents.document import Document


class Hit(Document):
    """A work that was found."""

    rank: int
    """Place in the ranking, from 1."""
    key: str
    """Key of the work."""
    identifiers: dict[str, str]
    """Identifiers by scheme."""
    title: str
    """Title of the work."""
    score: float
    """How well it matches; higher is better, 0 where only conditions were asked for."""


class SearchPage(Document):
    """What a search found."""

    query: str
    """The query."""
    total: int
    """Works that match."""
    hits: list[Hit]
    """The works asked for, best first."""


class HitWithSnippet(Hit):
    """A work that was found, with a piece of its text."""

    snippet: str
    """Piece of the abstract with the words that match; empty where there is none."""


class SearchPageWithSnippets(Document):
    """What a search over the web API found."""

    query: str
    """The query."""
    total: int
    """Works that match."""
    hits: list[HitWithSnippet]
    """The works asked for, best first."""
    notes: list[str]
    """How the query was read: `any_words`, `ranked_words`, `by_meaning`, `identifier`,
    `nothing_asked`."""
