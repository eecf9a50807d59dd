"""Why a page is empty: the first reason that holds, in the reader's language."""

from __future__ import annotations

from academichub.hub import Hub
from academichub.i18n.message_text import messages_text
from academichub.library.ledger import Ledger
from academichub.messages import plain
from academichub.radar.empty_page import why_empty
from academichub.radar.window import Window

from .conftest import DAY, make_record

SATURDAY = "2026-03-14"


def code(hub: Hub, window: Window, matching: int = 0) -> str:
    return why_empty(hub, window, matching).code


def test_what_matches_but_is_not_shown_is_hidden(hub: Hub) -> None:
    hub.library.add([make_record(1, "A study")])
    page = why_empty(hub, Window(DAY, DAY), 1)
    assert page.code == "all_hidden"
    assert messages_text(page.messages) == "everything in these days is hidden by your radar"
    assert "隐藏" in messages_text(page.messages, "zh")


def test_a_filter_is_the_reason_only_where_the_days_hold_works(hub: Hub) -> None:
    hub.library.add([make_record(1, "A study")])
    filtered = Window(DAY, DAY, authors=("Emmy Noether",))
    assert code(hub, filtered) == "no_match"
    elsewhere = Window(SATURDAY, SATURDAY, authors=("Emmy Noether",))
    assert code(hub, elsewhere) != "no_match"


def test_the_shelf_is_explained_by_the_calendar_or_by_what_it_holds(hub: Hub) -> None:
    assert hub.on_shelf
    assert code(hub, Window(SATURDAY, SATURDAY)) == "weekend"
    assert code(hub, Window("2026-03-12", "2026-03-12")) == "not_on_shelf"


def test_a_day_that_was_never_gathered_is_named(hub: Hub) -> None:
    hub.library.add([make_record(1, "A study")])
    day = Window("2026-03-12", "2026-03-12")
    page = why_empty(hub, day, 0)
    assert page.code == "not_gathered"
    assert messages_text(page.messages) == "2026-03-12 has not been gathered yet"


def test_a_journal_that_failed_is_a_reason_where_arxiv_announced_nothing(hub: Hub) -> None:
    hub.library.add([make_record(1, "A study")])
    day, ledger = "2026-03-12", Ledger(hub.database)
    quiet = ledger.open("arxiv_announce", f"cs.LG {day}", day)
    quiet.status = "holiday"
    ledger.close(quiet)
    failed = ledger.open("crossref", "A journal", day)
    failed.fail("timeout", plain("x"))
    ledger.close(failed)
    page = why_empty(hub, Window(day, day), 0)
    assert page.code == "nothing_announced"
    assert "Crossref: the answer did not come in time" in messages_text(page.messages)
    assert "Crossref：" in messages_text(page.messages, "zh")
