"""What search and the library need of a full-text index, whatever database holds it. Types only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Connection

from academichub.index.parallel_tokens import Texts
from academichub.index.query_syntax import Node, Term

IndexedRow = tuple[int, str, str, str, str]
"""(row number of the work, title, abstract, author names parted by `;`, other text)."""


@dataclass(frozen=True, slots=True)
class Ranking:
    """Works that match: how many, and the best of them as (row number, score), best first.

    The score is BM25, higher is better; 0 where a query has conditions only: those works are
    ordered by date, latest first.
    """

    total: int
    hits: list[tuple[int, float]]


class LexicalIndex(Protocol):
    """What search and the library need of a full-text index."""

    def create(self, connection: Connection) -> None:
        """Make the index's tables; nothing happens where they exist already."""
        ...

    def add(
        self,
        connection: Connection,
        rows: Iterable[IndexedRow],
        precomputed: Mapping[Texts, Texts] | None = None,
    ) -> None:
        """Add works, in the caller's transaction.

        Args:
            connection: A connection in a write transaction.
            rows: The works' texts. None may be indexed already: `remove` it first.
            precomputed: Tokens by texts, where they were worked out beforehand
                (index/parallel_tokens.py).
        """
        ...

    def remove(self, connection: Connection, work_ids: Iterable[int]) -> None:
        """Take works out, in the caller's transaction; works not indexed are passed over."""
        ...

    def rank(self, connection: Connection, tree: Node, limit: int) -> Ranking:
        """Return the works a tree matches, the best `limit` of them in order.

        Ties go to the latest added.

        Words without any token (`!!!`) are passed over; a tree of nothing else matches nothing.
        """
        ...

    def rank_any(
        self, connection: Connection, words: Sequence[Term], rest: Node | None, limit: int
    ) -> Ranking:
        """Return the works with any of the words that match the rest, more and rarer first."""
        ...
