"""Gathering from a mirror of arXiv: plain days, days in a row, stale and empty feeds, what OAI and the feeds disagree on."""

from __future__ import annotations

from pathlib import Path

import pytest

from academichub.errors import SettingsError, UsageError
from academichub.gathering.gather import run_gather
from academichub.gathering.parts import chosen_categories
from academichub.library.ledger import Ledger

from .conftest import SMALL, Mirror, Site

DAY, BEFORE = "2026-06-24", "2026-06-23"


def test_a_plain_day_holds_exactly_the_mirrors_works(site: Site, mirror: Mirror) -> None:
    report = site.gather(DAY)
    truth = mirror.truth(DAY, SMALL)
    assert len(truth) >= 15
    assert site.held() == truth
    assert site.types(DAY) == mirror.types(DAY, SMALL)
    assert not report.failed
    assert report.day == DAY
    assert report.works_after == len(truth)
    assert {one.status for one in site.ledger()} <= {"ok", "holiday"}
    for entry in site.ledger("arxiv_announce"):
        assert entry.window.endswith(DAY)
        assert entry.merged == entry.received <= (entry.expected or 0)
    assert Ledger(site.hub.database).latest_day() == DAY


def test_days_in_a_row_with_the_seed_page(site: Site, mirror: Mirror) -> None:
    days = ["2026-06-12", "2026-06-15", "2026-06-16", "2026-06-17"]
    categories = (*SMALL, "cs.LG", "cs.AI")
    wide = Site(mirror, Path(site.hub.settings.home) / "wide", categories)
    for day in days:
        wide.gather(day)
    assert wide.held() == mirror.truth(days, categories)
    for day in days:
        assert wide.types(day) == mirror.types(day, categories)
    found = wide.hub.library.require("arxiv:2511.05963")
    assert next(one for one in found.announcements if one.date == "2026-06-16").version == 4
    assert {(one.type, one.category) for one in found.announcements} == {
        ("replace", "cs.LG"),
        ("replace-cross", "cs.AI"),
    }
    other = wide.hub.library.require("arxiv:2606.13125")
    assert {(one.type, one.category, one.date) for one in other.announcements} == {
        ("new", "cs.LG", "2026-06-12"),
        ("cross", "cs.AI", "2026-06-12"),
    }
    assert set(other.sources) == {"arxiv_announce", "arxiv_oai"}
    wide.hub.close()


def test_gathering_again_changes_nothing_and_asks_conditionally(site: Site, mirror: Mirror) -> None:
    site.gather(DAY)
    before = site.texts()
    mirror.control(clear_log=True)
    site.gather(DAY)
    assert site.texts() == before
    statuses = {
        line["path"]: line["status"] for line in mirror.log() if line["path"].startswith("/atom/")
    }
    filled = {
        name
        for name in SMALL
        if any(
            one.category == name
            for work in site.hub.library.all_works()
            for one in work.announcements
            if one.source == "arxiv_announce"
        )
    }
    assert {
        path.removeprefix("/atom/") for path, status in statuses.items() if status == 304
    } == filled
    assert any(line["path"].startswith("/oai?verb=ListRecords") for line in mirror.log()), (
        "OAI is always asked"
    )


def test_days_out_of_order_are_asked_from_the_feeds_day(site: Site, mirror: Mirror) -> None:
    site.gather(DAY)
    site.gather("2026-06-17")
    held, truth = site.held(), mirror.truth(["2026-06-17", DAY], SMALL)
    assert held == truth


def test_a_skipped_day_is_repaired_by_oai(site: Site, mirror: Mirror) -> None:
    site.gather("2026-06-16")
    site.gather("2026-06-18")
    assert site.held() == mirror.truth(["2026-06-16", "2026-06-17", "2026-06-18"], SMALL)


def test_a_stale_feed_on_a_fresh_library_is_kept_out(site: Site, mirror: Mirror) -> None:
    report = site.gather(DAY, [{"name": "stale_feed"}])
    assert site.held() == mirror.truth(DAY, SMALL)
    stale = [one for one in site.ledger("arxiv_announce") if one.status == "stale"]
    assert stale
    assert all(
        one.merged == 0 and one.received > 0 and "stale feed" in one.message for one in stale
    )
    assert site.types(DAY) == {}
    assert not report.failed
    site.gather(DAY)
    assert site.held() == mirror.truth(DAY, SMALL)
    assert site.types(DAY) == mirror.types(DAY, SMALL)


def test_a_stale_feed_after_its_own_batch_names_the_day_it_repeats(
    site: Site, mirror: Mirror
) -> None:
    site.gather(BEFORE)
    site.gather(DAY, [{"name": "stale_feed", "path": "/atom/cs.GT"}])
    assert site.held() == mirror.truth([BEFORE, DAY], SMALL)
    (stale,) = [one for one in site.ledger() if one.status == "stale"]
    assert stale.window == f"cs.GT {DAY}"
    assert BEFORE in stale.message
    assert "OAI supplied" in stale.message


def test_a_stale_index_lets_the_feed_count_and_asks_again(site: Site, mirror: Mirror) -> None:
    site.gather(DAY, [{"name": "stale_feed", "path": "/oai"}])
    assert {one.status for one in site.ledger("arxiv_oai") if one.status != "ok"} == {"stale"}
    feed_only = {name for name, kind in mirror.types(DAY, SMALL).items() if kind}
    assert site.held().keys() == feed_only
    site.gather(DAY)
    assert site.held() == mirror.truth(DAY, SMALL)
    assert site.types(DAY) == mirror.types(DAY, SMALL)


def test_stale_feeds_and_a_stale_index_together_merge_nothing_wrong(
    site: Site, mirror: Mirror
) -> None:
    site.gather(DAY, [{"name": "stale_feed", "path": "/"}])
    assert set(site.held()) <= set(mirror.truth(DAY, SMALL))
    assert any(one.status == "stale" for one in site.ledger("arxiv_announce"))
    site.gather(DAY)
    assert site.held() == mirror.truth(DAY, SMALL)


def test_an_empty_feed_is_explained_and_oai_supplies_the_day(site: Site, mirror: Mirror) -> None:
    report = site.gather(DAY, [{"name": "holiday"}])
    assert site.held() == mirror.truth(DAY, SMALL)
    assert not report.failed
    assert {one.status for one in site.ledger("arxiv_announce")} == {"holiday"}
    assert any("OAI shows" in one.message for one in site.ledger("arxiv_announce"))
    site.gather(DAY)
    assert site.types(DAY) == mirror.types(DAY, SMALL)


def test_a_weekend_is_asked_and_a_first_look_reaches_back(site: Site, mirror: Mirror) -> None:
    site.gather("2026-06-20")
    assert {one.status for one in site.ledger("arxiv_announce")} == {"holiday"}
    assert all("weekends" in one.message for one in site.ledger("arxiv_announce"))
    assert site.held() == mirror.truth(
        ["2026-06-16", "2026-06-17", "2026-06-18", "2026-06-19"], SMALL
    )
    (first, *_) = Ledger(site.hub.database).why_empty("2026-06-20")
    assert first.code == "weekend"
    site.gather("2026-06-21")
    assert any(line["path"].startswith("/atom/") for line in mirror.log())


def test_an_archive_over_the_feeds_limit_is_asked_category_by_category(
    site: Site, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academichub.sources.arxiv.announcements.MAX_ITEMS", 5)
    wide = Site(mirror, Path(site.hub.settings.home) / "wide", ["q-fin", "nlin"])
    wide.gather(BEFORE)
    assert wide.held() == mirror.truth(BEFORE, ["q-fin", "nlin"])
    assert wide.types(BEFORE) == mirror.types(BEFORE, ["q-fin", "nlin"])
    assert any(line["path"] == "/atom/q-fin.RM" for line in mirror.log())
    assert any("was cut at 5 items" in one.message for one in wide.ledger("arxiv_announce"))
    wide.hub.close()


def test_the_query_api_by_name_fills_in_the_last_week(
    site: Site, mirror: Mirror, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academichub.gathering.query_api.PAGE", 10)
    site.gather(DAY, sources=["arxiv_query"])
    entries = site.ledger("arxiv_query")
    assert [one.status for one in entries] == ["ok"] * len(SMALL)
    assert all(one.expected == one.received == one.merged for one in entries)
    first, last = "2026-06-18", DAY
    expected = {
        work.id
        for work in mirror.archive.works.values()
        if set(work.categories) & set(SMALL)
        and (held := work.at(DAY))
        and first <= held.submitted[0].date().isoformat() <= last
        and set(held.categories) & set(SMALL)
    }
    assert set(site.held()) == expected
    assert len(expected) > 30


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"name": "short_page"}, "short page"),
        ({"name": "short_page", "keep": 3}, "short page"),
        ({"name": "duplicate_page", "path": "/api/"}, "repeated"),
    ],
)
def test_short_and_repeated_query_pages_are_counted_and_mended(
    site: Site, monkeypatch: pytest.MonkeyPatch, fault: dict[str, object], words: str
) -> None:
    monkeypatch.setattr("academichub.gathering.query_api.PAGE", 10)
    site.gather(DAY, [fault], sources=["arxiv_query"])
    broken = [one for one in site.ledger("arxiv_query") if one.status == "partial"]
    assert broken
    assert all(one.failure == "protocol" and words in one.message for one in broken)
    assert all(one.received + one.failed == one.expected and one.failed for one in broken)
    site.gather(DAY, [{**fault, "count": 2}], sources=["arxiv_query"])
    again = site.ledger("arxiv_query")[-len(SMALL) :]
    assert [one.status for one in again] == ["ok"] * len(SMALL), (
        "two faulty answers are mended by asking again"
    )
    assert any(words in one.message for one in again)


def test_an_unconfirmed_announcement_is_looked_up(site: Site, mirror: Mirror) -> None:
    site.gather(DAY, [{"name": "garbage", "path": "/oai"}])
    assert set(site.held()) == set(mirror.types(DAY, SMALL))
    (entry,) = site.ledger("arxiv_query")
    assert entry.expected == entry.received == len(mirror.types(DAY, SMALL))
    assert all("arxiv_query" in work.sources for work in site.hub.library.all_works())


def test_unknown_names_are_refused_before_anything_is_asked(mirror: Mirror, tmp_path: Path) -> None:
    wrong = Site(mirror, tmp_path / "wrong", ["cs.LG", "cs.LL"])
    mirror.control(clear_log=True)
    with pytest.raises(SettingsError, match=r"cs\.LL.*did you mean"):
        wrong.gather()
    with pytest.raises(UsageError, match="arxiv_oia"):
        run_gather(wrong.hub, ["arxiv_oia"])
    assert mirror.log() == []
    wrong.hub.close()


def test_categories_come_from_settings_then_choice_then_proposal(
    mirror: Mirror, tmp_path: Path
) -> None:
    fresh = Site(mirror, tmp_path / "fresh", [])
    said: list[str] = []
    proposed = chosen_categories(fresh.hub, said.append)
    assert proposed
    assert "no arXiv categories are chosen" in said[0]
    fresh.hub.preferences.set("arxiv_categories", ["math.CO"])
    assert chosen_categories(fresh.hub, said.append) == ("math.CO",)
    assert len(said) == 1
    assert chosen_categories(Site(mirror, tmp_path / "set", ["cs.GT"]).hub) == ("cs.GT",)
    fresh.hub.close()
