"""What jobs and the ledger report, on pages in the reader's language and in the API as data."""

from __future__ import annotations

import re

from lxml import html
from starlette.testclient import TestClient

from academichub.hub import Hub
from academichub.i18n.message_text import messages_text
from academichub.jobs.status import add_job, finish_job
from academichub.library.ledger import Ledger
from academichub.messages import Message, messages_from_json

DAY = "2026-06-24"
RETRY = Message.of(
    "ledger.retry",
    failure=Message.of("failure.rate_limited"),
    why=Message.of("http.status", url="https://1.2.3.4/", status=429),
    seconds=4.0,
)
SUMMARY = Message.of(
    "gather.with_problems",
    summary=Message.of("gather.new_works_of_day", count=7, day=DAY),
    sources=[
        Message.of(
            "gather.source_state",
            source=Message.of("source.arxiv_announce"),
            state=Message.of("state.partial"),
        )
    ],
)


def fill(hub: Hub) -> None:
    ledger = Ledger(hub.database)
    entry = ledger.open("arxiv_oai", f"cs.LG {DAY}", DAY)
    entry.note(Message.of("ledger.asked_changed_since", day=DAY))
    entry.note(RETRY)
    ledger.close(entry)
    finish_job(hub, add_job(hub), "done", [SUMMARY], reached=(3, 3))


def test_a_chinese_page_shows_every_message_whole(hub: Hub, client: TestClient) -> None:
    fill(hub)
    page = html.document_fromstring(client.get("/sources?lang=zh-CN").text)
    text = " ".join(page.text_content().split())
    row = (
        f"已请求 {DAY} 以来的全部变更；请求过于频繁：https://1.2.3.4/ 返回 HTTP 429；4 秒后重新请求"
    )
    assert text.count(row) == 2, "in the health of the source and in the ledger"
    assert f"新增 7 篇文献（{DAY}）。出现问题的来源：arXiv 公告（不完整）。" in text
    cells = [" ".join(cell.text_content().split()) for cell in page.iter("td")]
    assert not [cell for cell in cells if re.search(r"[a-z]{3,} [a-z]{3,}", cell)]


def test_the_api_gives_messages_as_text_and_as_data(hub: Hub, client: TestClient) -> None:
    fill(hub)
    (entry,) = client.get("/api/ledger").json()["entries"]
    assert messages_from_json(entry["details"])[1] == RETRY
    assert entry["message"] == messages_text(messages_from_json(entry["details"]))
    assert entry["message"].startswith(f"asked for everything changed since {DAY}; rate limited: ")
    job = client.get("/api/gather", params={"lang": "zh-CN"}).json()
    assert messages_from_json(job["details"]) == (SUMMARY,)
    assert job["text"].startswith("新增 7 篇文献")
