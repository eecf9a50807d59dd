"""The first run and the radar's examples in real Chromium: with a script, without one, on a phone, in four looks."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from literature_server import Literature, Paper, literature
from real_browser import Opener, keys, until

from academichub import preferences
from academichub.facts import catalogue
from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.settings import load_settings
from academichub.shelf import about
from academichub.web import job_view
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Record

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

ARXIV = (
    Paper("2606.00001", "Latent rollouts for street maps", ("Ada Example", "Bo Chen")),
    Paper("2606.00002", "Spiking networks on a chip", ("Ada Example",)),
)
PHONE = {"viewport": {"width": 390, "height": 844}}
LOOKS = [(lang, scheme) for lang in ("en-US", "zh-CN") for scheme in ("light", "dark")]


@pytest.fixture
def sources() -> Iterator[Literature]:
    with literature(ARXIV) as served:
        yield served


@pytest.fixture
def hub(sources: Literature, tmp_path: Path) -> Iterator[Hub]:
    opened = Hub(load_settings(sources.environment(tmp_path / "new")))
    yield opened
    opened.close()


def values(hub: Hub, kind: str) -> list[str]:
    return [signal.value for signal in Radar(hub.database).signals() if signal.kind == kind]


def ticked(page: Page, name: str) -> set[str]:
    boxes = page.query_selector_all(f'.start-fields input[name="{name}"]')
    return {str(box.get_attribute("value")) for box in boxes if box.is_checked()}


def flash(page: Page) -> str:
    page.wait_for_selector(".flash")
    return page.locator(".flash p").inner_text()


def test_each_answer_reorders_the_cards_below_it(visit: Opener, hub: Hub) -> None:
    page = visit("/")
    page.evaluate("window.stayed = true")
    before = keys(page)
    assert "ranked for you" not in page.locator("main").inner_text()
    questions, first = page.locator("#start").bounding_box(), page.locator("article").first
    card = first.bounding_box()
    assert questions and card and questions["y"] + questions["height"] <= card["y"]
    page.fill("input[name=phrase] >> nth=0", "quantum error correction")
    page.click('form[action="/start/phrases"] button')
    until(page, lambda: keys(page) != before)
    after_phrase = keys(page)
    assert "1 phrase added." in flash(page) and page.evaluate("window.stayed")
    assert "ranked for you" in page.locator("main").inner_text()
    shelf = hub.shelf.by_keys(before)
    page.fill("#start-works", f"{shelf[before[-1]].title}\n2606.00001\n2606.09999")
    page.click('form[action="/start/works"] button')
    page.wait_for_selector(".unresolved")
    assert "2606.00001" in values(hub, "example")[0]
    assert len(keys(page)) == 20 and after_phrase != before
    page.click(".unresolved li >> nth=0 >> button")
    until(page, lambda: page.locator(".unresolved li").count() < 2)
    page.click("#start .chip button")
    until(page, lambda: not page.locator("#start .chip").count())
    assert values(hub, "query") == []


def test_a_file_and_a_name_become_examples(visit: Opener, hub: Hub, tmp_path: Path) -> None:
    library = tmp_path / "refs.bib"
    library.write_text("@article{a, title={Soil and sound}, doi={10.5555/soil}}", "utf-8")
    page = visit("/")
    page.set_input_files("#start-library", str(library))
    page.click('form[action="/start/library"] button')
    assert "1 work is an example." in flash(page)
    assert len(keys(page)) == 20, "the shelf's cards stay below the questions"
    page.fill("#start-person", "Ada Example")
    page.click('form[action="/start/person"] button')
    page.wait_for_selector("h1 >> text=Works by Ada Example")
    page.uncheck('input[value="arxiv:2606.00002"]')
    page.click("text=Add as examples")
    assert "1 work is an example." in flash(page)
    assert values(hub, "example") == ["doi:10.5555/soil", "arxiv:2606.00001"]


def test_a_field_ticks_its_categories_and_categories_are_searched(
    visit: Opener, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_view, "start", lambda _hub: 1)
    offers = {offer.field_id: set(offer.categories) for offer in catalogue.offer()}
    page = visit("/")
    page.click(".start-fields > details > summary")
    before = ticked(page, "category")
    page.check('input[name="field"][value="neuroscience"]')
    assert ticked(page, "category") == before | offers["neuroscience"]
    page.uncheck('input[name="field"][value="neuroscience"]')
    assert ticked(page, "category") == before - offers["neuroscience"]
    page.check('input[name="field"][value="astronomy"]')
    page.fill("#start-find", "galax")
    visible = page.locator(".category-group li:visible")
    assert visible.count() == 1 and "astro-ph.GA" in visible.inner_text()
    page.fill("#start-find", "no such category")
    assert page.locator("[data-no-category]").is_visible() and not visible.count()
    page.fill("#start-find", "")
    chosen = ticked(page, "category")
    page.click("text=Show works of these fields")
    page.wait_for_url("**/")
    fields = ticked(page, "field") & set(about().fields)
    total = sum(about().fields[field] for field in fields)
    assert f"{total} works" in page.locator(".facts-line").inner_text()
    assert ticked(page, "category") == chosen
    page.click("text=Accept and gather")
    page.wait_for_selector("#start", state="detached")
    assert set(preferences.categories(hub)) == chosen


def test_without_a_script_the_same_is_asked_and_chosen(
    visit: Opener, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_view, "start", lambda _hub: 1)
    page = visit("/", java_script_enabled=False)
    page.fill("input[name=phrase] >> nth=0", '"half a query')
    page.click('form[action="/start/phrases"] button')
    assert "closing" in flash(page) and values(hub, "query") == []
    page.fill("#start-works", "2606.00001")
    page.click('form[action="/start/works"] button')
    assert "1 work is an example." in flash(page)
    page.click(".start-fields > details > summary")
    page.uncheck('input[name="field"][value="computer-science"]')
    page.check('input[name="field"][value="neuroscience"]')
    page.click("text=Accept and gather")
    page.wait_for_selector("#start", state="detached")
    defaults = set(catalogue.default_categories())
    expected = defaults - {"cs.AI", "cs.LG", "cs.CL"} | {"q-bio.NC", "cs.NE", "cond-mat.dis-nn"}
    assert set(preferences.categories(hub)) == expected


def test_the_radar_completes_authors_and_pages_its_examples(visit: Opener, hub: Hub) -> None:
    records = [
        Record(
            "bibtex",
            f"k{number}",
            (Identifier("doi", f"10.5555/{number}"),),
            f"Work number {number}",
            authors=(Author("Zoë Völker"),) if number == 7 else (Author("Ada Example"),),
        )
        for number in range(60)
    ]
    hub.library.add(records)
    Radar(hub.database).add_all("example", [record.identifiers[0].key for record in records])
    page = visit("/radar")
    page.type("#add-author", "volk")
    until(page, lambda: "Zoë Völker" in page.locator("#list-author").inner_html())
    assert page.locator("#group-example").inner_text().endswith("60")
    assert page.locator(".signal-works li").count() == 50
    page.click(".signal-pages >> text=Next page")
    until(page, lambda: page.locator(".signal-works li").count() == 10)
    page.fill("#add-category", "cs.XX")
    page.click('section:has(#add-category) button:has-text("Add")')
    page.wait_for_selector("[role=alert]")
    assert "did you mean cs." in page.locator("[role=alert]").inner_text()
    visit.said.clear()  # type: ignore[attr-defined]  # the console notes the status 400


@pytest.mark.parametrize("path", ["/", "/radar"])
def test_nothing_is_wider_than_a_phone(visit: Opener, hub: Hub, path: str) -> None:
    Radar(hub.database).add("query", "spiking neural networks in the brain of a mouse")
    page = visit(path, **PHONE, locale="zh-CN")
    if path == "/":
        page.click(".start-fields > details > summary")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize(("lang", "scheme"), LOOKS)
def test_axe_finds_no_fault_in_the_questions(
    visit: Opener, hub: Hub, lang: str, scheme: str
) -> None:
    page = visit("/", locale=lang, color_scheme=scheme)
    pytest.importorskip("axe_playwright_python", reason="axe-core is not installed")
    axe = (resources.files("axe_playwright_python") / "axe.min.js").read_text("utf-8")
    page.fill("#start-works", "2606.00001\n2606.09999")
    page.click('form[action="/start/works"] button')
    page.wait_for_selector(".unresolved")
    page.click(".start-fields > details > summary")
    page.evaluate(axe)
    found = "async () => (await axe.run(document)).violations.map(v => [v.id, v.nodes.map(n => n.html)])"
    assert page.evaluate(found) == []
