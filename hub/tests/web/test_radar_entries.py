"""The radar page refuses what does not exist, completes authors, and shows every example."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from literature_server import Literature, Paper, literature
from lxml import html
from starlette.testclient import TestClient

from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.settings import load_settings
from academichub.web.app import create_app
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Record

from .conftest import BASE, token_of

Send = Callable[..., tuple[int, html.HtmlElement]]


@pytest.fixture
def sources() -> Iterator[Literature]:
    with literature([Paper("2606.00001", "Latent rollouts for street maps")]) as served:
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
def send(client: TestClient) -> Send:
    def post(path: str, data: dict[str, object], **more: object) -> tuple[int, html.HtmlElement]:
        answer = client.post(path, data={"csrf": token_of(client), **data}, **more)  # type: ignore[arg-type]
        return answer.status_code, html.document_fromstring(answer.text)

    return post


def values(hub: Hub, kind: str) -> list[str]:
    return [signal.value for signal in Radar(hub.database).signals() if signal.kind == kind]


def alert(page: html.HtmlElement) -> str:
    return " ".join(page.xpath("//*[@role='alert']")[0].text_content().split())


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("category", "cs.XX", "'cs.XX' is not an arXiv category; did you mean cs."),
        ("category", "machine learning", "did you mean cs.LG?"),
        ("query", '"world model', "opening quotation mark without a closing one"),
        ("query", "(spiking OR analog", "opening bracket without a closing one"),
        ("query", "spiking) network", "closing bracket without an opening one"),
        ("query", "world OR", "lacks a word after OR"),
        ("query", "AND brain", "lacks a word before AND"),
        ("query", "brain NOT", "lacks a word after NOT"),
        ("query", "brain cat:", "lacks a value after cat:"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_is_near(
    hub: Hub, send: Send, kind: str, value: str, words: str
) -> None:
    status, page = send("/radar/add", {"kind": kind, "value": value})
    assert status == 400 and words in alert(page)
    assert page.get_element_by_id("add-query") is not None, "the form is still there"
    assert not Radar(hub.database).signals()


@pytest.mark.parametrize(
    "query",
    [
        '"world model" -robot',
        "(a OR b) c",
        "C++",
        "BERT: a model",
        'Schr\\"odinger',
        "脉冲神经网络",
        "au:Lecun",
    ],
)
def test_whole_queries_are_taken(hub: Hub, send: Send, query: str) -> None:
    assert send("/radar/add", {"kind": "query", "value": query})[0] == 200
    assert values(hub, "query") == [query]


def test_a_category_is_written_as_arxiv_writes_it(hub: Hub, send: Send) -> None:
    send("/radar/add", {"kind": "category", "value": "CS.lg"})
    send("/radar/add", {"kind": "category", "value": "math"})
    assert values(hub, "category") == ["cs.LG", "math"]


def test_lines_of_works_become_examples_and_the_others_are_listed(hub: Hub, send: Send) -> None:
    text = "https://arxiv.org/abs/2606.00001\nNobody ever wrote this work"
    _, page = send("/radar/add", {"kind": "example", "value": text, "back": "/radar"})
    assert values(hub, "example") == ["arxiv:2606.00001"]
    [listed] = page.find_class("unresolved")
    assert "Nobody ever wrote this work" in listed.text_content()
    assert "no work has exactly this title" in listed.text_content()
    form = listed.find(".//form")
    _, page = send(form.get("action"), dict(form.fields))
    assert not page.find_class("unresolved")


def test_every_example_is_shown_with_counts_pages_and_files(
    client: TestClient, hub: Hub, send: Send
) -> None:
    lines = [
        f"@article{{k{number}, title={{Work number {number}}}, doi={{10.5555/{number:03d}}}}}"
        for number in range(120)
    ]
    for name, part in (("thesis.bib", lines[:100]), ("reading.bib", lines[90:])):
        _, page = send("/radar/import", {}, files={"file": (name, "\n".join(part).encode())})
        assert f"{len(part)} entries are examples now." in page.text_content()
    assert len(values(hub, "example")) == 120
    seen: list[str] = []
    address = "/radar"
    while address:
        page = html.document_fromstring(client.get(address).text)
        [group] = page.xpath("//section[h2/@id='group-example']")
        shown = group.xpath(".//ul/li/a/text()")
        assert len(shown) <= 50
        seen += shown
        address = next(iter(group.xpath(".//a[@rel='next']/@href")), "")
    assert len(seen) == 120 and len(set(seen)) == 120
    assert "120" in group.findtext(".//h2/span")
    files = {link.text: link.get("href") for link in group.find_class("collections")[0]}
    assert set(files) == {"All 120", "thesis.bib 100", "reading.bib 30"}
    page = html.document_fromstring(client.get(files["reading.bib 30"]).text)
    [group] = page.xpath("//section[h2/@id='group-example']")
    assert set(group.xpath(".//ul/li/a/text()")) == {f"Work number {n}" for n in range(90, 120)}


def test_authors_are_completed_from_the_library(client: TestClient, hub: Hub) -> None:
    people = [["Ada Example", "Bo Chen"], ["Ada Example"], ["Adam Other"], ["José Adán"], ["李雷"]]
    hub.library.add(
        Record(
            "bibtex",
            f"k{number}",
            (Identifier("doi", f"10.5555/{number}"),),
            f"Work number {number}",
            authors=tuple(Author(name) for name in names),
        )
        for number, names in enumerate(people)
    )

    def completed(text: str) -> list[tuple[str, int]]:
        answer = client.get("/api/authors", params={"q": text}).json()
        return [(author["name"], author["works"]) for author in answer["authors"]]

    assert completed("ada") == [("Ada Example", 2), ("Adam Other", 1), ("José Adán", 1)]
    assert completed("CHE") == [("Bo Chen", 1)]
    assert completed("jose a") == [("José Adán", 1)]
    assert completed("李") == [("李雷", 1)]
    assert completed("%") == [] and completed("zz") == []
