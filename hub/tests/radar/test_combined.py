"""The combined view: reciprocal ranks of several radars' orders, and cards that name their radar."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.hub import Hub
from academichub.radar.combined import (
    combined_today,
    join_orders,
    today_of,
)
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars
from academichub.radar.today import today
from academichub.radar.window import TodayRequest

from .conftest import two_worlds

KEYS = [f"w{number}" for number in range(8)]
ORDERS = st.dictionaries(
    st.sampled_from(["fog", "kelp", "ice"]), st.lists(st.sampled_from(KEYS), unique=True)
)


def test_places_by_hand() -> None:
    # a has 1 + 1/3, b 1/2 + 1, c 1/3 + 1/2.
    joined = join_orders({"fog": ["a", "b", "c"], "kelp": ["b", "c", "a"]})
    assert [(work.key, work.radars, work.position) for work in joined] == [
        ("b", ("kelp",), 0),
        ("a", ("fog",), 0),
        ("c", ("kelp",), 1),
    ]


def test_the_best_of_one_radar_comes_before_what_is_middling_in_three() -> None:
    fog, kelp, ice = (
        [f"{radar}{place}" for place in range(24)] + ["shared"] for radar in ("fog", "kelp", "ice")
    )
    joined = [work.key for work in join_orders({"fog": fog, "kelp": kelp, "ice": ice})]
    assert {"fog0", "kelp0", "ice0"} == set(joined[:3])
    assert joined.index("shared") < joined.index("fog10")


@pytest.mark.parametrize(("works", "last_named"), [(200, 19), (100, 19), (50, 9), (4, 0)])
def test_a_card_names_the_radars_that_place_it_early(works: int, last_named: int) -> None:
    for position in (last_named, last_named + 1):
        order = [f"other{place}" for place in range(works)]
        order[position] = "a"
        joined = {work.key: work for work in join_orders({"fog": ["a"], "kelp": order})}
        kelp = ("kelp",) if position <= last_named else ()
        assert joined["a"].radars == ("fog", *kelp)


@given(ORDERS)
def test_one_order_stays_and_every_work_is_there_once(orders: dict[str, list[str]]) -> None:
    joined = join_orders(orders)
    keys = [work.key for work in joined]
    assert sorted(keys) == sorted({key for order in orders.values() for key in order})
    for work in joined:
        assert orders[work.radars[0]][work.position] == work.key
        assert work.position == min(
            order.index(work.key) for order in orders.values() if work.key in order
        )
    for name, order in orders.items():
        assert [work.key for work in join_orders({name: order})] == order
        assert [work.key for work in join_orders({name: order, "copy": order})] == order


@given(ORDERS)
def test_the_order_does_not_depend_on_which_radar_is_first(orders: dict[str, list[str]]) -> None:
    turned = dict(reversed(orders.items()))
    assert [work.key for work in join_orders(orders)] == [work.key for work in join_orders(turned)]


def two_radars(hub: Hub) -> tuple[Radar, Radar]:
    hub.library.add(two_worlds(20))
    Radars(hub.database).create("baking")
    sailing, baking = Radar(hub.database), Radar(hub.database, "baking")
    sailing.add("query", "yacht rudder")
    baking.add("query", "dough oven")
    return sailing, baking


def test_the_combined_page_holds_the_best_of_both_and_names_them(hub: Hub) -> None:
    sailing, baking = two_radars(hub)
    Radars(hub.database).create("empty")
    page = combined_today(hub, TodayRequest(size=10))
    worlds = [card.title.split()[0] for card in page.cards]
    assert worlds.count("Sailing") == worlds.count("Baking") == 5
    assert {(card.title.split()[0], card.radars[0]) for card in page.cards[:2]} == {
        ("Sailing", "main"),
        ("Baking", "baking"),
    }
    assert page.total == 40
    document = page.document().json_object()
    assert document["cards"][0]["radars"] == list(page.cards[0].radars)
    assert "radars" not in today(hub).document().json_object()["cards"][0]
    assert today_of(hub, TodayRequest(size=10), "ALL") == page
    assert today_of(hub, TodayRequest(), "baking") == today(hub, TodayRequest(), baking)
    assert today_of(hub, TodayRequest()) == today(hub, TodayRequest(), sailing)


def test_the_batches_of_the_combined_page_are_consecutive_places(hub: Hub) -> None:
    two_radars(hub)
    whole = [card.key for card in combined_today(hub, TodayRequest(size=40)).cards]
    batches = [combined_today(hub, TodayRequest(size=15, batch=number)) for number in range(3)]
    assert [card.key for page in batches for card in page.cards] == whole
    assert [card.rank for page in batches for card in page.cards] == list(range(1, 41))
    assert [page.has_more for page in batches] == [True, True, False]


def test_a_work_hidden_in_one_radar_comes_from_the_other_alone(hub: Hub) -> None:
    sailing, baking = two_radars(hub)
    first = combined_today(hub).cards[0]
    sailing.add("hide", first.key)
    cards = {card.key: card for card in combined_today(hub, TodayRequest(size=40)).cards}
    assert cards[first.key].radars == ("baking",)
    baking.add("hide", first.key)
    assert first.key not in {card.key for card in combined_today(hub, TodayRequest(size=40)).cards}


def test_the_combined_page_of_an_empty_library_says_why(hub: Hub) -> None:
    assert (
        combined_today(hub, TodayRequest(date="2020-01-01")).empty_code
        == today(hub, TodayRequest(date="2020-01-01")).empty_code
    )
