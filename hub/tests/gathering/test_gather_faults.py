"""Every fault of the mirror: named in the ledger, isolated, and mended by a rerun to exactly the mirror's works."""

from __future__ import annotations

import http.server
import threading
from typing import Any

import pytest

from academichub.errors import FAILURES, CancelledError
from academichub.gathering.gather import run_gather
from academichub.i18n.message_text import message_text
from academichub.messages import Message

from .conftest import SMALL, Mirror, Site

DAY = "2026-06-24"
FEEDS, OAI = "/atom/", "/oai"

# each fault on one of the two interfaces; benchmarks/hub/mirror_faults.py runs all on both, on every day
CASES: list[tuple[str, dict[str, Any], str]] = [
    ("rate_limit", {"path": FEEDS, "retry_after": 100}, "rate_limited"),
    ("unavailable", {"path": OAI, "retry_after": 100}, "unavailable"),
    ("garbage", {"path": FEEDS}, "not_the_format"),
    ("truncated", {"path": FEEDS}, "truncated"),
    ("truncated", {"path": OAI}, "truncated"),
    ("reset", {"path": FEEDS}, "unreachable"),
    ("wrong_encoding", {"path": OAI, "encoding": "utf-16"}, "not_the_format"),
    ("gzip_bomb", {"path": FEEDS, "mebibytes": 9}, "too_large"),
    ("slow", {"path": OAI, "bytes": 64, "delay": 0.4}, "timeout"),
    ("bad_token", {}, "protocol"),
    ("oai_error", {}, "protocol"),
    ("duplicate_page", {"path": OAI}, "protocol"),
]


@pytest.fixture(autouse=True)
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("academichub.gathering.outcomes.SHORTEST_WAIT_S", 0.01)


@pytest.mark.parametrize(
    ("name", "scope", "failure"),
    CASES,
    ids=[f"{name}{scope.get('path', '')}" for name, scope, _ in CASES],
)
def test_a_fault_is_named_isolated_and_mended(
    site: Site, mirror: Mirror, name: str, scope: dict[str, Any], failure: str
) -> None:
    report = site.gather(DAY, [{"name": name, **scope}])
    truth = mirror.truth(DAY, SMALL)
    assert set(site.held()) <= set(truth), "a fault adds nothing that is not there"
    struck = [one for one in site.ledger() if one.failure]
    assert {one.failure for one in struck} == {failure}
    label = message_text(Message.of(f"failure.{failure}"))
    assert all(label in one.message for one in struck)
    assert failure in FAILURES
    assert {one.status for one in struck} <= {"failed", "partial"}
    struck_source = "arxiv_announce" if scope.get("path") == FEEDS else "arxiv_oai"
    assert {one.source for one in struck} == {struck_source}
    assert report.failed == any(one.status == "failed" for one in struck)
    if struck_source == "arxiv_announce":
        assert site.held() == truth, "OAI supplies what the feeds could not"
    else:
        assert site.types(DAY) == mirror.types(DAY, SMALL), "the feeds count without OAI"
    site.gather(DAY)
    assert site.held() == truth
    assert site.types(DAY) == mirror.types(DAY, SMALL)
    assert not site.ledger()[-1].failure


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("rate_limit", {"count": 2, "retry_after": 0}),
        ("unavailable", {"count": 2, "retry_after": 0}),
        ("reset", {"count": 1}),
        ("truncated", {"count": 1}),
        ("bad_token", {"count": 1}),
        ("duplicate_page", {"path": OAI, "count": 3}),
    ],
)
def test_a_short_fault_is_outlived_in_the_same_gather_and_still_told(
    site: Site, mirror: Mirror, name: str, scope: dict[str, Any]
) -> None:
    report = site.gather(DAY, [{"name": name, **scope}])
    assert not report.failed
    assert site.held() == mirror.truth(DAY, SMALL)
    assert site.types(DAY) == mirror.types(DAY, SMALL)
    assert any("again" in one.message for one in site.ledger()), (
        "what happened is in the ledger all the same"
    )


def test_one_broken_category_does_not_stop_the_others(site: Site, mirror: Mirror) -> None:
    site.gather(
        DAY, [{"name": "garbage", "path": "/atom/cs.GT"}, {"name": "oai_error", "match": "q-fin"}]
    )
    failed = {(one.source, one.window.split()[0]) for one in site.ledger() if one.failure}
    assert failed == {("arxiv_announce", "cs.GT"), ("arxiv_oai", "q-fin.RM")}
    complete = {name for name in SMALL if name not in ("cs.GT", "q-fin.RM")}
    assert mirror.truth(DAY, sorted(complete)).items() <= site.held().items()


def test_a_redirect_inside_is_never_followed(site: Site, mirror: Mirror) -> None:
    received: list[str] = []

    class Listener(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            received.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        location = f"http://127.0.0.1:{server.server_address[1]}/inside"
        report = site.gather(DAY, [{"name": "redirect_private", "location": location}])
        server.shutdown()
    assert received == []
    assert report.failed
    assert site.failures() == {"redirect_blocked"}
    assert site.held() == {}
    site.gather(DAY)
    assert site.held() == mirror.truth(DAY, SMALL)


def test_an_offline_gather_ends_at_once_and_says_so(site: Site, mirror: Mirror) -> None:
    offline = Site(
        mirror,
        site.hub.settings.home / "offline",
        SMALL,
        **{
            f"ACADEMICHUB_SOURCES__{name}__BASE_URL": "http://127.0.0.1:9"
            for name in ("ARXIV_ANNOUNCE", "ARXIV_OAI", "ARXIV_QUERY")
        },
    )
    report = offline.gather()
    assert report.failed
    entries = offline.ledger("arxiv_announce")
    assert [one.failure for one in entries] == ["unreachable"] * len(SMALL)
    assert sum(one.asked for one in entries) <= len(SMALL)
    assert all("not asked: host unreachable" in one.message for one in entries[1:])
    assert offline.held() == {}
    offline.hub.close()


def test_a_server_that_keeps_refusing_is_left_alone(site: Site, mirror: Mirror) -> None:
    site.gather(DAY, [{"name": "rate_limit", "retry_after": 100}])
    asked = [line["path"] for line in mirror.log()]
    assert sum(path.startswith("/atom/") for path in asked) == 1
    assert sum(path.startswith("/oai") for path in asked) == 1


def test_a_cancelled_gather_keeps_what_was_merged_and_the_next_completes_it(
    site: Site, mirror: Mirror
) -> None:
    mirror.control(today=DAY)
    told: list[str] = []
    with pytest.raises(CancelledError):
        run_gather(
            site.hub,
            progress=lambda done, total, now: told.append(now),
            cancel=lambda: len(told) > len(SMALL) + 1,
        )
    assert 0 < site.hub.library.count() < len(mirror.truth(DAY, SMALL))
    assert any("cancelled" in one.message for one in site.ledger("arxiv_announce"))
    site.gather(DAY)
    assert site.held() == mirror.truth(DAY, SMALL)
    assert site.types(DAY) == mirror.types(DAY, SMALL)


@pytest.mark.parametrize(
    ("name", "scope"),
    [
        ("unavailable", {"retry_after": 999}),
        ("garbage", {}),
        ("redirect_private", {}),
        ("reset", {}),
    ],
)
def test_a_day_on_which_everything_failed_is_filed_under_that_day(
    site: Site, name: str, scope: dict[str, Any]
) -> None:
    site.gather("2026-06-23")
    site.gather("2026-06-24", [{"name": name, **scope}])
    assert {one.day for one in site.ledger()} >= {"2026-06-23", "2026-06-24"}
    failed = [one for one in site.ledger() if one.failure]
    assert failed
    assert {one.day for one in failed} == {"2026-06-24"}
