"""Hits: the works that a search found, with highlighted titles and snippets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from academichub.library.works import Library
from academichub.search import snippets
from academichub.search.snippets import HighlightTerms
from academichub.works.work import Work


@dataclass(frozen=True, slots=True)
class Hit:
    """A work that a search found.

    Attributes:
        rank: Its rank, from 1.
        work: The work.
        score: BM25, higher is better; 0 if the query has conditions only. If the ranking by meaning
            takes part, the blended score (search/fusion.py).
        title_html: The title as safe HTML whose only markup is `<mark>`.
        snippet_html: Part of the abstract as safe HTML whose only markup is `<mark>`.
        snippet: The same part as plain text.
    """

    rank: int
    work: Work
    score: float
    title_html: str
    snippet_html: str
    snippet: str


def hits_of_page(
    library: Library, page: Sequence[tuple[int, float]], offset: int, terms: HighlightTerms | None
) -> list[Hit]:
    """Return the works of a page as hits; a work deleted meanwhile is left out."""
    works = {work.id: work for work in library.by_ids([number for number, _ in page])}
    hits = []
    for rank, (number, score) in enumerate(page, start=offset + 1):
        if work := works.get(number):
            hits.append(Hit(rank, work, float(f"{score:.6g}"), *_shown(work, terms)))
    return hits


def _shown(work: Work, terms: HighlightTerms | None) -> tuple[str, str, str]:
    """Return title and snippet as HTML, and the snippet as plain text."""
    if terms is None:
        return "", "", ""
    title = snippets.highlighted(snippets.shown(work.readable_title), terms, "title")
    return title, *snippets.snippet(snippets.shown(work.readable_text), terms, "abstract")
