"""The first pages: claims are met, near-duplicates make room, and no work is lost on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from academichub.radar.first_page import DUPLICATE_COSINE, MAX_CLAIMED, PAGE, Claim, arrange

Kind = Literal["author", "query", "category"]
Claims = Sequence[tuple[int, Claim]]
Day = tuple[list[int], Claims, list[int]]
"""Rows best first, claims, and the subject of each row: rows of one subject are near-duplicates."""

TWO_PAGES = 2 * PAGE

QUERY = Claim("query", "tides")
AUTHOR = Claim("author", "Ada Tide")
CATEGORY = Claim("category", "q-bio.NC")


def texts_of(subjects: Sequence[int]) -> sparse.csr_matrix:
    """Return a row of length 1 for each work: works of one subject are equal, others orthogonal."""
    rows = np.zeros((len(subjects), max(subjects, default=0) + 1))
    rows[np.arange(len(subjects)), subjects] = 1
    return sparse.csr_matrix(rows)


@st.composite
def claimed_orders(draw: st.DrawFn) -> tuple[list[int], Claims]:
    """An order of up to 120 rows, and claims of some of them, each by one kind."""
    order = draw(st.permutations(range(draw(st.integers(0, 120)))))
    rows = draw(st.lists(st.sampled_from(order), max_size=70, unique=True)) if order else []
    kinds: list[Kind] = draw(
        st.lists(
            st.sampled_from(["author", "query", "category"]),
            min_size=len(rows),
            max_size=len(rows),
        )
    )
    return order, [
        (row, Claim(kind, f"{kind} {row}")) for row, kind in zip(rows, kinds, strict=True)
    ]


@st.composite
def orders_with_doubles(draw: st.DrawFn) -> Day:
    order, claims = draw(claimed_orders())
    subjects = st.integers(0, draw(st.integers(0, 150)))
    return order, claims, draw(st.lists(subjects, min_size=len(order), max_size=len(order)))


def rows_by_kind(claims: Claims) -> Mapping[str, list[int]]:
    return {
        kind: [row for row, claim in claims if claim.kind == kind]
        for kind in ("author", "query", "category")
    }


def test_a_late_claim_comes_at_the_end_of_the_page_and_the_last_without_one_makes_way() -> None:
    rows, claims = arrange(range(60), [(50, QUERY)])
    assert rows == [*range(19), 50, 19, *range(20, 50), *range(51, 60)]
    assert claims == {19: QUERY}


def test_a_claim_that_stands_on_the_page_moves_nothing() -> None:
    rows, claims = arrange(range(60), [(3, QUERY), (19, AUTHOR)])
    assert rows == [*range(60)]
    assert claims == {3: QUERY, 19: AUTHOR}


def test_late_claims_keep_the_order_of_their_worth_and_pass_over_those_that_stand() -> None:
    claims = [(55, QUERY), (40, AUTHOR), (19, Claim("query", "reefs"))]
    rows, _ = arrange(range(60), claims)
    assert rows[:20] == [*range(17), 19, 40, 55]
    assert rows[20:23] == [17, 18, 20]


def test_the_best_of_a_rare_category_stands_at_the_end_of_the_second_page() -> None:
    rows, claims = arrange(range(60), [(50, CATEGORY)])
    assert rows == [*range(39), 50, 39, *range(40, 50), *range(51, 60)]
    assert claims == {39: CATEGORY}


def test_only_so_many_claims_are_met_on_the_first_page_the_best_ones() -> None:
    rows, claims = arrange(range(60), [(row, QUERY) for row in range(59, 29, -1)])
    assert rows[:20] == [*range(10), *range(30, 40)]
    assert rows[20:30] == [*range(10, 20)]
    assert sorted(claims) == [*range(10, 20)] and MAX_CLAIMED == 10


def test_the_first_claim_of_a_row_counts() -> None:
    _, claims = arrange(range(60), [(50, AUTHOR), (50, QUERY)])
    assert claims == {19: AUTHOR}


def test_a_near_duplicate_begins_the_second_page() -> None:
    # 3 repeats 1, and 6 repeats 5; 20 and 21 fill the page.
    subjects = [0, 1, 2, 1, 4, 5, 5, *range(7, 60)]
    rows, _ = arrange(range(60), [], texts_of(subjects))
    assert rows == [0, 1, 2, 4, 5, *range(7, 22), 3, 6, *range(22, 60)]


def test_near_is_from_the_cosine_on() -> None:
    for cosine, moves in ((DUPLICATE_COSINE + 0.01, True), (DUPLICATE_COSINE - 0.01, False)):
        texts = np.eye(40)
        texts[1] = 0
        texts[1, :2] = cosine, (1 - cosine**2) ** 0.5
        rows, _ = arrange(range(40), [], sparse.csr_matrix(texts))
        assert (rows[1] == 1) is not moves


def test_what_fills_the_page_repeats_nothing_on_it() -> None:
    # 1 and 20 both repeat 0; the next work that repeats none fills the page.
    subjects = [0, 0, *range(2, 20), 0, *range(21, 60)]
    rows, _ = arrange(range(60), [], texts_of(subjects))
    assert rows[:23] == [0, *range(2, 20), 21, 1, 20, 22]


def test_a_claimed_work_stays_although_it_repeats_an_earlier_one() -> None:
    subjects = [0, 0, *range(2, 60)]
    rows, claims = arrange(range(60), [(1, AUTHOR)], texts_of(subjects))
    assert rows == [*range(60)]
    assert claims == {1: AUTHOR}


def test_fewer_works_than_a_page() -> None:
    assert arrange([], []) == ([], {})
    assert arrange([2, 0, 1], [(1, QUERY)]) == ([2, 0, 1], {2: QUERY})
    assert arrange([0, 1, 2], [], texts_of([0, 0, 1]))[0] == [0, 2, 1]
    assert arrange([0, 1, 2], [], texts_of([0, 0, 0]))[0] == [0, 1, 2]


@given(orders_with_doubles(), st.booleans())
def test_nothing_is_lost_or_doubled(day: Day, thinned: bool) -> None:
    order, claims, subjects = day
    rows, standing = arrange(order, claims, texts_of(subjects) if thinned else None)
    assert sorted(rows) == sorted(order)
    assert all(standing[position] == dict(claims)[rows[position]] for position in standing)


@given(orders_with_doubles(), st.booleans())
def test_claims_are_met_on_the_first_page_and_fill_at_most_half_of_it(
    day: Day, thinned: bool
) -> None:
    order, claims, subjects = day
    rows, standing = arrange(order, claims, texts_of(subjects) if thinned else None)
    kinds = rows_by_kind(claims)
    promised = [position for position in standing if standing[position].kind != "category"]
    assert all(position < PAGE for position in promised)
    assert len(promised) == min(MAX_CLAIMED, len(kinds["author"]) + len(kinds["query"]))
    best_first = [row for row in order if row in {*kinds["author"], *kinds["query"]}]
    assert {rows[position] for position in promised} == set(best_first[:MAX_CLAIMED])


@given(orders_with_doubles(), st.booleans())
def test_the_best_of_a_rare_category_stands_within_two_pages(day: Day, thinned: bool) -> None:
    order, claims, subjects = day
    _, standing = arrange(order, claims, texts_of(subjects) if thinned else None)
    promised = [position for position in standing if standing[position].kind == "category"]
    assert all(position < TWO_PAGES for position in promised)
    assert len(promised) == min(PAGE, len(rows_by_kind(claims)["category"]))


@given(orders_with_doubles())
def test_a_near_duplicate_never_goes_down_by_more_than_a_page(
    day: Day,
) -> None:
    order, claims, subjects = day
    rows, standing = arrange(order, claims, texts_of(subjects))
    before, _ = arrange(order, claims)
    claimed = {rows[position] for position in standing}
    moved_down = {row for row in rows if rows.index(row) > before.index(row)}
    assert not moved_down & claimed
    for row in moved_down:
        assert rows.index(row) <= order.index(row) + PAGE
        assert subjects[row] in [subjects[above] for above in rows[:PAGE]]


@given(orders_with_doubles())
def test_works_without_a_claim_that_repeat_none_keep_their_order(
    day: Day,
) -> None:
    order, claims, _ = day
    rows, _ = arrange(order, claims, texts_of(range(len(order))))
    claimed = {row for row, _ in claims}
    assert [row for row in rows if row not in claimed] == [
        row for row in order if row not in claimed
    ]


@given(st.permutations(range(70)))
def test_without_claims_and_near_duplicates_the_order_stays(order: list[int]) -> None:
    assert arrange(order, []) == (order, {})
    assert arrange(order, [], texts_of(range(70))) == (order, {})


@given(orders_with_doubles())
def test_no_two_unclaimed_works_of_the_first_page_are_near_duplicates_while_others_are_left(
    day: Day,
) -> None:
    order, _, subjects = day
    rows, _ = arrange(order, [], texts_of(subjects))
    page = [subjects[row] for row in rows[:PAGE]]
    assert len(set(page)) == min(PAGE, len({subjects[row] for row in order[:TWO_PAGES]}))


@pytest.mark.parametrize("late", [PAGE, PAGE + 1, 3 * PAGE])
def test_many_rare_categories_push_no_work_off_the_first_page(late: int) -> None:
    claims = [(row, Claim("category", f"x.{row}")) for row in range(50, 50 + late)]
    rows, standing = arrange(range(150), claims)
    assert rows[:PAGE] == [*range(PAGE)]
    assert rows[PAGE:TWO_PAGES] == [*range(50, 50 + PAGE)]
    assert len(standing) == PAGE
