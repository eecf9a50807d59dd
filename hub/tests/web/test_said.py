"""What jobs and the ledger say, in Chinese: the sentences we know are translated, the rest is kept as it was said."""

from __future__ import annotations

import pytest

from academichub.errors import FAILURES
from academichub.gathering.gather import GatherReport, SourceReport
from academichub.web.rendering import Visit
from academichub.web.said import _failures, said


class _Reader(Visit):
    def __init__(self, lang: str) -> None:
        object.__setattr__(self, "lang", lang)


ZH = _Reader("zh-CN")


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("arXiv announcements: cs.AI", "arXiv 公告：cs.AI"),
        ("asked for everything changed since 2026-06-24", "已请求 2026-06-24 以来的全部变更"),
        ("unreachable: https://rss.arxiv.org/atom/cs.AI cannot be reached", "无法连接：https://rss.arxiv.org/atom/cs.AI cannot be reached"),
        ("rate limited: slow; the next gather asks from 2026-06-24 again", "被要求放慢：slow；下次采集将从 2026-06-24 重新请求"),
        ("something never said before", "something never said before"),
        ("100% of %(what)s", "100% of %(what)s"),
        ("", ""),
    ],
)  # fmt: skip
def test_known_sentences_are_translated_and_others_kept(message: str, expected: str) -> None:
    assert said(ZH, message) == expected
    assert said(_Reader("en"), message) == message


def test_the_summary_of_a_gather_is_translated() -> None:
    report = GatherReport(
        "2026-06-24",
        [SourceReport("arxiv_announce", "failed"), SourceReport("feed", "partial")],
        1,
        8,
    )
    told = said(ZH, report.summary)
    assert told.startswith("新增 7 篇文献（2026-06-24）。出现问题的来源：")
    assert told.count("失败") == 1
    assert told.count("不完整") == 1
    assert "arxiv_announce" not in told
    assert said(ZH, GatherReport("", [], 0, 1).summary) == "新增 1 篇文献。"


def test_every_word_of_the_failure_taxonomy_is_translated() -> None:
    assert set(_failures(ZH.gettext)) == set(FAILURES)
    assert all(not text.isascii() for text in _failures(ZH.gettext).values())
