"""Several radars and accounts on pages, in feeds and over the API: chosen by name, never mixed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import argon2
import pytest
from lxml import html
from starlette.testclient import TestClient

from academichub import preferences
from academichub.briefs.brief_store import list_briefs, write_brief
from academichub.hub import Hub
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars
from academichub.web import marks
from academichub.web.accounts import Accounts
from academichub.web.app import create_app

from .conftest import token_of

Send = Callable[..., Any]
FUNGI, QUBITS = "arxiv:2601.00001", "arxiv:2601.00002"
PASSWORD = "correct horse battery"


@pytest.fixture
def fungi(hub: Hub) -> Radar:
    """A second radar, `soil fungi`, beside `main`, which follows qubits."""
    Radar(hub.database).add("query", "ancilla qubits")
    Radars(hub.database).create("soil fungi")
    radar = Radar(hub.database, "soil fungi")
    radar.add("query", "fungi hyphae")
    return radar


def document(client: TestClient, path: str) -> Any:
    return html.document_fromstring(client.get(path).text)


def keys(client: TestClient, path: str) -> list[str]:
    return [str(key) for key in document(client, path).xpath("//article/@data-key")]


def values(radar: Radar, *kinds: str) -> list[str]:
    return [signal.value for signal in radar.signals(*kinds)]  # type: ignore[arg-type]


def switch(client: TestClient, path: str) -> list[tuple[str, str, bool]]:
    links = document(client, path).xpath("//nav[contains(@class, 'radar-switch')]//a")
    return [
        (link.text_content(), link.get("href"), link.get("aria-current") == "page")
        for link in links
    ]


@pytest.mark.parametrize("path", ["/", "/radar", "/brief"])
def test_there_is_no_switch_while_there_is_one_radar(client: TestClient, path: str) -> None:
    assert switch(client, path) == []


@pytest.mark.usefixtures("fungi")
@pytest.mark.parametrize("path", ["/", "/radar", "/brief"])
def test_the_switch_leads_to_every_radar_and_names_the_one_shown(
    client: TestClient, path: str
) -> None:
    names = ["main", "soil fungi"] + (["All radars"] if path != "/radar" else [])
    addresses = [f"{path}?radar=main", f"{path}?radar=soil+fungi", f"{path}?radar=all"]
    assert [link[:2] for link in switch(client, path)] == list(zip(names, addresses, strict=False))
    for number, address in enumerate(["", *addresses[1 : len(names)]]):
        shown = [link[2] for link in switch(client, address or path)]
        assert shown == [place == number for place in range(len(names))], address
    assert "全部雷达" in client.get(f"{path}?lang=zh-CN").text or path == "/radar"


def test_each_radar_orders_its_own_today(client: TestClient, fungi: Radar) -> None:
    first, second = keys(client, "/"), keys(client, "/?radar=soil+fungi")
    titles = {work.key: work.title for work in map_of(client, [first[0], second[0]])}
    assert "qubits" in titles[first[0]] and "fungi" in titles[second[0]]
    page = document(client, "/?radar=soil+fungi")
    for link in page.xpath("//article//h2/a/@href"):
        assert link.endswith("?radar=soil+fungi")
    assert set(page.xpath("//article//input[@name='radar']/@value")) == {"soil fungi"}
    following = page.xpath("//a[@data-next]/@href")[0]
    assert "radar=soil+fungi" in following
    assert not set(keys(client, following)) & set(second)


def map_of(client: TestClient, chosen: list[str]) -> list[Any]:
    hub: Hub = client.app.app.state.hub  # type: ignore[attr-defined]
    return list(hub.library.by_keys(chosen).values())


@pytest.mark.usefixtures("fungi")
def test_the_combined_view_names_the_radar_of_each_card(client: TestClient) -> None:
    page = document(client, "/?radar=all")
    cards = page.xpath("//article")
    assert len(cards) == 20
    names = [
        [badge.text_content().removeprefix("Radar ") for badge in card.find_class("radar")]
        for card in cards
    ]
    assert {names[0][0], names[1][0]} == {"main", "soil fungi"}
    for card, of_card in zip(cards, names, strict=True):
        assert of_card and set(card.xpath(".//input[@name='radar']/@value")) == {"/".join(of_card)}
    assert page.xpath("//a[@data-batch]") == [], "the combined view has no draws"
    whole = document(client, "/?radar=all&view=all")
    assert len(whole.xpath("//article")) == 40
    assert whole.xpath("//article")[0].find_class("radar")
    batches = keys(client, "/?radar=all") + keys(client, "/?radar=all&batch=1")
    assert batches == [str(key) for key in whole.xpath("//article/@data-key")]


def test_a_mark_goes_to_the_radar_of_its_card_and_is_undone_there(
    client: TestClient, hub: Hub, post: Send, fungi: Radar
) -> None:
    form = {"kind": "like", "key": FUNGI, "back": "/?radar=soil+fungi", "radar": "soil fungi"}
    page = html.document_fromstring(post("/radar/signal", form).text)
    assert (values(fungi, "like"), values(Radar(hub.database), "like")) == ([FUNGI], [])
    undo = {
        field.get("name"): field.get("value")
        for field in page.find_class("flash")[0].xpath(".//input")
    }
    client.post("/radar/undo", data=undo)
    assert values(fungi, "like") == []
    assert values(Radar(hub.database)) == ["ancilla qubits"]


def test_hiding_in_the_combined_view_hides_in_every_radar_of_the_card(
    hub: Hub, post: Send, fungi: Radar
) -> None:
    form = {"kind": "hide", "key": FUNGI, "radar": "soil fungi/main", "back": "/?radar=all"}
    post("/radar/signal", form)
    main = Radar(hub.database)
    assert values(main, "hide") == values(fungi, "hide") == [FUNGI]
    post("/radar/undo", {"radar": "soil fungi/main", "back": "/?radar=all"})
    assert values(main, "hide") == values(fungi, "hide") == []
    post("/radar/signal", {**form, "kind": "like"})
    assert (values(main, "like"), values(fungi, "like")) == ([], [FUNGI])
    assert marks.marks_of(hub, [FUNGI], [main, fungi]) == {FUNGI: frozenset({"like"})}


def test_taking_back_a_mark_of_a_combined_card_leaves_other_radars_alone(
    client: TestClient, hub: Hub, fungi: Radar
) -> None:
    main, both = Radar(hub.database), "soil fungi/main"
    csrf = token_of(client)

    def mark(kind: str) -> dict[str, str]:
        form = {"csrf": csrf, "kind": kind, "key": FUNGI, "radar": both, "back": "/?radar=all"}
        headers = {"Accept": "application/json"}
        undo = client.post("/radar/signal", data=form, headers=headers).json()["undo"]
        return {str(name): str(value) for name, value in undo.items()} | {"csrf": csrf}

    def values_after(undo: dict[str, str]) -> tuple[list[str], list[str]]:
        client.post(undo["action"], data=undo)
        return values(main), values(fungi)

    assert values_after(mark("like")) == (["ancilla qubits"], ["fungi hyphae"])
    assert values_after(mark("hide")) == (["ancilla qubits"], ["fungi hyphae"])
    main.add("dislike", FUNGI)
    undo = mark("dislike")
    assert values(main, "dislike") == values(fungi, "dislike") == []
    assert values_after(undo) == (["ancilla qubits", FUNGI], ["fungi hyphae"])


@pytest.mark.parametrize(
    "path", ["/?radar=fungo", "/radar?radar=fungo", "/brief?radar=fungo", "/feeds/fungo.atom"]
)
def test_an_unknown_radar_is_an_error_that_names_the_nearest(
    client: TestClient, hub: Hub, path: str
) -> None:
    Radars(hub.database).create("fungi")
    answer = client.get(path)
    assert answer.status_code == 404
    assert "did you mean &#39;fungi&#39;?" in answer.text
    assert 'href="/"' in answer.text and 'radar=fungo">Today' not in answer.text
    api = client.get("/api/today?radar=fungo")
    assert api.status_code == 404
    assert "did you mean 'fungi'?" in api.json()["error"]["message"]


def test_radars_are_created_renamed_and_deleted_on_the_page(
    client: TestClient, hub: Hub, post: Send
) -> None:
    page = post("/radar/create", {"name": "soil fungi"})
    assert str(page.url).endswith("/radar?radar=soil+fungi") and "Created: soil fungi" in page.text
    post("/radar/add", {"kind": "mute_word", "value": "benchmark", "radar": "soil fungi"})
    assert values(Radar(hub.database, "soil fungi")) == ["benchmark"]
    assert Radar(hub.database).signals() == []
    page = post("/radar/rename", {"name": "Pilze", "radar": "soil fungi"})
    assert str(page.url).endswith("/radar?radar=Pilze")
    assert post("/radar/rename", {"name": "main", "radar": "Pilze"}).status_code == 400
    page = post("/radar/delete", {"radar": "Pilze"})
    assert "tick that you are sure" in page.text
    assert Radars(hub.database).names() == ["main", "Pilze"]
    post("/radar/delete", {"radar": "Pilze", "sure": "true"})
    assert Radars(hub.database).names() == ["main"]
    assert post("/radar/delete", {"radar": "main", "sure": "true"}).status_code == 400


def test_an_exported_radar_begins_another(
    client: TestClient, hub: Hub, post: Send, fungi: Radar
) -> None:
    exported = client.get("/api/radar?radar=soil+fungi").text
    assert json.loads(exported)["signals"] == {"query": ["fungi hyphae"]}
    post("/radar/create", {"name": "copy"}, files={"file": ("radar.json", exported)})
    assert Radar(hub.database, "copy").export() == fungi.export()
    wrong = post("/radar/create", {"name": "wrong"}, files={"file": ("radar.json", "{}")})
    assert wrong.status_code == 400
    assert Radars(hub.database).names() == ["main", "soil fungi", "copy"]


@pytest.mark.usefixtures("fungi")
def test_every_radar_has_its_feeds(client: TestClient) -> None:
    first = client.get("/feeds/radar.json").json()
    fungi = client.get("/feeds/soil%20fungi.json").json()
    both = client.get("/feeds/all.json").json()
    assert "qubits" in first["items"][0]["title"] and "fungi" in fungi["items"][0]["title"]
    assert {"qubits", "fungi"} <= set(
        " ".join(entry["title"] for entry in both["items"][:2]).split()
    )
    assert first["feed_url"].endswith("/feeds/radar.json")
    assert fungi["feed_url"].endswith("/feeds/soil%20fungi.json")
    assert fungi["home_page_url"].endswith("/?radar=soil+fungi")
    assert "soil fungi" in fungi["title"]
    for form in ("atom", "rss"):
        assert "soil%20fungi" in client.get(f"/feeds/soil%20fungi.{form}").text
    assert client.get("/feeds/soil%20fungi.exe").status_code == 404
    assert "/feeds/soil%20fungi.atom" in client.get("/?radar=soil+fungi").text


def test_the_api_takes_a_radar(client: TestClient, hub: Hub, fungi: Radar) -> None:
    assert client.get("/api/radars").json() == {
        "radars": [{"name": "main", "signals": 1}, {"name": "soil fungi", "signals": 1}]
    }
    signal = {"kind": "pin_word", "value": "spiking"}
    assert client.post("/api/radar/signals?radar=soil fungi", json=signal).status_code == 201
    assert values(fungi, "pin_word") == ["spiking"]
    client.post("/api/radar/undo?radar=soil fungi")
    assert values(fungi) == ["fungi hyphae"]
    cards = client.get("/api/today?radar=all").json()["cards"]
    assert {cards[0]["radars"][0], cards[1]["radars"][0]} == {"main", "soil fungi"}
    assert "radars" not in client.get("/api/today?radar=main").json()["cards"][0]
    brief = client.post("/api/brief?radar=soil fungi").json()
    assert client.get("/api/brief?radar=soil fungi").json() == brief
    assert client.get("/api/briefs").json() == {"briefs": []}
    assert len(client.get("/api/briefs?radar=all").json()["briefs"]) == 1
    assert [stored.id for stored in list_briefs(hub, radars=[fungi])] == [brief["id"]]


def test_what_is_saved_and_opened_counts_and_is_cleared(
    client: TestClient, hub: Hub, post: Send, fungi: Radar
) -> None:
    post("/radar/signal", {"kind": "save", "key": QUBITS, "radar": "soil fungi"})
    client.get(f"/work/{FUNGI}?radar=soil+fungi")
    client.get(f"/work/{QUBITS}")
    post("/read", {"key": FUNGI, "opened": "true", "radar": "soil fungi/main"})
    assert (values(fungi, "saved"), values(fungi, "opened")) == ([QUBITS], [FUNGI])
    assert values(Radar(hub.database), "saved", "opened") == [QUBITS]
    page = client.get("/radar?radar=soil+fungi").text
    assert "Learned from what you save" in page and "Forget what was learned" in page
    post("/radar/clear", {"radar": "soil fungi"})
    assert values(fungi) == ["fungi hyphae"]
    assert marks.saved(hub) == [QUBITS], "the reading list is the reader's own"
    post("/radar/signal", {"kind": "save", "key": QUBITS})
    assert marks.saved(hub) == []


def test_a_work_taken_off_the_reading_list_is_forgotten_in_every_radar(
    hub: Hub, post: Send, fungi: Radar
) -> None:
    post("/radar/signal", {"kind": "save", "key": QUBITS, "radar": "soil fungi"})
    post("/radar/signal", {"kind": "save", "key": QUBITS, "radar": "main"})
    assert values(fungi, "saved") == [] == marks.saved(hub)


def test_the_settings_switch_learning_off(client: TestClient, hub: Hub, post: Send) -> None:
    client.get(f"/work/{FUNGI}")
    post("/settings", {"learning": "false"})
    assert not preferences.learns_from_behaviour(hub)
    client.get(f"/work/{QUBITS}")
    post("/radar/signal", {"kind": "save", "key": QUBITS})
    radar = Radar(hub.database)
    assert (radar.signals(), values(radar, "opened")) == ([], [FUNGI])
    assert "Works you save and open do not count." in client.get("/radar").text
    post("/settings", {})
    assert not preferences.learns_from_behaviour(hub)
    post("/settings", {"learning": "true"})
    assert values(radar) == [FUNGI]


# ---- Accounts ----------------------------------------------------------------------------------


@pytest.fixture
def readers(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, TestClient]]:
    """The browsers of two accounts that are logged in; the hub's own radar went to `zoe`."""
    quick = partial(argon2.PasswordHasher, time_cost=1, memory_cost=1024)
    monkeypatch.setattr(argon2, "PasswordHasher", quick)
    Radar(hub.database).add("query", "ancilla qubits")
    write_brief(hub)
    for name in ("zoe", "amy"):
        Accounts(hub.database).add(name, PASSWORD)
    app = create_app(hub, host="0.0.0.0")
    clients = {}
    for name in ("zoe", "amy"):
        client = TestClient(app, base_url="http://lab.example:8000")
        form = {"csrf": token_of(client, "/login"), "name": name, "password": PASSWORD}
        assert client.post("/login", data=form, follow_redirects=False).status_code == 303
        clients[name] = client
    yield clients
    for client in clients.values():
        client.close()


def send(client: TestClient, path: str, **fields: str) -> Any:
    return client.post(path, data={"csrf": token_of(client), **fields})


def test_two_accounts_never_see_each_others_radars_marks_and_briefs(
    hub: Hub, readers: dict[str, TestClient]
) -> None:
    zoe, amy = readers["zoe"], readers["amy"]
    assert "ancilla qubits" in zoe.get("/radar").text
    assert "ancilla qubits" not in amy.get("/radar").text
    for kind in ("like", "save", "hide"):
        send(zoe, "/radar/signal", kind=kind, key=FUNGI)
    send(zoe, "/read", key=QUBITS)
    pressed = "//button[@aria-pressed='true']/@value"
    assert document(zoe, f"/work/{FUNGI}").xpath(pressed) == ["like", "save", "hide", "read"]
    assert document(amy, f"/work/{FUNGI}").xpath(pressed) == ["read"], "she has just opened it"
    assert FUNGI not in keys(zoe, "/?view=all") and FUNGI in keys(amy, "/?view=all")
    send(amy, "/radar/create", name="ice")
    assert Radars(hub.database, "zoe").names() == ["main"]
    assert amy.get("/?radar=ice").status_code == 200
    assert zoe.get("/?radar=ice").status_code == 404
    [brief] = list_briefs(hub)
    for path in (f"/brief/{brief.id}", f"/brief/{brief.id}.md", f"/api/briefs/{brief.id}"):
        assert (zoe.get(path, auth=("zoe", PASSWORD)).status_code, amy.get(path).status_code) == (
            200,
            404,
        )
    assert amy.get("/api/briefs").json() == {"briefs": []}
    send(amy, "/radar/undo")
    assert values(Radar(hub.database, account="zoe"), "hide") == [FUNGI]


def test_the_language_and_the_feeds_are_of_the_account(
    hub: Hub, readers: dict[str, TestClient]
) -> None:
    zoe, amy = readers["zoe"], readers["amy"]
    Radar(hub.database, account="amy").add("query", "fungi hyphae")
    titles = {
        name: client.get("/feeds/radar.json", auth=(name, PASSWORD)).json()["items"][0]["title"]
        for name, client in readers.items()
    }
    assert "qubits" in titles["zoe"] and "fungi" in titles["amy"]
    send(amy, "/settings", language="zh-CN")
    assert re.search(r'<html lang="zh-CN"', amy.get("/").text)
    assert re.search(r'<html lang="en"', zoe.get("/").text)
