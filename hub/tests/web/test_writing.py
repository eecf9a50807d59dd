"""The model's part on the page of a brief: progress, what it wrote, what kept the extract, cancel, the other version."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from lxml import html
from made_writers import echo, honest
from model_hub import model_hub, until
from model_server import ModelServer, slow, status
from starlette.testclient import TestClient

from academichub import documents, preferences
from academichub.i18n.message_text import message_text
from academichub.messages import Message, messages_json, plain
from academichub.web.app import create_app
from academichub.web.pages.brief.writer_view import reasons_in
from academichub.web.rendering import Visit

from .conftest import BASE, token_of

LANGUAGES = ["en", "zh-CN"]


class _Reader(Visit):
    def __init__(self, lang: str) -> None:
        object.__setattr__(self, "lang", lang)


def _attempt(**reasons: object) -> documents.Attempt:
    """Return what a model wrote in vain, with the reasons given."""
    return documents.Attempt.model_validate(
        {"text": "", "same": False, "messages": "", "back": "", **reasons}
    )


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(honest) as opened:
        yield opened


@pytest.fixture
def browser(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """A browser on a hub of the invented day whose settings name the model server."""
    with model_hub(monkeypatch, server.url) as hub:
        hub.preferences.set(preferences.FIELDS_CHOSEN, [])
        with TestClient(create_app(hub), base_url=BASE, raise_server_exceptions=False) as opened:
            yield opened


def wait(client: TestClient) -> dict[str, Any]:
    until(lambda: not client.get("/api/briefs/writing").json()["running"])
    answer: dict[str, Any] = client.get("/api/briefs/writing").json()
    return answer


def page_of(client: TestClient, path: str, lang: str = "en") -> html.HtmlElement:
    answer = client.get(path, headers={"accept-language": lang})
    assert answer.status_code == 200
    page = html.document_fromstring(answer.text)
    assert not page.xpath(
        "//*[@style] | //style | //script[not(@src)] | //*[@*[starts-with(name(), 'on')]]"
    )
    return page


def text(page: html.HtmlElement) -> str:
    return " ".join(page.text_content().split())


def write(client: TestClient, days: int = 1) -> str:
    answer = client.post(
        "/brief",
        data={"csrf": token_of(client), "days": days, "brief_lang": "en"},
        follow_redirects=False,
    )
    assert answer.status_code == 303
    return str(answer.headers["location"]).partition("?")[0]


def test_the_page_is_there_before_the_model_and_follows_it(
    browser: TestClient, server: ModelServer
) -> None:
    server.script = [slow(1.5)] * 2
    began = time.monotonic()
    address = write(browser)
    page = page_of(browser, address)
    assert time.monotonic() - began < 10
    assert "No language model was used." in text(page) and "The model is writing" in text(page)
    panel = page.xpath("//*[@data-job]")[0]
    assert (
        panel.get("data-job-at") == "/api/briefs/writing"
        and panel.xpath(".//progress")
        and panel.xpath(".//label")
    )
    assert browser.get(panel.get("data-job-at")).json()["brief"] in address
    job = wait(browser)
    assert (job["state"], job["text"]) == ("done", "written with tiny-135m")
    assert "The version a model wrote over the same works" in text(page_of(browser, address))
    assert "Written with tiny-135m" in text(page_of(browser, "/brief"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_the_model_wrote_and_what_kept_the_extract_is_shown(
    browser: TestClient, lang: str
) -> None:
    extract = write(browser)
    wait(browser)
    written = browser.get("/api/brief").json()["id"]
    page = page_of(browser, f"/brief/{written}?lang={lang}", lang)
    marked = page.xpath("//*[contains(@class, 'by-model')]")
    assert len(marked) >= 5
    for one in marked:
        assert ("Written by a model" if lang == "en" else "由模型撰写") in one.xpath(
            ".//summary/@aria-label"
        )[0]
        assert (
            one.xpath(".//*[@class='quoted']")[0].text_content()
            != one.xpath(".//*[@class='sentence']")[0].text
        )
    words = text(page)
    share = r"\d+ of \d+ \(\d+ %\)" if lang == "en" else r"\d+ / \d+（\d+%）"
    shares = page.xpath("//section[@aria-labelledby='model-part']//dd/text()")
    assert len(shares) == 4 and all(re.fullmatch(share, one) for one in shares[:3]), shares
    for line in (
        (
            "Sentences the model wrote",
            "Of those, passed every check",
            "Words saved",
            "The extracts alone",
            "The model gave the extract back.",
        )
        if lang == "en"
        else (
            "由模型写成的句子",
            "其中通过全部核对",
            "节省的词数",
            "只看摘录版",
            "模型原样返回了摘录。",
        )
    ):
        assert line in words
    assert page.xpath(f"//a[@href='{extract}']")
    ids = page.xpath("//@id")
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_poor_model_is_set_aside_and_may_be_let_try_again(
    browser: TestClient, server: ModelServer, lang: str
) -> None:
    server.write = echo
    address = write(browser)
    wait(browser)
    page = page_of(browser, f"{address}?lang={lang}", lang)
    words = text(page)
    assert (
        ("passed the checks with only 0 of" in words)
        if lang == "en"
        else ("只有 0 句通过核对：保留摘录" in words)
    )
    assert "No language model was used." in text(page_of(browser, "/brief?lang=en")), (
        "the extracts are the default"
    )
    assert page.xpath("//form[@action='/brief/model']")
    other = page.xpath("//div[contains(@class, 'notice')]//a/@href")[0]
    assert "Written with tiny-135m" in text(page_of(browser, f"{other}?lang=en"))
    server.write = honest
    number = address.rpartition("/")[2]
    answer = browser.post("/brief/model", data={"csrf": token_of(browser), "brief": number})
    assert "The model has begun." in answer.text or "模型已开始撰写。" in answer.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_model_that_fails_is_said_and_costs_nothing(
    browser: TestClient, server: ModelServer, lang: str
) -> None:
    server.script = [status(401)] * 99
    address = write(browser)
    assert wait(browser)["state"] == "failed"
    words = text(page_of(browser, f"{address}?lang={lang}", lang))
    assert "llm.api_key" in words and (
        "refuses the key" in words if lang == "en" else "拒绝了密钥" in words
    )


def test_the_reader_cancels(browser: TestClient, server: ModelServer) -> None:
    server.script = [slow(60)] * 9
    address = write(browser)
    until(lambda: server.questions)
    number = page_of(browser, address).xpath(
        "//form[@action='/brief/cancel']//input[@name='job']/@value"
    )[0]
    data = {"csrf": token_of(browser), "job": number, "back": address}
    assert "The model stops; the extracts stay." in browser.post("/brief/cancel", data=data).text
    assert wait(browser)["state"] == "cancelled"
    assert "Cancelled. The extracts stay." in text(page_of(browser, address))
    assert browser.delete(f"/api/briefs/writing/{number}").status_code == 404


def test_the_files_of_a_models_brief_mark_what_it_wrote(browser: TestClient) -> None:
    write(browser)
    wait(browser)
    document = browser.get("/api/brief").json()
    assert document["model"] == "tiny-135m" and document["writing"]["report"]["rewritten"] >= 5
    for ending in ("md", "html"):
        content = browser.get(f"/brief/{document['id']}.{ending}").text
        assert content.count("†") >= 6 and "tiny-135m" in content.replace("\\", "")
    listed = browser.get("/api/briefs").json()["briefs"]
    assert {one["model"] for one in listed} == {"tiny-135m", None}


def test_without_a_model_the_page_says_nothing_of_one(reader: TestClient) -> None:
    words = text(page_of(reader, "/brief?lang=en"))
    assert "The model" not in words and "Let the model write" not in words
    assert reader.get("/api/briefs/writing").json()["state"] == "none"


@pytest.mark.parametrize(
    ("reason", "expected"),
    [(Message.of("check.number_missing", number="32%"), "所引文献中没有数字 32%"),
     (Message.of("wording.kept_little", share=40, least=50), "它只保留了摘录内容的 40%；至少应为 50%"),
     (Message.of("wording.translated_back", text="A (b): c", why=Message.of("check.name_missing", name="X")),
      "回译为 'A (b): c'：所引文献中没有名称 X"),
     (plain("written by an older hub"), "written by an older hub")],
)  # fmt: skip
def test_reasons_in_chinese(reason: Message, expected: str) -> None:
    reasons = _attempt(reasons=[message_text(reason)], details=messages_json([reason]))
    assert reasons_in(_Reader("zh-CN"), reasons) == (expected,)
    assert reasons_in(_Reader("en"), reasons) == (message_text(reason),)
    assert reasons_in(_Reader("zh-CN"), _attempt(reasons=["an older brief"])) == ("an older brief",)
