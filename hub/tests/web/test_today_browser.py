"""Today under a reader's hand, in real Chromium: marks in place, keys, lists, the phone, accessibility."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest
from real_browser import Opener, keys, until

from academichub import preferences
from academichub.hub import Hub
from academichub.jobs.status import add_job, finish_job
from academichub.messages import Message
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars
from academichub.radar.reading import ReadingMarks, Visits
from academichub.text.moments import day_before

from .conftest import DAY, EARLIER, made_record

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PLACES = """() => [...document.querySelectorAll('article[data-key]')]
  .map(card => [card.dataset.key, Math.round(card.getBoundingClientRect().top + scrollY)])"""
"""Where each card stands on the page, in pixels from its top."""


def button(page: Page, number: int, kind: str) -> str:
    key = keys(page)[number - 1]
    return f'article[data-key="{key}"] button[value="{kind}"]'


def pressed(page: Page, number: int, kind: str) -> str | None:
    return page.get_attribute(button(page, number, kind), "aria-pressed")


@pytest.mark.parametrize("size", [(1280, 900), (800, 900), (390, 844)])
@pytest.mark.parametrize("kind", ["like", "dislike", "save", "hide", "read"])
def test_a_mark_moves_nothing_and_is_taken_back_in_view(
    visit: Opener, hub: Hub, kind: str, size: tuple[int, int]
) -> None:
    Radar(hub.database).add("query", "planning")
    page = visit("/", viewport={"width": size[0], "height": size[1]})
    page.evaluate("window.stayed = true")
    page.locator("article").nth(7).scroll_into_view_if_needed()
    before, top = page.evaluate(PLACES), page.evaluate("scrollY")
    page.click(button(page, 8, kind))
    page.wait_for_selector(".toast >> text=Undo")
    assert pressed(page, 8, kind) == "true"
    assert (page.evaluate(PLACES), page.evaluate("scrollY")) == (before, top)
    assert page.evaluate(
        "(() => { const r = document.querySelector('.toast').getBoundingClientRect();"
        " return r.top > 0 && r.bottom <= innerHeight; })()"
    )
    page.click(".toast >> text=Undo")
    until(page, lambda: pressed(page, 8, kind) == "false")
    assert page.locator(".toast").inner_text() in ("Taken back.", "Marked as unread.")
    assert (page.evaluate(PLACES), page.evaluate("window.stayed")) == (before, True)
    page.reload()
    assert pressed(page, 8, kind) == "false"


def test_the_new_order_comes_when_it_is_asked_for(visit: Opener) -> None:
    page = visit("/")
    first = keys(page)
    assert not page.is_visible("[data-new-order]")
    page.click(button(page, 20, "like"))
    page.wait_for_selector("[data-new-order]", state="visible")
    assert keys(page) == first
    page.click("[data-new-order]")
    until(page, lambda: keys(page) != first)
    assert not page.is_visible("[data-new-order]")
    second = keys(page)
    page.click(button(page, 20, "hide"))
    page.click(".toast >> text=Show the new order")
    until(page, lambda: second[19] not in keys(page))


def test_a_like_ends_a_dislike_in_place_and_undo_restores_it(visit: Opener) -> None:
    page = visit("/")
    page.click(button(page, 2, "dislike"))
    until(page, lambda: pressed(page, 2, "dislike") == "true")
    page.click(button(page, 2, "like"))
    until(page, lambda: pressed(page, 2, "like") == "true")
    assert pressed(page, 2, "dislike") == "false"
    page.keyboard.press("u")
    until(page, lambda: pressed(page, 2, "dislike") == "true")
    assert pressed(page, 2, "like") == "false"
    page.keyboard.press("u")
    until(page, lambda: pressed(page, 2, "dislike") == "false")
    page.keyboard.press("u")
    page.wait_for_selector("text=There is nothing to take back.")


def test_j_goes_to_the_next_unread_work_and_m_marks(visit: Opener, hub: Hub) -> None:
    page = visit("/")
    shown = keys(page)
    ReadingMarks(hub.database).mark([shown[1], shown[2]])
    page.reload()
    reached: Callable[[], Any] = lambda: page.evaluate("document.activeElement.id")  # noqa: E731
    page.keyboard.press("j")
    assert reached() == "card-1"
    page.keyboard.press("j")
    assert reached() == "card-4"
    page.keyboard.press("k")
    assert reached() == "card-3"
    page.keyboard.press("m")
    until(page, lambda: pressed(page, 3, "read") == "false")
    page.keyboard.press("k")
    page.keyboard.press("j")
    assert reached() == "card-3"
    page.keyboard.press("h")
    until(page, lambda: pressed(page, 3, "hide") == "true")
    assert ReadingMarks(hub.database).read_among(shown) == {shown[1]}


def test_an_opened_work_is_read_and_a_shown_one_is_not(visit: Opener, hub: Hub) -> None:
    page = visit("/")
    shown = keys(page)
    page.click("article h2 a >> nth=1")
    page.wait_for_load_state()
    page.go_back()
    page.wait_for_selector("article")
    assert [key for key in shown if key in ReadingMarks(hub.database).read_among(shown)] == [
        shown[1]
    ]
    page.evaluate(
        "document.addEventListener('click', e => e.target.closest('.away') && e.preventDefault())"
    )
    page.click("article >> nth=4 >> .away")
    until(page, lambda: shown[4] in ReadingMarks(hub.database).read_among(shown))
    assert page.locator("article.is-read").count() == 2


def test_question_mark_lists_the_keys_escape_closes_and_the_focus_returns(visit: Opener) -> None:
    page = visit("/")
    page.keyboard.press("j")
    page.keyboard.press("?")
    assert page.is_visible("#keys")
    listed = page.locator("#keys kbd").all_inner_texts()
    assert listed == ["j", "k", "o", "m", "l", "d", "s", "h", "u", "n", "b", "/", "?"]
    page.keyboard.press("l")
    page.keyboard.press("Escape")
    assert not page.is_visible("#keys")
    assert page.evaluate("document.activeElement.id") == "card-1"
    assert pressed(page, 1, "like") == "false"
    page.click("[data-show-keys]")
    assert page.is_visible("#keys")
    page.click("#keys >> text=Close")
    assert not page.is_visible("#keys")


@pytest.mark.parametrize("path", ["/", "/?view=all", f"/?date={EARLIER}"])
def test_fewer_than_twelve_tab_stops_lead_to_the_first_title(visit: Opener, path: str) -> None:
    page = visit(path)
    stops = 0
    while not page.evaluate("!!document.activeElement.closest('article h2')"):
        page.keyboard.press("Tab")
        stops += 1
        assert stops < 12
    assert page.evaluate("document.activeElement.closest('article').id") == "card-1"


def test_the_next_works_are_within_reach_without_a_scroll(visit: Opener) -> None:
    page = visit("/")
    first = keys(page)
    box = page.locator("[data-next]").bounding_box()
    assert box is not None and box["y"] + box["height"] < 300
    page.click("[data-next]")
    page.wait_for_url("**/?batch=1")
    assert not set(first) & set(keys(page))
    assert page.locator("text=Places 21 to 40.").count() == 1
    page.click("text=Previous 20")
    until(page, lambda: keys(page) == first)


def test_a_list_has_eight_works_or_more_on_a_screen_and_is_remembered(visit: Opener) -> None:
    page = visit("/")
    page.click(".filters summary")
    page.click(".menu >> text=List")
    page.wait_for_selector("article.line")
    whole = page.eval_on_selector_all(
        "article",
        "all => all.filter(card => card.getBoundingClientRect().bottom <= innerHeight).length",
    )
    assert whole >= 8
    numbers = page.locator("article .card-number").all_inner_texts()
    assert [int(re.sub(r"\D", "", text)) for text in numbers] == list(range(1, 21))
    line = page.locator("article").first
    assert "Ada Example" in line.inner_text() and line.locator(".gist").count() == 1
    page.goto(page.url.partition("?")[0])
    assert page.locator("article.line").count() == 20
    page.keyboard.press("j")
    page.keyboard.press("s")
    until(page, lambda: pressed(page, 1, "save") == "true")


def test_the_whole_order_is_sorted_narrowed_and_marked_as_read(visit: Opener, hub: Hub) -> None:
    page = visit("/")
    first = keys(page)
    page.click("text=All works in order >> visible=true")
    page.wait_for_url("**/?view=all")
    assert len(keys(page)) == 40
    page.click(button(page, 1, "read"))
    page.wait_for_selector(".toast")
    page.click(".filters summary")
    page.select_option("#f-show", "unread")
    page.select_option("#f-sort", "title")
    page.click("text=Apply")
    page.wait_for_url("**show=unread**")
    titles = page.locator("article h2").all_inner_texts()
    assert len(titles) == 39 and titles == sorted(titles, key=str.casefold)
    page.click(".next-batch >> text=Mark all 39 as read")
    page.wait_for_selector("text=39 works marked as read.")
    assert page.locator("text=You have read every work of these days.").count() == 1
    page.click(".flash >> text=Undo")
    until(page, lambda: len(keys(page)) == 39)
    assert ReadingMarks(hub.database).read_among(first) & set(first)


def test_a_week_and_a_span_of_days(visit: Opener) -> None:
    page = visit("/?view=all")
    page.click(".filters summary")
    page.click(".menu >> text=Week")
    page.wait_for_url("**days=7**")
    assert len(keys(page)) == 45
    page.click(".filters summary")
    page.fill("#f-since", EARLIER)
    page.fill("#f-date", EARLIER)
    page.click("text=Apply")
    page.wait_for_load_state()
    assert len(keys(page)) == 5 and "January 5, 2026" in page.inner_text("h1")


def test_unread_works_of_the_week_stand_beside_the_cards(visit: Opener, hub: Hub) -> None:
    Radar(hub.database).add("query", "fungi")
    page = visit("/")
    carried = page.locator(".carried li")
    assert carried.count() == 5 and page.locator("article").count() == 20
    key = str(carried.first.get_attribute("data-key"))
    assert key not in keys(page)
    carried.first.locator("button").click()
    page.wait_for_selector(".carried li.is-read")
    assert page.locator(".carried li").count() == 5
    page.reload()
    assert page.locator(f'.carried li[data-key="{key}"]').count() == 0
    page.goto(page.url + f"?date={EARLIER}")
    assert page.locator(".carried").count() == 0


def test_what_came_since_the_last_visit(visit: Opener, hub: Hub) -> None:
    from datetime import UTC, datetime

    Visits(hub.database).begin_or_go_on(DAY, datetime.now(UTC) - timedelta(days=1))
    hub.library.add([made_record(number) for number in (501, 502, 503)])
    page = visit("/")
    page.click("text=3 new since your last visit")
    page.wait_for_url("**show=new**")
    assert {key[-3:] for key in keys(page)} == {"501", "502", "503"}


def test_the_page_says_how_old_its_newest_day_is(visit: Opener) -> None:
    page = visit("/")
    said = page.inner_text(".facts-line")
    assert re.search(r"\d+ days old, the newest day in the library", said)
    page = visit(f"/?date={EARLIER}")
    assert "newest day" not in page.inner_text(".facts-line")


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_a_phone_has_search_at_hand_and_the_first_card_above_the_fold(
    visit: Opener, lang: str
) -> None:
    page = visit("/", viewport={"width": 390, "height": 844}, locale=lang, has_touch=True)
    field = page.locator("#top-q").bounding_box()
    title = page.locator("article h2").first.bounding_box()
    assert field is not None and field["width"] > 120 and field["y"] < 120
    assert title is not None and title["y"] + title["height"] < 844
    page.click(".filters summary")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


AXE = "async () => (await axe.run(document)).violations.map(v => [v.id, v.nodes.map(n => n.html)])"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_axe_finds_no_fault(visit: Opener, hub: Hub, lang: str, scheme: str) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    axe = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    Radar(hub.database).add("query", "fungi")
    ReadingMarks(hub.database).mark(["arxiv:2601.00006", "arxiv:2601.00041"])
    hub.library.add([made_record(600, day_before(DAY, 3))])
    page = visit("/", locale=lang, color_scheme=scheme, reduced_motion="reduce")
    origin = page.url.rstrip("/")
    for path in ("/", "/?view=all&layout=list", "/?days=7&layout=cards", f"/?date={EARLIER}",
                 "/?date=2026-01-04", "/work/arxiv:2601.00006", "/search?q=fungi", "/radar", "/sources",
                 "/settings", "/brief"):  # fmt: skip
        page.goto(origin + path)
        page.evaluate(axe)
        assert page.evaluate(AXE) == [], path
    page.goto(origin + "/?layout=cards")
    page.keyboard.press("j")
    page.keyboard.press("l")
    page.wait_for_selector(".toast")
    page.click(".filters summary")
    page.evaluate(axe)
    assert page.evaluate(AXE) == [], "with the menu open and a message shown"
    page.keyboard.press("?")
    assert page.evaluate(AXE) == [], "with the list of keys"
    Radars(hub.database).create("soil fungi")
    hub.preferences.set(preferences.FIELDS_CHOSEN, None)
    finish_job(hub, add_job(hub), "failed", [Message.of("job.internal_error")])
    for path in ("/", "/?radar=all", "/radar?radar=soil+fungi"):
        page.goto(origin + path)
        page.evaluate(axe)
        assert page.evaluate(AXE) == [], (
            f"{path} on the first run, with two radars and a failed gather"
        )
