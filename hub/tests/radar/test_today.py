"""Today from a real library: labels, windows, filters, batches, empty days."""

import dataclasses
import json
import shutil

import pytest

from academichub import documents, preferences
from academichub.errors import StorageError, UsageError
from academichub.hub import Hub, open_hub
from academichub.i18n.message_text import messages_text
from academichub.library.ledger import Ledger
from academichub.messages import plain
from academichub.radar import model_store
from academichub.radar import today as module
from academichub.radar.batches import ShownBatches
from academichub.radar.radar import Radar
from academichub.radar.today import TodayPage, TodayRequest, refresh_text_model, today
from academichub.shelf import about
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record, Version

from .conftest import BAKING, DAY, SAILING, baking_text, make_record, make_work, two_worlds

CROSS = make_record(
    1,
    "Cross-listed",
    SAILING,
    day="2026-03-09",
    announcements=(
        Announcement("arxiv_announce", "2026-03-09", "new", "cs.LG", 1),
        Announcement("arxiv_announce", "2026-03-09", "cross", "math.OC", 1),
    ),
)
REPLACED = make_record(
    2,
    "Replaced",
    BAKING,
    authors=(Author("Grace Hopper"),),
    version=4,
    versions=(Version(4, announced=DAY),),
    announcements=(Announcement("arxiv_announce", DAY, "replace", "cs.LG", 4),),
)
SILENT = make_record(3, "Silently changed", SAILING, announcements=())
JOURNAL = Record(
    "feed",
    "guid-9",
    make_record(9, "x").identifiers,
    "In a journal",
    authors=(Author("Katherine Johnson"),),
    venue="Journal of Invented Results",
    announcements=(Announcement("feed", DAY, "new", "Journal of Invented Results", 0),),
)


def labels(page: TodayPage) -> list[tuple[str, str]]:
    return [(card.label, card.announce_type) for card in page.cards]


def keys(page: TodayPage) -> list[str]:
    return [card.key for card in page.cards]


@pytest.fixture
def filled(hub: Hub) -> Hub:
    hub.library.add([CROSS, REPLACED, SILENT, JOURNAL])
    return hub


def test_the_latest_day_with_labels(filled: Hub) -> None:
    page = today(filled)
    assert page.date == page.first == DAY
    assert page.total == 2
    assert sorted(labels(page)) == [
        ("Journal of Invented Results 2026-03-11", "new"),
        ("arXiv (cs.LG) 2026-03-11", "replace"),
    ]
    assert [card.rank for card in page.cards] == [1, 2]
    assert page.empty == ()
    assert all(0 <= card.score <= 1 and card.why for card in page.cards)


def test_an_author_widens_the_window_and_shows_the_cross_list(filled: Hub) -> None:
    page = today(filled, TodayRequest(authors=("Hopper, Grace",)))
    assert labels(page) == [
        ("arXiv (cs.LG) 2026-03-09", "new"),
        ("arXiv (cs.LG) 2026-03-11", "replace"),
    ]
    assert page.cards[0].cross_lists == ("math.OC",)
    assert page.cards[1].document().version == 4
    assert messages_text(page.notes) == "author filter: the last 30 days"
    one_day = today(filled, TodayRequest(authors=("Grace Hopper",), date="2026-03-09"))
    assert labels(one_day) == [("arXiv (cs.LG) 2026-03-09", "new")]
    assert one_day.notes == ()


def test_silent_changes_are_not_shown(filled: Hub) -> None:
    assert "arxiv:2603.00003" not in keys(today(filled, TodayRequest(days=30)))


@pytest.mark.parametrize(
    ("request_", "numbers"),
    [
        (TodayRequest(days=5, sources=("arXiv",)), {1, 2}),
        (TodayRequest(days=5, sources=("feed",)), {9}),
        (TodayRequest(days=5, sources=("Journal of Invented Results",)), {9}),
        (TodayRequest(days=5, categories=("MATH.oc",)), {1, 2}),
        (TodayRequest(days=5, categories=("math",)), {1, 2}),
        (TodayRequest(days=5, categories=("stat",)), set()),
        (TodayRequest(days=5, authors=("katherine johnson",)), {9}),
    ],
)
def test_filters(filled: Hub, request_: TodayRequest, numbers: set[int]) -> None:
    assert set(keys(today(filled, request_))) == {f"arxiv:2603.{n:05d}" for n in numbers}


def test_the_document_to_the_letter(filled: Hub) -> None:
    told = json.loads(
        json.dumps(
            today(filled, TodayRequest(authors=("Grace Hopper",), days=1)).document().json_object()
        )
    )
    assert {"date", "batch", "total", "empty_because", "cards"} <= told.keys()
    assert (told["date"], told["batch"], told["total"], told["empty_because"]) == (DAY, 0, 1, None)
    card = told["cards"][0]
    assert 0 <= card.pop("score") <= 1
    assert card.pop("why") == ["a new version in cs.LG"]
    assert card.pop("details") == [{"code": "why.replace", "params": {"category": "cs.LG"}}]
    assert card == {
        "rank": 1,
        "key": "arxiv:2603.00002",
        "label": "arXiv (cs.LG) 2026-03-11",
        "announce_type": "replace",
        "title": "Replaced",
        "authors": ["Grace Hopper"],
        "url": "https://arxiv.org/abs/2603.00002",
        "version": 4,
        "categories": ["cs.LG", "math.OC"],
        "cross_lists": ["math.OC"],
        "versions": [{"version": 4, "date": DAY}],
        "withdrawn": False,
    }


def test_likes_change_the_order_and_hides_the_number(hub: Hub) -> None:
    hub.library.add(two_worlds())
    radar = Radar(hub.database)
    radar.add("like", "arxiv:2603.00003")
    page = today(hub, TodayRequest(size=10))
    assert all("Sailing" in card.title for card in page.cards)
    radar.add("dislike", "arxiv:2603.00003")
    radar.add("like", "arxiv:2603.00002")
    page = today(hub, TodayRequest(size=10))
    assert all("Baking" in card.title for card in page.cards)
    assert page.total == 60
    radar.add("hide", page.cards[0].key)
    after = today(hub, TodayRequest(size=200))
    assert after.total == 59
    assert page.cards[0].key not in keys(after)
    assert after.has_more is False


def test_batches_without_a_seed_are_the_whole_order_once(hub: Hub) -> None:
    hub.library.add(two_worlds())
    Radar(hub.database).add("query", "yacht")
    order = keys(today(hub, TodayRequest(size=200)))
    pages = [today(hub, TodayRequest(size=25, batch=n)) for n in (0, 1, 2, 3)]
    assert [key for page in pages for key in keys(page)] == order
    assert len(set(order)) == 60
    assert [card.rank for page in pages for card in page.cards] == list(range(1, 61))
    assert [page.has_more for page in pages] == [True, True, False, False]
    assert [page.seed for page in pages] == [None] * 4
    assert (pages[3].empty_code, pages[3].total) == ("all_shown", 60)


def test_pages_of_the_order_are_not_recorded(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    hub.library.add(two_worlds())

    def refuse(*_: object) -> None:
        raise StorageError("the disk is full")

    before = keys(today(hub, TodayRequest(size=10, batch=1, seed=5)))
    monkeypatch.setattr(ShownBatches, "put", refuse)
    page = today(hub, TodayRequest(size=10, batch=1))
    assert (len(page.cards), page.notes) == (10, ())
    assert keys(today(hub, TodayRequest(size=10, batch=1, seed=5))) == before


def test_drawn_batches_of_a_day(hub: Hub) -> None:
    hub.library.add(two_worlds())
    Radar(hub.database).add("query", "yacht")
    pages = [today(hub, TodayRequest(size=25, batch=n, seed=5)) for n in (0, 1, 2, 3)]
    flat = [key for page in pages for key in keys(page)]
    assert len(flat) == len(set(flat)) == 60
    assert keys(pages[0]) == keys(today(hub, TodayRequest(size=25)))
    assert [page.has_more for page in pages] == [True, True, False, False]
    assert (pages[3].empty_code, pages[3].total) == ("all_shown", 60)
    assert messages_text(pages[3].empty, "zh") == "这些日期内的论文都已显示过"
    assert keys(today(hub, TodayRequest(size=25, batch=2, seed=5))) == keys(pages[2])


def test_seeds_of_a_day_never_repeat_a_work_and_draw_from_what_comes_next(hub: Hub) -> None:
    hub.library.add(two_worlds(70))
    order = keys(today(hub, TodayRequest(size=200)))
    spent = set(order[:10])
    for seed in (5, 6, 7):
        for batch in (1, 2):
            drawn = keys(today(hub, TodayRequest(size=10, batch=batch, seed=seed)))
            assert len(drawn) == 10
            assert set(drawn) <= set([key for key in order if key not in spent][:60])
            spent |= set(drawn)
    assert len(spent) == 10 + 3 * 2 * 10


def test_a_new_batch_stays_what_it_was_and_other_filters_draw_for_themselves(hub: Hub) -> None:
    hub.library.add(two_worlds(40))
    first = keys(today(hub, TodayRequest(size=10, batch=1, seed=5)))
    today(hub, TodayRequest(size=10, batch=1, seed=6))
    assert keys(today(hub, TodayRequest(size=10, batch=1, seed=5))) == first
    filtered = today(hub, TodayRequest(size=10, batch=1, seed=5, categories=("math",)))
    assert keys(filtered) == first  # all works match: the same draw, not one without these works


def test_a_work_drawn_does_not_come_again_after_a_gather(hub: Hub) -> None:
    hub.library.add(two_worlds(20))
    requests = [TodayRequest(size=10, batch=n, seed=3) for n in (0, 1, 2)]
    shown = {key for request in requests[:2] for key in keys(today(hub, request))}
    hub.library.add([make_record(500 + n, f"Late {n}", baking_text(n)) for n in range(40)])
    later = keys(today(hub, requests[2]))
    assert len(later) == 10
    assert not shown & set(later)


def test_an_unwritable_memory_of_batches_is_said_and_stops_nothing(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.library.add(two_worlds())

    def refuse(*_: object) -> None:
        raise StorageError("the disk is full")

    monkeypatch.setattr(ShownBatches, "put", refuse)
    page = today(hub, TodayRequest(size=10, batch=1, seed=5))
    assert len(page.cards) == 10
    assert messages_text(page.notes) == "the database cannot be written: works shown may come again"


def test_why_a_day_is_empty(filled: Hub) -> None:
    ledger = Ledger(filled.database)
    entry = ledger.open("arxiv_announce", "cs.LG 2026-03-14", "2026-03-14")
    entry.status = "holiday"
    ledger.close(entry)
    page = today(filled)
    assert (page.date, page.total, page.empty_code) == ("2026-03-14", 0, "weekend")
    assert messages_text(page.empty) == "arXiv announces nothing at weekends"
    assert messages_text(page.empty, "zh-CN") == "arXiv 周末不发布"
    assert today(filled, TodayRequest(date="2026-03-10")).empty_code == "not_gathered"
    filtered = today(filled, TodayRequest(date=DAY, categories=("hep-th",)))
    assert (filtered.empty_code, messages_text(filtered.empty)) == (
        "no_match",
        "nothing in these days matches the filters",
    )
    assert (
        today(filled, TodayRequest(date="2026-03-14", categories=("hep-th",))).empty_code
        == "weekend"
    )


def test_a_failed_source_is_named(filled: Hub) -> None:
    ledger = Ledger(filled.database)
    entry = ledger.open("arxiv_announce", "cs.LG 2026-03-12", "2026-03-12")
    entry.fail("timeout", plain("slow"))
    ledger.close(entry)
    page = today(filled)
    assert (page.date, page.empty_code) == ("2026-03-12", "source_failed")
    assert messages_text(page.empty).startswith("arXiv (announcements): ")


def test_a_day_all_hidden(filled: Hub) -> None:
    Radar(filled.database).add_all("hide", ["arxiv:2603.00002", "arxiv:2603.00009"])
    page = today(filled)
    assert (page.total, page.empty_code) == (0, "all_hidden")


def test_the_shelf_is_ranked_until_there_is_a_library(hub: Hub) -> None:
    page = today(hub)
    assert page.on_shelf
    assert page.cards[0].label.startswith("arXiv (")
    assert page.date == hub.reading.last_day()
    weekend = today(hub, TodayRequest(date="2026-06-27"))
    assert (weekend.empty_code, weekend.total) == ("weekend", 0)
    assert today(hub, TodayRequest(date="2020-01-02")).empty_code == "not_on_shelf"
    hub.library.add([CROSS])
    assert not today(hub).on_shelf


def test_the_shelf_stays_while_the_library_holds_imports_only(hub: Hub) -> None:
    before = today(hub)
    hub.library.add([SILENT])
    page = today(hub)
    assert page.on_shelf and page.document() == before.document()
    assert hub.reading is hub.library


def test_an_imported_example_orders_the_shelf(hub: Hub) -> None:
    work = today(hub, TodayRequest(size=40)).cards[-1].work
    twin = Record("bibtex", "twin", (Identifier("doi", "10.5555/twin"),), work.title)
    hub.library.add([dataclasses.replace(twin, abstract=work.note)])
    Radar(hub.database).add("example", "doi:10.5555/twin")
    assert today(hub).cards[0].key == work.key


def test_the_shelf_is_cut_to_the_fields_looked_at(hub: Hub) -> None:
    hub.preferences.set(preferences.FIELDS_LOOKED_AT, ["neuroscience", "medicine"])
    page = today(hub)
    assert {card.work.field for card in page.cards} == {"neuroscience", "medicine"}
    assert page.total == about().fields["neuroscience"] + about().fields["medicine"]
    hub.preferences.set(preferences.FIELDS_CHOSEN, ["multidisciplinary"])
    assert today(hub).total > 0, "a field without works on the shelf cuts nothing"


def test_requests_are_checked_before_anything_else(hub: Hub) -> None:
    with pytest.raises(UsageError, match="batch -1"):
        today(hub, TodayRequest(batch=-1))


def test_the_page_is_the_same_in_another_process(filled: Hub) -> None:
    Radar(filled.database).add("like", "arxiv:2603.00001")
    request = TodayRequest(days=5, batch=0)
    first = today(filled, request).document()
    other = open_hub(filled.settings)
    assert today(other, request).document() == first
    other.close()


def test_the_model_is_refitted_when_the_library_has_outgrown_it(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_store, "QUICK_WORKS", 40)
    hub.library.add(two_worlds(20))
    before = module.text_model(hub)
    assert before is not None
    assert refresh_text_model(hub) is False
    hub.library.add(
        [make_record(500 + n, f"Gardening {n}", "Soil and seed grow roses.") for n in range(20)]
    )
    assert module.text_model(hub).fingerprint == before.fingerprint
    assert refresh_text_model(hub) is True
    after = module.text_model(hub)
    assert after.fingerprint != before.fingerprint
    assert "rose" in after.vocabulary.words
    assert "rose" not in before.vocabulary.words


def test_a_page_fits_a_small_model_anew_by_itself(hub: Hub) -> None:
    hub.library.add(two_worlds(2))
    assert module.text_model(hub).model.num_fitted == 4
    hub.library.add(two_worlds(20))
    assert module.text_model(hub).model.num_fitted == 40
    assert refresh_text_model(hub) is False


def test_a_damaged_or_unwritable_model_stops_no_page(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.library.add(two_worlds(20))
    Radar(hub.database).add("like", "arxiv:2603.00003")
    expected = today(hub).document()
    (stored,) = (hub.settings.home / "models").iterdir()
    stored.write_bytes(stored.read_bytes()[:1000])
    assert _ranked_again(hub) == expected
    assert stored.stat().st_size > 1000
    shutil.rmtree(stored.parent)
    stored.parent.write_text("a file where the folder should be")
    assert _ranked_again(hub) == expected


def _ranked_again(hub: Hub) -> documents.Today:
    """Return the page as a hub makes it that remembers nothing."""
    other = open_hub(hub.settings)
    page = today(other).document()
    other.close()
    return page


def test_line_ups_in_memory_are_limited_in_number_and_works(
    filled: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_LINEUPS", 3)
    for days in range(1, 6):
        today(filled, TodayRequest(days=days))
    assert filled.part(module.Ranking).num_works() == [3, 3, 3]
    monkeypatch.setattr(module, "MAX_REMEMBERED_WORKS", 4)
    today(filled, TodayRequest(days=9))
    assert filled.part(module.Ranking).num_works() == [3]


def test_only_so_many_works_are_ranked_and_the_page_says_so(
    filled: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_RANKED", 2)
    page = today(filled, TodayRequest(days=8))
    assert page.total == 2
    assert (
        messages_text(page.notes) == "only the 2 works announced last are ranked; choose fewer days"
    )


def test_a_work_without_words_is_shown_all_the_same(hub: Hub) -> None:
    hub.library.add([make_record(1, "1234 5678", "")])
    page = today(hub)
    assert keys(page) == ["arxiv:2603.00001"]
    assert module.text_model(hub) is None


def test_labels_of_works_without_announcements() -> None:
    from academichub.radar.cards import label_of

    bare = make_work(1, "One", announcements=(), published="2026-02-01")
    assert label_of(bare, None) == "arXiv (cs.LG) 2026-02-01"
    book = dataclasses.replace(
        bare, identifiers=(), categories=(), sources=("bibtex",), venue="A Press", published="2020"
    )
    assert label_of(book, None) == "A Press 2020"
    assert label_of(dataclasses.replace(book, venue=""), None) == "bibtex 2020"
