"""Benchmarks on outside data: `academichub bench search|radar|readers --json`."""

from __future__ import annotations

from academichub.documents.document import Document


class SearchBenchmark(Document):
    """Search over a judged collection."""

    ndcg10: float
    """nDCG at 10, mean over the queries."""
    recall100: float
    """Recall at 100, mean over the queries."""
    seconds: float
    """Time of searching, all queries together."""
    n: int
    """Queries with at least one relevant document."""


class RadarBenchmark(Document):
    """Ranking of new items for users."""

    ndcg10: float
    """nDCG at 10, mean over the users."""
    recall100: float
    """Recall at 100, mean over the users."""
    seconds: float
    """Time of ranking, all users together."""
    n: int
    """Users."""
    fit_seconds: float
    """Time of fitting the text model, once."""


class ReadersBenchmark(Document):
    """The order of papers for judged readers."""

    loss: float
    """Weighted Kendall loss over the pairs of judged papers: 0 best, .5 chance."""
    n: int
    """Readers."""
    seconds: float
    """Time of ordering, all readers together."""
    examples: int | None
    """Examples of each reader that were the signals; null for all."""
    fit_seconds: float
    """Time of fitting the text model, and of embedding the papers if asked for."""
