"""The right order of a day, by the public functions alone: what a reader of three subjects sees first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from command_calls import assert_document, call
from invented_day import EXAMPLE_KEYS, KEY_OF, NAMED, NUM_OTHERS, invented_day

from academichub import documents
from academichub.hub import Hub, open_hub
from academichub.radar.radar import Radar
from academichub.radar.today import Card, TodayPage, TodayRequest, today

PAGE = 20
QUERIES = ("world model", "spiking neural networks", "brain")
CATEGORY = "q-bio.NC"
TOTAL = len(NAMED) + NUM_OTHERS
NEXT = 60
"""Places of the order, not shown yet, from which a batch is drawn."""

SCATTERED = ("mortgage", "forecast", "lifts")
"""Works with `real-world` and `model` in them, none of them on world models."""

ANSWERS = ("rain", "delays", "harbour", "gardens", "kitchen", "tides_1", "songbird", "larvae")
"""Works that answer the queries in English; tides_2 does too, but repeats tides_1."""

UNRELATED = ("glaze", "auction", "hashes", "tax", "queues")
"""Works that have nothing to do with the reader."""


def reader_hub(
    hub: Hub,
    queries: Sequence[str] = QUERIES,
    *,
    categories: Sequence[str] = (CATEGORY,),
    people: Mapping[str, str] | None = None,
    author_weight: float = 1.0,
    examples: Sequence[str] = EXAMPLE_KEYS,
) -> Hub:
    """Return a hub with the invented day and a radar; it follows `people`, a work -> its author."""
    hub.library.add(invented_day(people))
    radar = Radar(hub.database)
    radar.add_all("example", examples)
    for query in queries:
        radar.add("query", query)
    for category in categories:
        radar.add("category", category)
    for author in dict.fromkeys((people or {}).values()):
        radar.add("author", author, author_weight)
    return hub


def cards_of(page: TodayPage) -> dict[str, Card]:
    return {card.key: card for card in page.cards}


def order_of(hub: Hub) -> dict[str, Card]:
    """Return every card of the day by key, best first."""
    page = today(hub, TodayRequest(size=200))
    assert page.total == len(page.cards) == TOTAL
    return cards_of(page)


def rank(cards: Mapping[str, Card], name: str) -> int:
    return cards[KEY_OF[name]].rank


def queries_named(card: Card) -> set[str]:
    """Return the queries that a card names as a reason."""
    return {
        str(message.params["query"])
        for message in card.why
        if message.code in ("why.query", "why.best_match")
    }


def test_works_on_world_models_stand_before_works_with_the_words_scattered(hub: Hub) -> None:
    cards = order_of(reader_hub(hub))
    on_world_models = [rank(cards, name) for name in ("harbour", "gardens", "tides_1", "kitchen")]
    scattered = [rank(cards, name) for name in SCATTERED]
    assert max(on_world_models) < min(scattered)
    assert max(on_world_models) <= PAGE


@pytest.mark.parametrize("examples", [EXAMPLE_KEYS, ()], ids=["examples", "queries alone"])
def test_scattered_words_are_no_answer_to_a_query(hub: Hub, examples: Sequence[str]) -> None:
    cards = order_of(reader_hub(hub, examples=examples))
    for name in SCATTERED:
        assert queries_named(cards[KEY_OF[name]]) == set(), name
    for name in ("harbour", "gardens", "tides_1", "tides_2", "kitchen"):
        assert queries_named(cards[KEY_OF[name]]) == {"world model"}


def test_every_query_has_its_best_match_on_the_first_page_and_says_so(hub: Hub) -> None:
    cards = order_of(reader_hub(hub))
    best = {
        str(message.params["query"]): card.rank
        for card in cards.values()
        for message in card.why
        if message.code == "why.best_match"
    }
    assert best.keys() == set(QUERIES)
    assert all(place <= PAGE for place in best.values())
    for name, query in (("rain", QUERIES[1]), ("delays", QUERIES[1]), ("songbird", QUERIES[2])):
        assert query in queries_named(cards[KEY_OF[name]]) and rank(cards, name) <= PAGE


@pytest.mark.parametrize("author_weight", [1.0, 0.01])
@pytest.mark.parametrize("subject", UNRELATED)
def test_a_followed_author_stands_on_the_first_page_whatever_the_subject(
    hub: Hub, subject: str, author_weight: float
) -> None:
    people = {subject: "Mirela Tassoni"}
    cards = order_of(reader_hub(hub, people=people, author_weight=author_weight))
    card = cards[KEY_OF[subject]]
    assert card.rank <= PAGE
    assert card.why[0].code == "why.author" and card.why[0].params == {"name": "Mirela Tassoni"}
    assert card.document().why[0] == "by Mirela Tassoni, whom you follow"
    assert card.document("zh").why[0] != card.document().why[0]


def test_without_following_them_the_author_is_not_on_the_first_page(hub: Hub) -> None:
    cards = order_of(reader_hub(hub))
    assert all(rank(cards, name) > PAGE for name in UNRELATED)


def test_best_matches_and_many_works_of_a_followed_author_fill_half_of_the_page(hub: Hub) -> None:
    names = [name for name in NAMED if name not in ("tides_1", "tides_2")][-16:]
    cards = order_of(reader_hub(hub, people=dict.fromkeys(names, "Mirela Tassoni")))
    first_page = list(cards)[:PAGE]
    by_followed = [name for name in names if KEY_OF[name] in first_page]
    assert len(by_followed) + len(QUERIES) == PAGE // 2
    assert all(KEY_OF[name] in first_page for name in ANSWERS)


def test_the_only_work_of_a_rare_category_stands_within_two_pages(hub: Hub) -> None:
    (only,) = (name for name, (_, _, category) in NAMED.items() if category == CATEGORY)
    card = order_of(reader_hub(hub))[KEY_OF[only]]
    assert card.rank <= 2 * PAGE
    assert card.why[0].code == "why.best_of_category"
    assert card.why[0].params == {"category": CATEGORY}


def test_without_following_it_the_rare_category_is_further_down(hub: Hub) -> None:
    assert rank(order_of(reader_hub(hub, categories=())), "snails") > 2 * PAGE


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("世界模型", ["harbour", "gardens", "tides_1", "kitchen", "grasping"]),
        ("脉冲神经网络", ["rain", "delays", "low_power"]),
        ("脈衝神經網絡", ["rain", "delays", "low_power"]),
        ("脈衝神經網路", ["rain", "delays", "low_power"]),
        ("神經網路", ["rain", "delays", "low_power"]),
        ("大脑", ["songbird", "larvae"]),
        ("大腦", ["songbird", "larvae"]),
        ("world model", ["harbour", "gardens", "tides_1", "kitchen", "grasping"]),
        ("spiking neural network", ["rain", "delays", "low_power"]),
        ("neural networks", ["rain", "delays", "low_power"]),
        ("SNN", ["rain", "delays"]),
    ],
)
def test_a_query_in_one_language_finds_works_in_the_other(
    hub: Hub, query: str, names: list[str]
) -> None:
    cards = order_of(reader_hub(hub, [query], categories=(), examples=()))
    for name in names:
        assert rank(cards, name) <= PAGE, name
        assert queries_named(cards[KEY_OF[name]]) == {query}, name
    others = [card for key, card in cards.items() if key not in map(KEY_OF.get, NAMED)]
    assert len(others) == NUM_OTHERS
    assert not any(queries_named(card) for card in others)


@pytest.mark.parametrize(
    "query",
    [
        "zebrafish opera",  # no work has a word of it
        "kelp mortgage sonnets hull",  # four works have one word each
        "glaze the brain of a tax office",
        '"model world"',
        "歌剧与斑马鱼",
        "cargo bikes -auction",  # the work on cargo bikes is excluded
    ],
)
def test_a_query_without_a_good_match_lifts_nothing(hub: Hub, query: str) -> None:
    reader_hub(hub)
    before = order_of(hub)
    Radar(hub.database).add("query", query)
    after = order_of(hub)
    assert [card.title for card in after.values() if query in queries_named(card)] == []
    answers = {KEY_OF[name] for name in ANSWERS}
    assert set(list(before)[: len(ANSWERS)]) == answers
    assert set(list(after)[: len(ANSWERS)]) == answers


def test_a_near_duplicate_begins_the_second_page(hub: Hub) -> None:
    cards = order_of(reader_hub(hub))
    assert rank(cards, "tides_1") <= PAGE
    assert rank(cards, "tides_2") == PAGE + 1
    first_page = list(cards.values())[:PAGE]
    assert cards[KEY_OF["tides_2"]].score > min(card.score for card in first_page), "it was moved"


def test_batches_without_a_seed_are_places_of_the_order(hub: Hub) -> None:
    reader_hub(hub)
    order = list(order_of(hub))
    for number in range(TOTAL // PAGE + 1):
        page = today(hub, TodayRequest(batch=number))
        places = range(PAGE * number + 1, min(PAGE * (number + 1), TOTAL) + 1)
        assert [card.rank for card in page.cards] == list(places)
        assert [card.key for card in page.cards] == [order[place - 1] for place in places]
        assert page.has_more == (places[-1] < TOTAL)
    assert today(hub, TodayRequest(batch=TOTAL // PAGE + 1)).empty_code == "all_shown"


def test_draws_of_a_day_never_repeat_a_work_and_stay_near_the_top(hub: Hub) -> None:
    reader_hub(hub)
    order = list(order_of(hub))
    shown = set(order[:PAGE])
    for seed, batch in ((1, 1), (2, 1), (1, 2), (3, 1)):
        drawn = [card.key for card in today(hub, TodayRequest(batch=batch, seed=seed)).cards]
        assert len(set(drawn)) == PAGE
        assert not shown & set(drawn)
        assert set(drawn) <= set([key for key in order if key not in shown][:NEXT])
        shown |= set(drawn)
    assert len(shown) == 5 * PAGE


def test_the_command_prints_the_same_page(hub: Hub) -> None:
    reader_hub(hub, people={"primes": "Mirela Tassoni"})
    expected = today(hub).document()
    hub.close()
    page = call("today", "--json").json
    assert_document(page, documents.Today)
    assert page == expected.json_object()
    places = {card["key"]: card["rank"] for card in page["cards"]}
    assert len(places) == PAGE
    assert places[KEY_OF["harbour"]] < min(places.get(KEY_OF[name], PAGE + 1) for name in SCATTERED)
    (followed,) = (card for card in page["cards"] if card["key"] == KEY_OF["primes"])
    assert followed["details"][0] == {"code": "why.author", "params": {"name": "Mirela Tassoni"}}
    second = call("today", "--json", "--batch", "1").json
    assert [card["rank"] for card in second["cards"]] == [*range(PAGE + 1, 2 * PAGE + 1)]
    again = open_hub()
    assert [card.key for card in today(again, TodayRequest(batch=1)).cards] == [
        card["key"] for card in second["cards"]
    ]
    again.close()
