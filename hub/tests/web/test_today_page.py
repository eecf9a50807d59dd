"""Today without a script: what is read, the whole order and its choices, a gather that failed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import html
from starlette.testclient import TestClient

from academichub.hub import Hub
from academichub.jobs.status import add_job, finish_job
from academichub.messages import Message
from academichub.radar.radar import Radar
from academichub.radar.reading import ReadingMarks, Visits
from academichub.radar.signals import Signal

from .conftest import DAY, EARLIER, made_record

Send = Callable[..., Any]
ALL = [f"arxiv:2601.{number:05d}" for number in range(1, 46)]


def page_of(client: TestClient, path: str) -> html.HtmlElement:
    return html.document_fromstring(client.get(path).text)


def keys_of(client: TestClient, path: str) -> list[str]:
    return [str(key) for key in page_of(client, path).xpath("//article/@data-key")]


def read(hub: Hub) -> set[str]:
    return ReadingMarks(hub.database).read_among(ALL)


def test_a_work_is_read_when_opened_or_marked_not_when_shown(
    client: TestClient, hub: Hub, post: Send
) -> None:
    shown = keys_of(client, "/")
    assert read(hub) == set()
    client.get(f"/work/{shown[0]}")
    post("/read", {"key": shown[1]})
    post("/read", {"key": shown[2], "opened": "true"})
    assert read(hub) == set(shown[:3])
    pressed = page_of(client, "/").xpath("//button[@value='read'][@aria-pressed='true']")
    assert {one.xpath("ancestor::article/@data-key")[0] for one in pressed} == set(shown[:3])
    post("/read", {"key": shown[1]})
    post("/read", {"key": shown[2], "opened": "true"})
    assert read(hub) == {shown[0], shown[2]}


def test_the_undo_of_a_reading_mark_is_the_mark_again(client: TestClient, post: Send) -> None:
    page = html.document_fromstring(post("/read", {"key": ALL[0], "back": "/"}).text)
    form = page.find_class("flash")[0].xpath(".//form")[0]
    assert form.get("action") == "/read"
    fields = {one.get("name"): one.get("value") for one in form.xpath(".//input")}
    assert "Marked as unread." in client.post("/read", data=fields).text


def test_all_works_of_the_days_and_filters_are_marked_and_taken_back(
    client: TestClient, hub: Hub, post: Send
) -> None:
    ReadingMarks(hub.database).mark([ALL[0]])
    answer = post("/read/all", {"back": f"/?date={EARLIER}"})
    assert "5 works marked as read." in answer.text
    assert read(hub) == {ALL[0], *ALL[40:]}
    post("/read/all", {"back": "/?category=quant-ph"})
    assert read(hub) - {ALL[0], *ALL[40:]} == set(
        keys_of(client, "/?view=all&layout=cards&category=quant-ph")
    )
    page = html.document_fromstring(post("/read/all", {"back": "/"}).text)
    assert read(hub) == set(ALL)
    fields = {
        one.get("name"): one.get("value") for one in page.find_class("flash")[0].iter("input")
    }
    client.post("/read/undo", data=fields)
    assert ALL[0] in read(hub) and len(read(hub)) == 6 + len(keys_of(client, "/?category=quant-ph"))
    assert post("/read/all", {"back": "/?show=everything"}).status_code == 400


def test_a_script_gets_the_outcome_of_a_form_and_no_redirect(
    client: TestClient, hub: Hub, post: Send
) -> None:
    form = {"kind": "like", "key": ALL[3], "back": "/"}
    answer = post("/radar/signal", form, headers={"accept": "application/json"})
    outcome = answer.json()
    assert outcome["message"].startswith("Liked") and answer.headers["cache-control"] == "no-store"
    assert [one.value for one in Radar(hub.database).signals("like")] == [ALL[3]]
    undo = outcome["undo"]
    taken = post(undo.pop("action"), undo, headers={"accept": "application/json"})
    assert taken.json() == {"message": "Taken back.", "undo": {}}
    assert Radar(hub.database).signals("like") == []
    assert not page_of(client, "/radar").find_class("flash"), "nothing is left for the next page"


def test_the_whole_order_is_the_batches_one_after_the_other(client: TestClient, hub: Hub) -> None:
    Radar(hub.database).add("query", "fungi")
    batches = [*keys_of(client, "/"), *keys_of(client, "/?batch=1")]
    assert keys_of(client, "/?view=all") == batches and len(batches) == 40
    numbers = page_of(client, "/?view=all").find_class("card-number")
    assert [int(one.text_content().split()[-1]) for one in numbers] == list(range(1, 41))


def test_sorts_of_the_whole_order(client: TestClient) -> None:
    page = page_of(client, "/?sort=title&layout=list")
    titles = [one.text_content().strip() for one in page.xpath("//article//h2")]
    assert len(titles) == 40 and titles == sorted(titles, key=str.casefold)
    newest = keys_of(client, "/?days=2&sort=newest")
    assert set(newest[:40]) == set(ALL[:40]) and set(newest[40:]) == set(ALL[40:])


def test_the_whole_order_comes_in_pages_of_fifty(client: TestClient, hub: Hub) -> None:
    hub.library.add([made_record(number) for number in range(601, 641)])
    first, second = page_of(client, "/?view=all"), page_of(client, "/?view=all&page=2")
    assert first.xpath("//a[@data-next]/@href") == ["/?view=all&page=2"]
    assert len(first.xpath("//article")) == 50 and len(second.xpath("//article")) == 30
    assert second.xpath("//article/@id")[0] == "card-51"
    assert not second.xpath("//a[@data-next]")


def test_unread_only_and_everything_read(client: TestClient, hub: Hub) -> None:
    ReadingMarks(hub.database).mark(ALL[:39])
    assert keys_of(client, "/?show=unread") == [ALL[39]]
    ReadingMarks(hub.database).mark([ALL[39]])
    assert "You have read every work of these days." in client.get("/?show=unread").text


def test_a_span_of_days_and_its_faults(client: TestClient) -> None:
    assert len(keys_of(client, f"/?since={EARLIER}&date={DAY}&view=all")) == 45
    assert len(keys_of(client, f"/?since={EARLIER}&date={EARLIER}&view=all")) == 5
    backwards = client.get(f"/?since={DAY}&date={EARLIER}")
    assert backwards.status_code == 400 and "ends before it begins" in backwards.text
    for wrong in ("since=soon&date=2026-01-06", "days=367", "view=none", "sort=size", "page=0"):
        assert client.get(f"/?{wrong}").status_code in (400, 422), wrong


def test_the_layout_is_remembered_and_a_whole_order_is_a_list_at_first(client: TestClient) -> None:
    lines = "//article[contains(@class, 'line')]"
    assert not page_of(client, "/").xpath(lines)
    assert len(page_of(client, "/?view=all").xpath(lines)) == 40
    client.get("/?layout=list")
    assert len(page_of(client, "/").xpath(lines)) == 20
    client.get("/?layout=cards")
    assert not page_of(client, "/?view=all").xpath(lines)
    client.get("/?layout=tiles")
    assert not page_of(client, "/").xpath(lines)


def test_what_came_since_the_last_visit(client: TestClient, hub: Hub) -> None:
    Visits(hub.database).begin_or_go_on(EARLIER, datetime.now(UTC) - timedelta(days=1))
    page = page_of(client, "/")
    link = page.xpath("//p[contains(@class, 'facts-line')]//a")[0]
    assert link.text_content() == "40 new since your last visit"
    assert set(keys_of(client, link.get("href"))) == set(ALL[:40])


def test_a_gather_that_failed_is_offered_again(client: TestClient, hub: Hub, post: Send) -> None:
    number = add_job(hub)
    finish_job(hub, number, "failed", [Message.of("job.internal_error")])
    page = page_of(client, "/")
    [form] = page.xpath("//section[@data-job]//form")
    assert form.get("action") == "/sources/gather"
    assert form.xpath("string(.//button)") == "Try again"
    assert form.xpath(".//input[@name='back']/@value") == ["/"]
    finish_job(hub, number, "done", [])
    assert not page_of(client, "/").xpath("//section[@data-job]")


def test_health_is_on_sources_one_line_a_source_and_not_on_today(
    client: TestClient, hub: Hub
) -> None:
    assert not page_of(client, "/").find_class("badge ok")
    rows = page_of(client, "/sources").xpath("//table[@class='health']/tbody/tr")
    assert len(rows) == len(hub.settings.sources.enabled)


@pytest.mark.parametrize("path", ["/", "/?view=all"])
def test_next_and_another_batch_are_offered(client: TestClient, path: str) -> None:
    page = page_of(client, path)
    draws = page.xpath("//a[@data-batch]/@href")
    if path == "/":
        assert page.xpath("//a[@rel='next']/@href") == ["/?batch=1", "/?batch=1"]
        assert len(draws) == 1 and draws[0].startswith("/?seed=")
    else:
        assert draws == []


def words_of(hub: Hub) -> list[Signal]:
    return Radar(hub.database).signals("mute_word", "pin_word")


def test_words_of_a_reason_are_muted_and_pinned_from_the_card(
    client: TestClient, hub: Hub, post: Send
) -> None:
    Radar(hub.database).add("example", ALL[5])
    shown = page_of(client, "/")
    forms = shown.xpath("//details[@class='tune']//form")
    assert forms, "a work near the example shares words with it"
    card = forms[0].xpath("ancestor::article")[0]
    word = forms[0].xpath(".//input[@name='value']/@value")[0]
    assert word in card.find_class("why")[0].text_content()
    named = {button.get("value"): button.get("aria-label") for button in forms[0].iter("button")}
    assert named == {"mute_word": f"Mute {word}", "pin_word": f"Pin {word}"}
    assert f"Added: {word}" in post("/radar/add", {"kind": "pin_word", "value": word}).text
    assert [(s.kind, s.value) for s in words_of(hub)] == [("pin_word", word.lower())]
    answer = post("/radar/add", {"kind": "mute_word", "value": word, "back": "/"})
    assert [(s.kind, s.value) for s in words_of(hub)] == [("mute_word", word.lower())]
    assert card.get("data-key") not in keys_of(client, "/?view=all&layout=cards")
    undo = html.document_fromstring(answer.text).find_class("flash")[0].xpath(".//form")[0]
    client.post(
        undo.get("action"), data={i.get("name"): i.get("value") for i in undo.iter("input")}
    )
    assert card.get("data-key") in keys_of(client, "/?view=all&layout=cards")
