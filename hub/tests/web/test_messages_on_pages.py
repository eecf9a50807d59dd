"""What jobs and the ledger report, on pages in the reader's language and in the API as data."""

from __future__ import annotations

import re

import pytest
from lxml import html
from starlette.testclient import TestClient

from academichub.hub import Hub
from academichub.i18n.message_text import messages_text
from academichub.jobs.status import add_job, finish_job
from academichub.library.ledger import Ledger
from academichub.messages import Message, messages_from_json

from .conftest import token_of

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


SKIPPED_FEEDS = """<opml version="2.0"><body>
<outline text="One" xmlUrl="https://a.example/feed"/>
<outline text="Same" xmlUrl="https://a.example/feed"/>
<outline text="Old" xmlUrl="gopher://b.example"/>
<outline text="Only a note"/>
</body></opml>"""

SKIPPED_WORKS = """{"id": "2606.00001", "title": "Good"}
{"id": "2606.00002"}
{"id": "2606.00003", "title": "Bad day", "day": "2032-02-30"}
[]
{"key": "x", "title": "T", "announcements": [{"type": "found"}]}
"""


@pytest.mark.parametrize(
    ("path", "name", "content", "rows"),
    [
        (
            "/sources/opml",
            "list.opml",
            SKIPPED_FEEDS,
            [
                "第 3 行: 与第 2 行的订阅源相同",
                "第 4 行: 'gopher://b.example' 不是 http 或 https 地址",
                "第 5 行: 'Only a note' 没有订阅源地址（xmlUrl）",
            ],
        ),
        (
            "/radar/import",
            "works.jsonl",
            SKIPPED_WORKS,
            [
                "第 2 行: 没有标题",
                "第 3 行: 'day' 应为 YYYY-MM-DD 格式的日期，而不是 '2032-02-30'",
                "第 4 行: 每行应为一个 JSON 对象",
                "第 5 行: 公布的 “type” 应为 new、cross、replace、replace-cross 之一，而不是 'found'",
            ],
        ),
        (
            "/radar/import",
            "works.bib",
            "@article{a, year = 2026}\n@book{b, title = {T",
            ["第 1 行（@article a）: 没有标题", "第 2 行: 条目没有结束：文件在其中终止"],
        ),
    ],
)
def test_a_chinese_page_says_why_entries_of_a_file_are_skipped(
    client: TestClient, path: str, name: str, content: str, rows: list[str]
) -> None:
    files = {"file": (name, content.encode(), "text/plain")}
    answer = client.post(f"{path}?lang=zh-CN", data={"csrf": token_of(client)}, files=files)
    report = html.document_fromstring(answer.text).find_class("notice")[0]
    shown = [" ".join(row.text_content().split()) for row in report.iter("li")]
    assert shown == rows


def test_the_api_gives_messages_as_text_and_as_data(hub: Hub, client: TestClient) -> None:
    fill(hub)
    (entry,) = client.get("/api/ledger").json()["entries"]
    assert messages_from_json(entry["details"])[1] == RETRY
    assert entry["message"] == messages_text(messages_from_json(entry["details"]))
    assert entry["message"].startswith(f"asked for everything changed since {DAY}; rate limited: ")
    job = client.get("/api/gather", params={"lang": "zh-CN"}).json()
    assert messages_from_json(job["details"]) == (SUMMARY,)
    assert job["text"].startswith("新增 7 篇文献")
