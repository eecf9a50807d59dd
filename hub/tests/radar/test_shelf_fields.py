"""The shelf cut to the fields a reader chose: when, which works, and how many days."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub import preferences
from academichub.hub import Hub
from academichub.radar.shelf_fields import SHELF_DAYS, of_fields, shelf_fields, widened
from academichub.radar.window import TodayRequest
from academichub.shelf import about

from .conftest import make_record, make_work

FIELDS = sorted(about().fields)
WORKS = [make_work(number, f"Work {number}", field=field) for number, field in enumerate(FIELDS)]


def test_the_fields_are_those_chosen_that_the_shelf_has(hub: Hub) -> None:
    assert shelf_fields(hub) == frozenset()
    hub.preferences.set(preferences.FIELDS_LOOKED_AT, [FIELDS[0]])
    assert shelf_fields(hub) == {FIELDS[0]}
    hub.preferences.set(preferences.FIELDS_CHOSEN, [FIELDS[1], FIELDS[2], "no such field"])
    assert shelf_fields(hub) == {FIELDS[1], FIELDS[2]}, "a choice counts, not a look"
    hub.preferences.set(preferences.FIELDS_CHOSEN, [])
    assert shelf_fields(hub) == frozenset()


def test_a_library_of_its_own_is_not_cut(hub: Hub) -> None:
    hub.preferences.set(preferences.FIELDS_CHOSEN, [FIELDS[0]])
    assert shelf_fields(hub) == {FIELDS[0]}
    hub.library.add([make_record(1, "A gathered work")])
    assert shelf_fields(hub) == frozenset()


@given(st.frozensets(st.sampled_from([*FIELDS, "no such field"])))
def test_works_of_fields_are_all_of_theirs_in_their_order(fields: frozenset[str]) -> None:
    left = of_fields(WORKS, fields)
    assert left == [work for work in WORKS if not fields or work.field in fields]


@pytest.mark.parametrize(
    ("request_", "days"),
    [
        (TodayRequest(), SHELF_DAYS),
        (TodayRequest(batch=2, size=5), SHELF_DAYS),
        (TodayRequest(days=3), 3),
        (TodayRequest(date=about().days[0]), None),
    ],
)
def test_only_a_request_that_names_no_days_is_widened(
    request_: TodayRequest, days: int | None
) -> None:
    assert widened(request_, frozenset({FIELDS[0]})).days == days
    assert widened(request_, frozenset()) is request_


def test_widening_changes_nothing_but_the_days() -> None:
    request = TodayRequest(categories=("cs.LG",), batch=3, seed=7, size=5)
    expected = TodayRequest(categories=("cs.LG",), batch=3, seed=7, size=5, days=SHELF_DAYS)
    assert widened(request, frozenset({FIELDS[0]})) == expected


def test_the_whole_shelf_lies_within_the_widened_days() -> None:
    first, last = (date.fromisoformat(about().days[index]) for index in (0, -1))
    assert (last - first).days < SHELF_DAYS
