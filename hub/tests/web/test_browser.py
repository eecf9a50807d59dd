"""The pages in real Chromium: with and without JavaScript, on a phone, in the dark, in both languages."""

from __future__ import annotations

import pytest
from real_browser import Opener, keys, until

from academichub.hub import Hub

from .conftest import DAY

pytestmark = pytest.mark.browser


def test_today_chips_and_their_x_without_loading_the_page_anew(visit: Opener) -> None:
    page = visit("/")
    assert len(keys(page)) == 20
    page.evaluate("window.stayed = true")
    page.click("article >> nth=2 >> .chips a >> nth=1")
    page.wait_for_url("**/?author=Person*")
    assert len(keys(page)) == 1 and page.evaluate("window.stayed")
    page.click(".filters .chip.on .x")
    page.wait_for_url("**/")
    assert len(keys(page)) == 20 and page.evaluate("window.stayed")
    page.go_back()
    until(page, lambda: len(keys(page)) == 1)
    page.go_forward()
    until(page, lambda: len(keys(page)) == 20)


def test_another_batch_brings_other_works(visit: Opener) -> None:
    page = visit("/")
    first = keys(page)
    page.click("text=Another batch")
    page.wait_for_url("**/?seed=*&batch=1")
    second = keys(page)
    assert len(second) == 20 and not set(first) & set(second)
    assert page.locator("text=You have seen every work").count() == 1
    page.click("text=Back to the first batch")
    page.wait_for_url("**/")
    assert keys(page) == first


def test_like_and_undo_keep_the_place(visit: Opener) -> None:
    page = visit("/")
    key = keys(page)[3]
    button = f'article[data-key="{key}"] button[value="like"]'
    page.click(button)
    page.wait_for_selector(f"{button}[aria-pressed=true]")
    assert page.evaluate("document.activeElement.value") == "like"
    page.click(".flash button")
    page.wait_for_selector(f"{button}[aria-pressed=false]")


def test_keys_move_between_cards_and_search(visit: Opener) -> None:
    page = visit("/")
    for key, number in (("j", 1), ("j", 2), ("j", 3), ("k", 2)):
        page.keyboard.press(key)
        assert page.evaluate("document.activeElement.id") == f"card-{number}"
    page.keyboard.press("s")
    page.wait_for_selector("#card-2 button[value=save][aria-pressed=true]")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.name") == "q"
    page.keyboard.type("planning j")
    assert page.input_value("#top-q") == "planning j"
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=planning+j")


def test_the_skip_link_is_first_and_leads_to_the_content(visit: Opener) -> None:
    page = visit("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_radar_is_edited_and_undone(visit: Opener) -> None:
    page = visit("/radar")
    page.fill("#add-author", "Ada Example")
    page.press("#add-author", "Enter")
    page.wait_for_selector("text=Added: Ada Example")
    assert page.locator(".chip.on >> text=Ada Example").count() == 1
    page.click("button[aria-label='Remove Ada Example']")
    page.wait_for_selector("text=Removed.")
    assert page.locator("button[aria-label='Remove Ada Example']").count() == 0
    page.click(".flash >> text=Undo")
    page.wait_for_selector("button[aria-label='Remove Ada Example']")


def test_the_brief_leads_to_its_references_and_says_its_checks(visit: Opener) -> None:
    page = visit("/brief")
    cite = page.locator(".cite").first
    target = str(cite.get_attribute("href"))
    cite.click()
    assert page.evaluate("location.hash") == target
    assert page.locator(target).is_visible()
    check = page.locator(".check-mark > summary").first
    check.hover()
    assert page.locator(".check-mark .tip").first.is_visible()
    check.focus()
    page.keyboard.press("Enter")
    assert page.locator(".check-mark[open] dl").first.is_visible()
    page.locator(".check-mark[open] > summary").first.press("Enter")
    assert page.locator(".check-mark[open]").count() == 0


def test_the_language_switches_and_stays(visit: Opener) -> None:
    page = visit("/?author=Ada+Example")
    page.click("text=中文")
    page.wait_for_load_state()
    assert page.get_attribute("html", "lang") == "zh-CN" and "author=Ada" in page.url
    assert page.locator("text=换一批").count() >= 1
    page.click(".nav >> text=雷达")
    page.wait_for_load_state()
    assert page.inner_text("h1") == "雷达"
    page.click("text=English")
    page.wait_for_load_state()
    assert page.inner_text("h1") == "Radar"


def test_everything_works_without_javascript(visit: Opener) -> None:
    page = visit("/", java_script_enabled=False)
    first = keys(page)
    page.click("article >> nth=0 >> button[value=like]")
    assert page.locator("article >> nth=0 >> button[aria-pressed=true]").count() == 1
    page.click(".flash button")
    assert page.locator("button[aria-pressed=true]").count() == 0
    page.click("text=Another batch")
    assert not set(first) & set(keys(page))
    page.click("article >> nth=0 >> .chips a >> nth=1")
    assert len(keys(page)) == 1
    page.click(".filters .x")
    page.click(".filters summary")
    page.fill("#f-category", "quant-ph")
    page.click("text=Apply")
    assert 0 < len(keys(page)) < 20
    page.click("article h2 a >> nth=0")
    assert page.locator("text=Answers of the sources").count() == 1


@pytest.mark.parametrize("lang", ["en-US", "zh-CN"])
def test_a_phone_shows_everything_without_scrolling_sideways(
    visit: Opener, address: str, lang: str
) -> None:
    page = visit("/", viewport={"width": 390, "height": 844}, locale=lang, has_touch=True)
    for path in (
        "/",
        "/radar",
        "/brief",
        "/sources",
        "/settings",
        "/search?q=invented",
        "/work/arxiv:2601.00006",
    ):
        page.goto(address + path)
        wide = page.eval_on_selector_all(
            "main *",
            "all => all.filter(e => e.getBoundingClientRect().right > 391 && !e.closest('.table-wrap, .days, .visually-hidden'))"
            ".map(e => e.outerHTML.slice(0, 200))",
        )
        assert wide == [] and page.evaluate("document.documentElement.scrollWidth") == 390, path
        small = page.eval_on_selector_all(
            "main button, main .button, nav a",
            "all => all.filter(e => e.offsetParent && e.getBoundingClientRect().height < 24).map(e => e.outerHTML)",
        )
        assert small == [], path


CONTRAST = """() => {
  const channels = c => { const x = document.createElement('canvas').getContext('2d'); x.fillStyle = c; x.fillRect(0, 0, 1, 1); return [...x.getImageData(0, 0, 1, 1).data]; };
  const light = c => { const [r, g, b] = channels(c).slice(0, 3).map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; }); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (channels(c)[3] === 255) return c; } return getComputedStyle(document.body).backgroundColor; };
  const bad = [];
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility() || e.closest('.visually-hidden, .skip, option, datalist')) continue;
    const style = getComputedStyle(e), a = light(style.color), b = light(behind(e));
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const large = parseFloat(style.fontSize) >= 24 || (parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700);
    if (ratio < (large ? 3 : 4.5)) bad.push(e.outerHTML.slice(0, 120) + ' ' + ratio.toFixed(2));
  }
  return bad; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_the_contrast_of_wcag_aa(visit: Opener, address: str, scheme: str) -> None:
    page = visit("/?author=Ada+Example", color_scheme=scheme)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(19, 22, 25)") is (scheme == "dark")
    for path in (
        "/?author=Person+06",
        "/brief",
        "/radar",
        "/sources",
        "/work/arxiv:2601.00006",
        "/search?q=fungi",
        "/settings",
    ):
        page.goto(address + path)
        assert page.evaluate(CONTRAST) == [], path


def test_the_toggle_wins_over_the_system(visit: Opener) -> None:
    page = visit("/", color_scheme="light")
    page.click("a[aria-label=Dark]")
    page.wait_for_load_state()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 22, 25)"
    page.click(".nav >> text=Radar")
    page.wait_for_load_state()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(19, 22, 25)"


def test_a_hub_that_is_gone_is_said_and_nothing_is_lost(visit: Opener) -> None:
    page = visit("/")
    page.route("**/?batch=1", lambda route: route.abort())
    page.click("[data-next]")
    page.wait_for_selector("text=The hub does not answer")
    assert len(keys(page)) == 20
    assert visit.said == ["Failed to load resource: net::ERR_FAILED"]  # type: ignore[attr-defined]
    visit.said.clear()  # type: ignore[attr-defined]


def test_paper_shows_the_brief_alone(visit: Opener) -> None:
    page = visit("/brief")
    page.emulate_media(media="print")
    hidden = page.eval_on_selector_all(
        ".top, .aside, .foot", "all => all.every(e => !e.checkVisibility())"
    )
    assert (
        hidden and page.locator(".brief").is_visible() and page.locator(".references").is_visible()
    )


def test_the_two_works_of_one_author_are_told_apart(hub: Hub, visit: Opener) -> None:
    page = visit("/?author=Person+06")
    label = " ".join(page.inner_text("article .label").split())
    assert label == f"arXiv (cs.LG) {DAY} Replacement (v4) also in cs.AI"
