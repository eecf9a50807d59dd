"""The ledger: rows that outlive a kill, the server's day, and why a day is empty, in both languages."""

from __future__ import annotations

import pytest

from academichub.errors import FAILURES, SourceError, UsageError
from academichub.facts.arxiv_calendar import HOLIDAYS, day_kind, explain_empty
from academichub.i18n.message_text import is_known, message_text
from academichub.library.ledger import NOT_FINISHED, Ledger, remember, source_state
from academichub.messages import Message, plain
from academichub.store.database import Database

DAY = "2026-06-24"


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database)


def test_an_open_row_says_that_it_is_not_finished_until_it_is_closed(ledger: Ledger) -> None:
    entry = ledger.open("arxiv_oai", f"cs.GT {DAY}", DAY)
    (row,) = ledger.entries(DAY)
    assert (row.status, row.messages, row.finished_at) == ("failed", (NOT_FINISHED,), "")
    entry.asked, entry.expected, entry.received, entry.merged = 2, 30, 30, 30
    ledger.close(entry)
    (row,) = ledger.entries(DAY)
    assert row.document().json_object().items() >= {
        "source": "arxiv_oai", "window": f"cs.GT {DAY}", "asked": 2, "expected": 30, "received": 30, "merged": 30,
        "failed": 0, "status": "ok", "message": "",
    }.items()  # fmt: skip
    assert row.finished_at


def test_a_failure_is_told_in_words_of_the_taxonomy(ledger: Ledger) -> None:
    entry = ledger.open("arxiv_oai", "cs.GT")
    entry.fail("rate_limited", plain("HTTP 429"))
    entry.note(plain("twice"))
    entry.note(plain("twice"))
    ledger.close(entry)
    (row,) = ledger.entries()
    assert (row.status, row.failure, row.message) == (
        "failed",
        "rate_limited",
        "rate limited: HTTP 429; twice",
    )
    assert row.document().json_object()["details"] == [
        {
            "code": "ledger.failure",
            "params": {
                "failure": {"code": "failure.rate_limited", "params": {}},
                "why": {"code": "plain", "params": {"text": "HTTP 429"}},
            },
        },
        {"code": "plain", "params": {"text": "twice"}},
    ]
    with pytest.raises(ValueError, match="unknown failure"):
        SourceError("bored", plain(""))


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize("failure", FAILURES)
def test_every_failure_has_a_label_and_an_explanation(failure: str, lang: str) -> None:
    assert is_known(f"failure.{failure}", lang)
    assert is_known(f"failure_explained.{failure}", lang)


def test_a_long_message_is_cut(ledger: Ledger) -> None:
    entry = ledger.open("feed", "x")
    for n in range(500):
        entry.note(plain(f"item {n} could not be read"))
    ledger.close(entry)
    (row,) = ledger.entries()
    assert 900 < len(row.message) <= 1000
    assert row.messages[-1] == Message.of("ledger.and_more", count=501 - len(row.messages))


def test_rows_of_a_day_come_with_those_no_server_dated_since(ledger: Ledger) -> None:
    ledger.open("arxiv_oai", "cs.GT")
    assert [row.messages for row in ledger.entries(DAY)] == [(NOT_FINISHED,)]
    for day in (DAY, "2026-06-23", ""):
        ledger.close(ledger.open("arxiv_oai", "cs.GT", day))
    assert [row.day for row in ledger.entries(DAY)] == [DAY, ""]
    assert [row.day for row in ledger.entries()] == ["", DAY, "2026-06-23", ""]
    assert [row.day for row in ledger.entries(limit=1)] == [""]
    with pytest.raises(UsageError, match=r"24\.6\.2026"):
        ledger.entries("24.6.2026")


def test_the_latest_day_is_the_arxiv_servers(ledger: Ledger) -> None:
    assert ledger.latest_day() is None
    ledger.close(ledger.open("feed", "a journal", "2027-01-01"))
    assert ledger.latest_day() is None
    ledger.close(ledger.open("arxiv_oai", "cs.GT", DAY))
    ledger.close(ledger.open("arxiv_announce", "cs.GT", "2026-06-23"))
    assert ledger.latest_day() == DAY


def test_only_the_last_row_of_a_window_stands(ledger: Ledger) -> None:
    first = ledger.open("arxiv_oai", "cs.GT", DAY)
    first.fail("truncated", plain("cut"))
    ledger.close(first)
    ledger.close(ledger.open("arxiv_oai", "cs.LG", DAY))
    ledger.close(ledger.open("arxiv_oai", "cs.GT", DAY))
    assert [(row.window, row.status) for row in ledger.latest_by_window(DAY)] == [
        ("cs.LG", "ok"),
        ("cs.GT", "ok"),
    ]
    assert ledger.why_empty(DAY) == ()


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_why_a_day_is_empty(ledger: Ledger, lang: str) -> None:
    def codes(day: str) -> list[str]:
        reasons = ledger.why_empty(day)
        texts = [message_text(reason.message, lang) for reason in reasons]
        assert all(texts)
        if lang == "zh-CN":
            assert all(any("\u4e00" <= ch <= "\u9fff" for ch in text) for text in texts)
        return [reason.code for reason in reasons]

    assert codes(DAY) == ["not_gathered"]
    assert codes("2026-06-20") == ["weekend", "not_gathered"]

    def told(day: str, status: str, failure: str = "", received: int = 0) -> None:
        entry = ledger.open("arxiv_announce", f"cs.GT {day}", day)
        entry.received = received
        if failure:
            entry.fail(failure, plain("x"))
        entry.status = status  # type: ignore[assignment]
        ledger.close(entry)

    told("2026-06-20", "holiday")
    assert codes("2026-06-20") == ["weekend"]
    told("2026-11-26", "holiday")
    assert codes("2026-11-26") == ["holiday"]
    told("2026-06-22", "holiday")
    assert codes("2026-06-22") == ["nothing_announced"]
    told("2026-06-23", "stale", received=9)
    assert codes("2026-06-23") == ["stale"]
    told(DAY, "failed", "not_the_format")
    (reason,) = ledger.why_empty(DAY)
    assert (reason.code, reason.sources) == ("source_failed", ("arxiv_announce",))
    ledger.open("arxiv_oai", f"cs.GT {DAY}", DAY)
    assert codes(DAY) == ["source_failed", "unfinished"]


def _filed(ledger: Ledger, source: str, window: str, status: str, failure: str = "") -> None:
    """File a row of DAY with a status."""
    entry = ledger.open(source, window, DAY)
    if failure:
        entry.fail(failure, plain("x"))
    entry.status = status  # type: ignore[assignment]
    ledger.close(entry)


def _explained(ledger: Ledger, *enabled: str) -> list[tuple[str, tuple[str, ...], str]]:
    return [
        (reason.code, reason.sources, message_text(reason.message))
        for reason in ledger.why_empty(DAY, enabled)
    ]


def test_each_enabled_source_that_failed_or_had_nothing_is_explained(ledger: Ledger) -> None:
    _filed(ledger, "arxiv_announce", f"cs.GT {DAY}", "holiday")
    _filed(ledger, "crossref", "A journal", "failed", "timeout")
    _filed(ledger, "feed", f"A feed {DAY}", "holiday")
    _filed(ledger, "feed", f"Another feed {DAY}", "ok")
    arxiv = ("nothing_announced", ("arxiv_announce",), message_text(explain_empty(DAY)))
    feed = ("nothing_announced", ("feed",), "Feeds: nothing was announced")
    crossref = (
        "source_failed",
        ("crossref",),
        "Crossref: the answer did not come in time, or came too slowly",
    )
    assert _explained(ledger, "arxiv_announce", "crossref", "feed") == [arxiv, feed, crossref]
    assert _explained(ledger, "arxiv_announce", "crossref") == [arxiv, crossref]
    assert _explained(ledger, "arxiv_announce") == [arxiv]
    assert _explained(ledger, "crossref", "feed") == [feed, crossref]
    silent = Message.of("empty.source_silent", source=Message.of("source.feed"))
    assert message_text(silent, "zh") == "订阅源：没有新发布的内容"


def test_a_failure_that_a_later_request_made_good_is_not_a_reason(ledger: Ledger) -> None:
    _filed(ledger, "crossref", "A journal", "failed", "timeout")
    _filed(ledger, "crossref", "B journal", "failed", "refused")
    assert [code for code, *_ in _explained(ledger, "crossref")] == ["source_failed"] * 2
    _filed(ledger, "crossref", f"A journal {DAY}", "ok")
    (reason,) = ledger.why_empty(DAY, ("crossref",))
    assert "refuses" in message_text(reason.message)


def test_journals_alone_do_not_make_a_day_of_arxiv_gathered(ledger: Ledger) -> None:
    _filed(ledger, "feed", "A feed", "failed", "timeout")
    codes = [code for code, *_ in _explained(ledger, "arxiv_oai", "feed")]
    assert codes == ["not_gathered", "source_failed"]
    assert [code for code, *_ in _explained(ledger, "arxiv_oai")] == ["not_gathered"]


def test_sources_remember_values_all_or_none(database: Database) -> None:
    assert source_state(database, "arxiv_oai", "from:cs", "nothing") == "nothing"
    remember(database, "arxiv_oai", {"from:cs": DAY, "seen": [1, {"a": None}]})
    remember(database, "arxiv_oai", {"from:cs": "2026-06-25"})
    assert source_state(database, "arxiv_oai", "from:cs") == "2026-06-25"
    assert source_state(database, "arxiv_oai", "seen") == [1, {"a": None}]
    assert source_state(database, "feed", "seen") is None


def test_the_calendar() -> None:
    assert {day for day in HOLIDAYS if day.startswith("2026")} == {
        "2026-01-01", "2026-01-19", "2026-06-19", "2026-07-03", "2026-09-07", "2026-11-26", "2026-12-25", "2026-12-29", "2026-12-31",
    }  # fmt: skip
    assert [day_kind(day) for day in ("2026-06-19", "2026-06-20", "2026-06-21", "2026-06-22")] == [
        "holiday", "weekend", "weekend", "ordinary",
    ]  # fmt: skip
    assert "Thanksgiving" in message_text(explain_empty("2026-11-26"))
    assert "感恩节" in message_text(explain_empty("2026-11-26"), "zh-CN")
    assert "weekends" in message_text(explain_empty("2026-06-20"))
    assert "no holiday" in message_text(explain_empty("2026-06-22"))
