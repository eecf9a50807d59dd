"""Benchmarks on outside data: `academichub bench search --json` and `bench radar --json`."""

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
