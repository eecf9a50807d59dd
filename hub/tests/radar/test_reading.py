"""Reading marks, visits and carried works: what is read, what is new, what comes again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academichub.hub import Hub
from academichub.radar.carried import (
    CARRIED_DAYS,
    HIGH_PLACES,
    MARKS_A_RANKING,
    settled_fingerprint,
)
from academichub.radar.lineup import Candidate
from academichub.radar.radar import Radar
from academichub.radar.reading import VISIT_GAP, VISIT_STEP, ReadingMarks, Visits, new_since
from academichub.radar.signals import Signal
from academichub.radar.today import TodayPage, TodayRequest, today, whole_order
from academichub.text.moments import day_before

from .conftest import BAKING, DAY, SAILING, make_record

NOON = datetime(2026, 3, 11, 12, tzinfo=UTC)
YESTERDAY = day_before(DAY, 1)


def key(number: int) -> str:
    return f"arxiv:2603.{number:05d}"


def keys_of(cards: TodayPage) -> list[str]:
    return [card.key for card in cards.cards]


def carried_of(hub: Hub, **request: object) -> list[str]:
    return [card.key for card in today(hub, TodayRequest(**request)).carried]  # type: ignore[arg-type]


@pytest.fixture
def week(hub: Hub) -> Hub:
    """Two works today, then one sailing and one baking work on each of the ten days before; the reader sails."""
    hub.library.add([make_record(1, "Sailing today", SAILING), make_record(2, "Bread", BAKING)])
    for back in range(1, 11):
        day = day_before(DAY, back)
        hub.library.add(
            [
                make_record(10 * back + 1, f"Sailing {back}", SAILING, day=day),
                make_record(10 * back + 2, f"Baking {back}", BAKING, day=day),
            ]
        )
    Radar(hub.database).add("query", "yacht")
    return hub


@given(st.lists(st.integers(1, 9), max_size=12))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_reading_marks_behave_as_a_set(hub: Hub, toggled: list[int]) -> None:
    marks = ReadingMarks(hub.database, "ada")
    for number in marks.read_among(map(key, range(1, 10))):
        marks.unmark(number)
    expected: set[str] = set()
    for number in toggled:
        expected ^= {key(number)}
        assert marks.toggle(key(number)) is (key(number) in expected)
    assert marks.read_among(map(key, range(1, 10))) == expected


def test_all_marks_of_one_moment_are_taken_back_and_no_earlier_one(hub: Hub) -> None:
    marks = ReadingMarks(hub.database)
    marks.mark([key(1)], NOON)
    moment, count = marks.mark([key(1), key(2), key(3), key(2)], NOON + timedelta(seconds=1))
    assert count == 2
    assert marks.undo(moment) == 2
    assert marks.read_among([key(1), key(2), key(3)]) == {key(1)}
    assert marks.undo(moment) == 0


def test_each_account_reads_for_itself(hub: Hub) -> None:
    ReadingMarks(hub.database, "ada").mark([key(1)])
    assert ReadingMarks(hub.database, "bo").read_among([key(1)]) == set()
    assert ReadingMarks(hub.database, "ada").read_among([key(1)]) == {key(1)}


def test_a_visit_ends_after_an_hour_without_a_page(hub: Hub) -> None:
    visits = Visits(hub.database)
    assert visits.begin_or_go_on("2026-03-10", NOON) is None
    assert visits.begin_or_go_on("2026-03-10", NOON + VISIT_STEP) is None
    assert visits.begin_or_go_on("2026-03-11", NOON + VISIT_STEP + VISIT_GAP / 2) is None
    following = NOON + VISIT_STEP + VISIT_GAP / 2 + VISIT_GAP
    before = visits.begin_or_go_on("2026-03-12", following)
    assert before is not None
    assert (before.day, before.moment) == (
        "2026-03-11",
        (NOON + VISIT_STEP + VISIT_GAP / 2).isoformat(timespec="seconds"),
    )
    assert visits.begin_or_go_on("2026-03-12", following + VISIT_STEP) == before == visits.before()


def test_new_are_later_days_and_works_first_stored_later(hub: Hub) -> None:
    hub.library.add([make_record(1, "Early", SAILING, day=YESTERDAY)])
    Visits(hub.database).begin_or_go_on(YESTERDAY, NOON)
    hub.library.add(
        [
            make_record(1, "Early, said again", SAILING, day=YESTERDAY, source_key="other"),
            make_record(2, "Late on the same day", SAILING, day=YESTERDAY),
            make_record(3, "Next day", SAILING),
        ]
    )
    before = Visits(hub.database).begin_or_go_on(DAY, NOON + 2 * VISIT_GAP)
    assert before is not None
    order = whole_order(hub, TodayRequest(days=2))
    assert order is not None
    assert new_since(hub.database, order.line.candidates, before) == {key(2), key(3)}


def test_nothing_is_new_to_an_empty_order(hub: Hub) -> None:
    Visits(hub.database).begin_or_go_on(DAY, NOON)
    before = Visits(hub.database).begin_or_go_on(DAY, NOON + VISIT_GAP)
    none: list[Candidate] = []
    assert before is not None and new_since(hub.database, none, before) == set()


def test_the_first_works_of_the_seven_days_before_are_carried_over(week: Hub) -> None:
    earlier = whole_order(week, TodayRequest(date=YESTERDAY, days=CARRIED_DAYS))
    assert earlier is not None
    page = today(week)
    order = [candidate.work.key for candidate in earlier.line.candidates]
    assert len(order) == 2 * CARRIED_DAYS
    assert [card.key for card in page.carried] == order
    assert "Sailing" in page.carried[0].title
    assert [card.rank for card in page.carried] == list(range(1, len(order) + 1))
    assert not set(order) & set(keys_of(page))


def test_the_week_is_ranked_again_with_the_radar_and_with_every_fifth_mark() -> None:
    query, like = Signal("query", "yacht"), Signal("like", key(1))
    marks = [Signal("opened", key(number)) for number in range(9)]
    first = settled_fingerprint([query])
    assert settled_fingerprint([query, like, *marks[: MARKS_A_RANKING - 2]]) == first
    assert settled_fingerprint([query, like, *marks[: MARKS_A_RANKING - 1]]) != first
    assert settled_fingerprint([query, Signal("author", "Ada Lovelace")]) != first
    assert settled_fingerprint([Signal("query", "yacht", 2.0)]) != first


def test_a_read_or_judged_work_is_not_carried_over(week: Hub) -> None:
    before = carried_of(week)
    ReadingMarks(week.database).mark([key(11)])
    Radar(week.database).add("like", key(21))
    Radar(week.database).add("hide", key(31))
    assert set(before) - set(carried_of(week)) == {key(11), key(21), key(31)}
    ReadingMarks(week.database).unmark(key(11))
    assert key(11) in carried_of(week)
    before = carried_of(week)
    ReadingMarks(week.database, "ada").mark(before)
    assert carried_of(week) == before
    assert today(week, radar=Radar(week.database, account="ada")).carried == ()


def test_a_work_announced_again_today_stands_in_the_order_alone(week: Hub) -> None:
    week.library.add([make_record(11, "Sailing 1, again", SAILING, source_key="oai:again")])
    page = today(week)
    assert key(11) in keys_of(page)
    assert key(11) not in [card.key for card in page.carried]


def test_only_the_first_places_are_carried_and_only_with_the_first_batch(week: Hub) -> None:
    week.library.add([make_record(500 + n, f"Sail {n}", SAILING, day=YESTERDAY) for n in range(40)])
    assert len(carried_of(week)) == HIGH_PLACES
    assert carried_of(week, batch=1) == []


def test_an_empty_radar_carries_nothing(week: Hub) -> None:
    Radar(week.database).remove("query", "yacht")
    assert carried_of(week) == []


def test_nothing_is_carried_into_a_day_before_the_newest(week: Hub) -> None:
    assert carried_of(week, date=YESTERDAY) == []
    assert carried_of(week, date=DAY) == carried_of(week) != []


def test_filters_hold_for_carried_works_too(week: Hub) -> None:
    assert carried_of(week, categories=("quant-ph",)) == []
    assert len(carried_of(week, categories=("cs.LG",))) == 2 * CARRIED_DAYS
