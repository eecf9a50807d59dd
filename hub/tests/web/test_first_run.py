"""The questions of the first run, without a script: what each answer changes, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from literature_server import Literature, Paper, literature
from lxml import html
from starlette.testclient import TestClient

from academichub import preferences
from academichub.facts import catalogue
from academichub.hub import Hub
from academichub.library.follows import followed_feeds
from academichub.radar.radar import Radar
from academichub.settings import load_settings
from academichub.shelf import about
from academichub.web import job_view
from academichub.web.app import create_app
from academichub.web.pages.today.first_run import categories_of_choice

from .conftest import BASE, token_of

PAPERS = (
    Paper("2606.00001", "Latent rollouts for street maps", ("Ada Example", "Bo Chen")),
    Paper("2606.00002", "Spiking networks on a chip", ("Cleo Dupont",)),
)
JOURNAL = (
    Paper("10.5555/brain", "The brain predicts its next state", orcid="0000-0002-1825-0097"),
)
LIBRARY = b"""@article{a, title={Soil and sound}, doi={10.5555/soil}}
@article{b, title={Spiking networks on a chip}}
@article{c, title={Nobody ever wrote this work}}"""

Post = Callable[..., html.HtmlElement]


@pytest.fixture
def sources() -> Iterator[Literature]:
    with literature(PAPERS, JOURNAL) as served:
        yield served


@pytest.fixture
def hub(sources: Literature, tmp_path: Path) -> Iterator[Hub]:
    opened = Hub(load_settings(sources.environment(tmp_path / "new")))
    yield opened
    opened.close()


@pytest.fixture
def client(hub: Hub) -> Iterator[TestClient]:
    with TestClient(create_app(hub), base_url=BASE, raise_server_exceptions=False) as opened:
        yield opened


@pytest.fixture
def post(client: TestClient) -> Post:
    def send(path: str, data: dict[str, object], **more: object) -> html.HtmlElement:
        form = {"csrf": token_of(client), "back": "/", **data}
        answer = client.post(path, data=form, **more)  # type: ignore[arg-type]
        assert answer.status_code == 200, answer.text
        return html.document_fromstring(answer.text)

    return send


def values(hub: Hub, kind: str) -> list[str]:
    return [signal.value for signal in Radar(hub.database).signals() if signal.kind == kind]


def text_of(page: html.HtmlElement) -> str:
    return " ".join(page.text_content().split())


def flash_of(page: html.HtmlElement) -> str:
    return " ".join(page.find_class("flash")[0].text_content().split())


def test_the_questions_stand_above_the_cards_and_nothing_is_called_ranked(
    client: TestClient,
) -> None:
    page = html.document_fromstring(client.get("/").text)
    main = page.get_element_by_id("main")
    order = [element for element in main.iter() if element.tag == "article" or element.get("id")]
    questions = page.get_element_by_id("start")
    assert order.index(questions) < order.index(page.xpath("//article")[0])
    assert len(page.xpath("//article")) == 20
    assert "ranked for you" not in page.text_content()


def test_phrases_reorder_the_shelf_and_half_a_query_is_refused(hub: Hub, post: Post) -> None:
    page = post("/start/phrases", {"phrase": ["quantum error correction", '"open quote', ""]})
    assert values(hub, "query") == ["quantum error correction"]
    assert "1 phrase added." in flash_of(page)
    assert "opening quotation mark without a closing one" in flash_of(page)
    assert "ranked for you" in page.text_content()
    assert len(page.xpath("//input[@name='phrase']")) == 2
    assert "uantum" in page.xpath("//article//h2")[0].text_content()


def test_pasted_works_become_examples_and_the_rest_is_listed(hub: Hub, post: Post) -> None:
    page = post(
        "/start/works", {"text": "2606.00001\nThe brain predicts its next state\n2606.09999"}
    )
    assert values(hub, "example") == ["arxiv:2606.00001", "doi:10.5555/brain"]
    assert "2 works are examples." in flash_of(page)
    [listed] = page.find_class("unresolved")
    assert "2606.09999" in text_of(listed) and "does not know 2606.09999" in text_of(listed)
    page = post("/start/forget", {"text": "2606.09999"})
    assert not page.find_class("unresolved")


def test_without_an_answer_the_page_says_what_waits(
    hub: Hub, post: Post, sources: Literature
) -> None:
    sources.status = 503
    page = post("/start/works", {"text": "2606.00001"})
    assert "1 is not yet resolved; the next gather tries again." in flash_of(page)
    assert "not yet resolved" in text_of(page.find_class("unresolved")[0])


def test_a_library_file_gives_the_examples_that_the_command_gives(hub: Hub, post: Post) -> None:
    for _ in range(2):
        page = post("/start/library", {}, files={"file": ("refs.bib", LIBRARY)})
        assert "2 works are examples." in flash_of(page)
        assert set(values(hub, "example")) == {"doi:10.5555/soil", "arxiv:2606.00002"}
    assert len(page.xpath("//article")) == 20, "the shelf stays until something is announced"


def test_an_orcid_adds_its_works_and_a_name_is_confirmed_first(hub: Hub, post: Post) -> None:
    post("/start/person", {"person": "https://orcid.org/0000-0002-1825-0097"})
    assert values(hub, "example") == ["doi:10.5555/brain"]
    page = post("/start/person", {"person": "Example, Ada"})
    assert "Works by Ada Example" in text_of(page)
    boxes = page.xpath("//input[@name='work']")
    titles = {box.get("value"): text_of(box.getparent()) for box in boxes}
    assert set(titles) == {"arxiv:2606.00001", "doi:10.5555/brain"}
    assert "Latent rollouts for street maps" in titles["arxiv:2606.00001"]
    assert all(box.get("checked") is not None for box in boxes)
    post("/start/works", {"work": ["arxiv:2606.00001"]})
    assert values(hub, "example") == ["doi:10.5555/brain", "arxiv:2606.00001"]
    page = post("/start/person", {"person": "Ada"})
    assert "is not a whole name" in flash_of(page)
    page = post("/start/person", {"person": "Zed Nobody"})
    assert "Zed Nobody: arXiv (API) and the library have no work under it" in flash_of(page)


def test_fields_cut_the_shelf_before_they_are_accepted(hub: Hub, post: Post) -> None:
    page = post("/start/fields", {"field": ["neuroscience", "astronomy"]})
    shown = about().fields["neuroscience"] + about().fields["astronomy"]
    assert f"{shown} works" in page.find_class("facts-line")[0].text_content()
    assert page.get_element_by_id("start") is not None
    ticked = set(page.xpath("//input[@name='category'][@checked]/@value"))
    offers = {offer.field_id: offer.categories for offer in catalogue.offer()}
    assert ticked == {*offers["neuroscience"], *offers["astronomy"]}


def test_a_field_alone_chooses_its_categories_and_its_journals(
    hub: Hub, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_view, "start", lambda _hub: 1)
    page = post("/settings/first-run", {"field": ["neuroscience"]})
    assert preferences.categories(hub) == ("q-bio.NC", "cs.NE", "cond-mat.dis-nn")
    assert values(hub, "category") == ["q-bio.NC", "cs.NE", "cond-mat.dis-nn"]
    assert {feed.field for feed in followed_feeds(hub.database)} == {"neuroscience"}
    assert not page.xpath("//*[@id='start']")


def test_ticking_and_unticking_fields_without_a_script() -> None:
    defaults = catalogue.default_categories()
    before = ("computer-science", "multidisciplinary")
    added = categories_of_choice(defaults, (*before, "neuroscience"), before)
    assert set(added) == {*defaults, "q-bio.NC", "cs.NE", "cond-mat.dis-nn"}
    removed = categories_of_choice(defaults, ("multidisciplinary",), before)
    assert set(removed) == set(defaults) - {"cs.AI", "cs.LG", "cs.CL"}
    assert categories_of_choice(("cs.DB",), ("neuroscience",), None) == ("cs.DB",)
    assert categories_of_choice((), (), None) == defaults


def test_every_category_stands_once_with_its_name(client: TestClient) -> None:
    for lang, name in (("en", "Machine Learning"), ("zh-CN", "机器学习")):
        page = html.document_fromstring(client.get(f"/?lang={lang}").text)
        ids = page.xpath("//input[@name='category']/@value")
        known = [one.id for one in catalogue.categories().values() if not one.alias_of]
        assert sorted(ids) == sorted(known)
        [box] = page.xpath("//input[@name='category'][@value='cs.LG']")
        assert name in box.getparent().text_content()
