# ruff: noqa: N803 -- names carry shapes: N works, D words
"""The first pages: works that stand there whatever their score, and no near-duplicates. Pure.

The best match of each followed phrase and every work of a followed author stand on the first page,
filling at most half of it; the best work of a rare followed category stands within two pages. Those
whose own place is later come at the end of the page, so that they push few works down. A
near-duplicate of an earlier work on the page moves down, by at most a page, unless it has a claim.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Literal

from scipy import sparse

PAGE = 20
MAX_CLAIMED = PAGE // 2
"""Works that stand on the first page by a claim, those included whose score brings them there."""

MAX_RARE = PAGE
"""Works that stand within two pages by their category: more would push works off the first."""

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
    of_row: dict[int, Claim] = {}
    for row, claim in claims:
        of_row.setdefault(row, claim)
    position_of = {row: position for position, row in enumerate(order)}
    by_position = sorted(of_row, key=position_of.__getitem__)
    first = [row for row in by_position if of_row[row].kind != "category"][:MAX_CLAIMED]
    later = [row for row in by_position if of_row[row].kind == "category"][:MAX_RARE]
    rows = _moved_up(order, first, PAGE)
    rows = _moved_up(rows, later, 2 * PAGE)
    standing = {*first, *later}
    # After the claims, which would push the near-duplicates further down.
    if tfidf_ND is not None:
        rows = _thinned(rows, standing, tfidf_ND)
    return rows, {position: of_row[row] for position, row in enumerate(rows) if row in standing}


def _moved_up(rows: Sequence[int], claimed: Sequence[int], size: int) -> list[int]:
    """Return rows with those claimed within the first `size`; late ones come at their end."""
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


def _thinned(
    rows: Sequence[int], standing: Collection[int], tfidf_ND: sparse.csr_matrix
) -> list[int]:
    """Return rows with near-duplicates of earlier works of the first page right after the page.

    Works of the second page that repeat none of the first fill it. Those that stand by a claim
    stay.
    """
    shown: list[int] = []
    doubles: list[int] = []
    for row in rows[: 2 * PAGE]:
        if len(shown) == PAGE:
            break
        likeness = (tfidf_ND[shown] @ tfidf_ND[row].T).toarray().max(initial=0.0) if shown else 0.0
        is_double = likeness >= DUPLICATE_COSINE and row not in standing
        (doubles if is_double else shown).append(row)
    return [*shown, *doubles, *rows[len(shown) + len(doubles) :]]
