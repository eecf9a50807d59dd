"""The JSON API: what it answers, the shape of errors, limits, and the feeds."""

from __future__ import annotations

import json

import pytest
from lxml import etree
from starlette.testclient import TestClient

from academichub.errors import StorageError
from academichub.hub import Hub
from academichub.library.works import Library
from academichub.web import app as web_app

from .conftest import DAY

KEY = "arxiv:2601.00006"


def test_today_has_cards_in_batches_that_do_not_overlap(reader: TestClient) -> None:
    answer = reader.get("/api/today?author=Person%2006").json()
    assert {"date", "batch", "total", "empty_because", "cards"} <= set(answer)
    card = answer["cards"][0]
    assert {
        "rank",
        "key",
        "label",
        "announce_type",
        "title",
        "authors",
        "score",
        "why",
        "url",
    } <= set(card)
    assert (card["key"], card["label"], card["announce_type"]) == (
        KEY,
        f"arXiv (cs.LG) {DAY}",
        "replace",
    )
    pages = [reader.get(f"/api/today?batch={batch}&size=30").json() for batch in (0, 1, 2)]
    keys = [one["key"] for page in pages for one in page["cards"]]
    assert (
        len(keys) == len(set(keys)) == 40 and pages[2]["cards"] == [] and pages[2]["empty_because"]
    )


def test_search_works_ledger_and_export(reader: TestClient) -> None:
    found = reader.get("/api/search?q=invented&limit=5").json()
    assert found["total"] == 45 and [one["rank"] for one in found["hits"]] == [1, 2, 3, 4, 5]
    work = reader.get("/api/works/2601.00006").json()
    assert work["key"] == KEY and [one["version"] for one in work["versions"]] == [1, 2, 3, 4]
    assert work["records"][0]["source"] == "arxiv_announce"
    assert reader.get("/api/ledger").json() == {"entries": []}
    lines = reader.get("/api/export/works").text.splitlines()
    assert len(lines) == 45 and {json.loads(one)["withdrawn"] for one in lines} == {False}
    assert reader.get("/health").json()["works"] == 45


def test_the_radar_is_edited_over_the_api(client: TestClient) -> None:
    signal = {"kind": "query", "value": "latent planning"}
    assert client.post("/api/radar/signals", json=signal).status_code == 201
    document = client.get("/api/radar").json()
    assert document["signals"] == {"query": ["latent planning"]}
    assert (
        client.delete("/api/radar/signals", params=signal).json()["removed"][0]["value"]
        == "latent planning"
    )
    assert client.put("/api/radar", json=document).status_code == 200
    assert client.get("/api/radar").json() == document
    assert client.post("/api/radar/undo").status_code == 200
    assert client.get("/api/radar").json()["signals"] == {}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/api/nothing", 404), ("GET", "/api/works/10.1/none", 404), ("GET", "/api/today?date=soon", 400),
     ("GET", "/api/today?batch=-1", 400), ("GET", "/api/search", 400), ("GET", "/api/search?q=year:soon", 400),
     ("GET", "/api/briefs/none", 404), ("GET", "/api/ledger?date=x", 400), ("PUT", "/api/today", 405),
     ("POST", "/api/radar/signals", 400), ("GET", "/api/export/works?format=exe", 400), ("DELETE", "/api/gather/9", 404)],
)  # fmt: skip
def test_errors_are_words_with_a_remedy(
    reader: TestClient, method: str, path: str, status: int
) -> None:
    answer = reader.request(method, path)
    assert answer.status_code == status
    error = answer.json()["error"]
    assert set(error) == {"code", "message", "remedy"} and all(
        isinstance(one, str) and one for one in error.values()
    )
    assert "Traceback" not in answer.text


def test_every_path_is_documented(reader: TestClient) -> None:
    described = reader.get("/api/openapi.json").json()
    assert {"/api/today", "/api/search", "/api/works/{key}", "/api/brief", "/api/briefs", "/api/ledger", "/api/radar",
            "/api/gather", "/api/export/works", "/health"} <= set(described["paths"])  # fmt: skip
    for path, methods in described["paths"].items():
        for method, one in methods.items():
            assert one.get("summary") and one.get("description"), f"{method} {path}"


def test_feeds_are_well_formed_and_absolute(reader: TestClient) -> None:
    atom = etree.fromstring(reader.get("/feeds/radar.atom").content)
    entries = atom.findall("{http://www.w3.org/2005/Atom}entry")
    assert len(entries) == 40 and atom.findtext("{http://www.w3.org/2005/Atom}id")
    links = {
        one.get("rel"): one.get("href") for one in atom.findall("{http://www.w3.org/2005/Atom}link")
    }
    assert links["self"] == "http://127.0.0.1:8000/feeds/radar.atom"
    feed = reader.get("/feeds/radar.json").json()
    assert feed["version"] == "https://jsonfeed.org/version/1.1" and len(feed["items"]) == 40


def test_a_broken_database_is_said_and_nothing_is_shown_of_the_program(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: Library) -> int:
        raise StorageError("/disk/hub.sqlite3: the disk is full: free space, then run it again")

    monkeypatch.setattr(Library, "count", broken)
    answer = client.get("/search")
    assert answer.status_code == 503 and "free space" in answer.text and "<h1>" in answer.text
    assert (
        client.get("/health").status_code == 503
        and "free space" in client.get("/health").json()["message"]
    )


def test_an_own_mistake_is_a_page_in_style_without_details(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def mistaken(self: Library) -> int:
        raise KeyError("secret internals")

    monkeypatch.setattr(Library, "count", mistaken)
    answer = client.get("/search")
    assert (
        answer.status_code == 500
        and "secret internals" not in answer.text
        and "<main" in answer.text
    )
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_the_form_secret_outlives_a_restart(hub: Hub) -> None:
    first = web_app._secret(hub)
    assert len(first) == 32 and web_app._secret(hub) == first
    hub.preferences.set(web_app.SECRET_NAME, "short")
    assert web_app._secret(hub) != first


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"days": 0}, "days"),
        ({"lang": "xx"}, "lang"),
        ({"date": "2026-01-01"}, "date"),
        ([], "the request"),
    ],
)
def test_a_brief_asked_for_wrongly_is_refused_by_name(
    client: TestClient, body: object, named: str
) -> None:
    answer = client.post("/api/brief", json=body)
    assert answer.status_code == 400
    assert (
        answer.json()["error"]["message"].startswith(named)
        or f".{named}" in answer.json()["error"]["message"]
    )
