"""The switch between radars in real Chromium: by keyboard, named for screen readers, on a phone."""

from __future__ import annotations

import re
from importlib import resources
from importlib.util import find_spec

import pytest
from real_browser import Opener, keys, until

from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars

pytestmark = pytest.mark.browser

SWITCH = "nav.radar-switch"


@pytest.fixture(autouse=True)
def radars(hub: Hub) -> None:
    """`main` follows qubits; a second radar follows fungi."""
    Radar(hub.database).add("query", "ancilla qubits")
    Radars(hub.database).create("soil fungi")
    Radar(hub.database, "soil fungi").add("query", "fungi hyphae")


def test_the_keyboard_reaches_every_radar_and_the_page_follows(visit: Opener) -> None:
    page = visit("/")
    first = keys(page)
    page.locator(f"{SWITCH} a").first.focus()
    assert page.evaluate("document.activeElement.getAttribute('aria-current')") == "page"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "soil fungi"
    page.keyboard.press("Enter")
    page.wait_for_url("**/?radar=soil+fungi")
    until(page, lambda: keys(page) != first)
    assert page.locator(f"{SWITCH} [aria-current=page]").inner_text() == "soil fungi"
    for name, path in (("Radar", "/radar"), ("Brief", "/brief"), ("Today", "/")):
        page.click(f".nav >> text={name}")
        page.wait_for_url(f"**{path}?radar=soil+fungi")
        assert page.locator(f"{SWITCH} [aria-current=page]").inner_text() == "soil fungi"


def test_a_screen_reader_hears_a_navigation_of_links(visit: Opener) -> None:
    page = visit("/")
    landmark = page.get_by_role("navigation", name="Radars")
    assert landmark.count() == 1
    links = landmark.get_by_role("link")
    assert links.all_inner_texts() == ["main", "soil fungi", "All radars"]
    page.goto(page.url + "?radar=all")
    until(page, lambda: page.locator("article .badge.radar").count() >= 20)
    assert "Radar " in (page.locator("article .badge.radar").first.text_content() or "")


def test_a_like_on_a_combined_card_stays_in_its_radar(visit: Opener, hub: Hub) -> None:
    page = visit("/?radar=all")
    cards = page.locator("article")
    for number in (0, 1):
        card = cards.nth(number)
        name = (card.locator(".badge.radar").first.text_content() or "").split("Radar ")[1]
        card.locator("button[value=like]").click()
        key = card.get_attribute("data-key")
        until(
            page,
            lambda name=name, key=key: (
                [signal.value for signal in Radar(hub.database, name).signals("like")] == [key]
            ),
        )
    page.click(".toast >> text=Undo")
    until(page, lambda: cards.nth(1).locator("[aria-pressed=true]").count() == 0)


def test_a_radar_is_made_and_deleted_by_hand(visit: Opener, hub: Hub) -> None:
    page = visit("/radar")
    page.click("summary >> text=New radar")
    page.fill("#radar-name", "sea ice")
    page.click("#radars >> button:text-is('Create')")
    page.wait_for_url("**/radar?radar=sea+ice")
    page.fill("#add-mute_word", "benchmark")
    page.press("#add-mute_word", "Enter")
    until(page, lambda: Radar(hub.database, "sea ice").signals() != [])
    page.click("summary >> text=Delete sea ice")
    page.check("[name=sure]")
    page.click("#radars >> button:text-is('Delete')")
    until(page, lambda: Radars(hub.database).names() == ["main", "soil fungi"])


@pytest.mark.parametrize("path", ["/?radar=all", "/radar", "/brief"])
def test_the_switch_fits_on_a_phone(visit: Opener, hub: Hub, path: str) -> None:
    Radars(hub.database).create("A project with a name of sixty characters, about everything")
    page = visit(path, viewport={"width": 360, "height": 780})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.locator(f"{SWITCH} a").last.is_visible()


AXE = "async () => (await axe.run(document)).violations.map(v => [v.id, v.nodes.map(n => n.html)])"


@pytest.mark.skipif(not find_spec("axe_playwright_python"), reason="axe-core is not installed")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_axe_finds_no_fault_with_several_radars(visit: Opener, lang: str, scheme: str) -> None:
    axe = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    page = visit(f"/?radar=all&lang={lang}&theme={scheme}", color_scheme=scheme)
    for path in ("/?radar=all", "/radar?radar=soil+fungi", "/brief?radar=soil+fungi", "/settings"):
        page.goto(re.sub(r"(https?://[^/]+)/.*", r"\1", page.url) + path)
        for summary in page.locator("#radars summary").all():
            summary.click()
        page.evaluate(axe)
        assert page.evaluate(AXE) == [], path
