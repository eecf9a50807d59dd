# ruff: noqa: N803 -- names carry shapes: N works, D words
"""The first pages: works that stand there whatever their score, and no near-duplicates. Pure.

The best match of each followed phrase and every work of a followed author stand on the first page,
filling at most half of it; the best work of a rare followed category stands within two pages. Those
whose own place is later come at the end of the page, so that they push few works down. A
near-duplicate of an earlier work on the page moves down, by at most a page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from scipy import sparse

PAGE = 20
MAX_CLAIMED = PAGE // 2
"""Works that stand on the first page by a claim, those included whose score brings them there."""

DUPLICATE_COSINE = 0.6
"""TF-IDF cosine from which two works are near-duplicates: versions of one study, parts I and II."""


@dataclass(frozen=True, slots=True)
class Claim:
    """Why a work stands on the first pages: its followed author, query or rare category."""

    kind: Literal["author", "query", "category"]
    value: str


def arrange(
    order: Sequence[int],
    claims: Sequence[tuple[int, Claim]],
    tfidf_ND: sparse.csr_matrix | None = None,
) -> tuple[list[int], dict[int, Claim]]:
    """Return rows in the order they are shown, and position -> claim of those that stand by one.

    Args:
        order: Rows, best first.
        claims: (row, claim); the first claim of a row counts.
        tfidf_ND: TF-IDF rows of length 1, by which near-duplicates are known; None = not thinned.
    """
    rows = _thinned(list(order), tfidf_ND) if tfidf_ND is not None else list(order)
    of_row: dict[int, Claim] = {}
    for row, claim in claims:
        of_row.setdefault(row, claim)
    position_of = {row: position for position, row in enumerate(rows)}
    by_position = sorted(of_row, key=position_of.__getitem__)
    first = [row for row in by_position if of_row[row].kind != "category"][:MAX_CLAIMED]
    later = [row for row in by_position if of_row[row].kind == "category"]
    rows = _moved_up(rows, first, PAGE)
    rows = _moved_up(rows, later, 2 * PAGE)
    standing = set(first) | set(later)
    return rows, {position: of_row[row] for position, row in enumerate(rows) if row in standing}


def _moved_up(rows: Sequence[int], claimed: Sequence[int], size: int) -> list[int]:
    """Return rows with those claimed within the first `size`; late ones come at the end of these."""
    head = list(rows[:size])
    late = [row for row in claimed if row not in head]
    if not late:
        return list(rows)
    with_claim, stays = set(claimed), size - len(late)
    # The last ones without a claim make way.
    for row in reversed(head):
        if len(head) <= stays:
            break
        if row not in with_claim:
            head.remove(row)
    placed = {*head, *late}
    return [*head, *late, *(row for row in rows if row not in placed)]


def _thinned(rows: list[int], tfidf_ND: sparse.csr_matrix) -> list[int]:
    """Return rows with near-duplicates of earlier works of the first page a page further down."""
    shown: list[int] = []
    doubles: list[int] = []
    for row in rows[:PAGE]:
        likeness = (tfidf_ND[shown] @ tfidf_ND[row].T).toarray().max(initial=0.0) if shown else 0.0
        (doubles if likeness >= DUPLICATE_COSINE else shown).append(row)
    rest = rows[PAGE:]
    # They begin the second page: at most a page below their own place.
    fill = PAGE - len(shown)
    return [*shown, *rest[:fill], *doubles, *rest[fill:]]
