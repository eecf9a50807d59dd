"""Commands over a gathered library: five days of invented works from the arXiv mirror, where it is present."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from command_calls import assert_document, call

from academichub import documents

CATEGORIES = ["cs.LG", "cs.AI", "q-bio.NC"]
DAYS = ["2026-06-12", "2026-06-13", "2026-06-14", "2026-06-15", "2026-06-16"]
AUTHOR = "Ines Okonkwo-Lind"


def _line(
    number: int,
    day: str,
    categories: list[str],
    authors: list[str],
    title: str,
    abstract: str,
    **more: Any,
) -> str:
    told = {
        "id": f"2606.9{number:04d}",
        "title": title,
        "authors": authors,
        "categories": categories,
    }
    return json.dumps({**told, "abstract": abstract, "comment": None, "day": day, **more})


def _works() -> Iterator[str]:
    """Yield the mirror's input: two works by one author with known histories, and others around them."""
    yield _line(
        1, "2025-11-10", ["cs.LG", "cs.AI"], ["Bo Tran", AUTHOR], "Ferry schedules as belief states",
        "We show that ferry schedules compress into belief states. The method needs 12 ferries.",
        history=[{"day": "2025-11-10", "version": 1}, {"day": "2026-06-16", "version": 4}],
    )  # fmt: skip
    yield _line(
        2, "2026-06-12", ["cs.LG", "cs.AI"], [AUTHOR], "Choosing a ferry, then steering it",
        "Post-training chooses a ferry and steers it. Steering helps in 9 of 10 harbours.",
        history=[{"day": "2026-06-12", "version": 1}],
    )  # fmt: skip
    topics = [
        ("sparse harbours", "cs.LG"),
        ("tidal memory in neurons", "q-bio.NC"),
        ("planning with lanterns", "cs.AI"),
    ]
    for number in range(3, 27):
        topic, category = topics[number % 3]
        yield _line(
            number, DAYS[3 + number % 2], [category], [f"Person {number}", "Ada Quill"], f"Study {number} of {topic}",
            f"We study {topic} with method {number}. It improves recall by {number}% over the baseline. "
            f"Memory and planning share a lantern code in {topic}.",
        )  # fmt: skip


@pytest.fixture(scope="module")
def mirror(shared_mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a mirror of the invented works."""
    data = tmp_path_factory.mktemp("works") / "works.jsonl"
    data.write_text("\n".join(_works()) + "\n", "utf-8")
    command = [sys.executable, str(shared_mirror / "arxiv_mirror.py"), "--data", str(data)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
        process.terminate()


def _control(mirror: str, **wanted: Any) -> None:
    urllib.request.urlopen(
        f"{mirror}/control", data=json.dumps(wanted).encode(), timeout=20
    ).close()


def _point_to(monkeypatch: pytest.MonkeyPatch, home: Path, mirror: str) -> None:
    settings = {
        "HOME": str(home),
        "SOURCES__ARXIV__CATEGORIES": json.dumps(CATEGORIES),
        "SOURCES__ARXIV__MIN_INTERVAL_S": "0",
        **{
            f"SOURCES__{name}__BASE_URL": mirror
            for name in ("ARXIV_ANNOUNCE", "ARXIV_OAI", "ARXIV_QUERY")
        },
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"ACADEMICHUB_{name}", value)


@pytest.fixture(scope="module")
def gathered(mirror: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home after a gather on each of the five days."""
    home = tmp_path_factory.mktemp("gathered")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("academichub.http.pace.MARGIN_S", 0.0)
        _point_to(monkeypatch, home, mirror)
        for day in DAYS:
            _control(mirror, today=day, faults=[])
            report = call("gather", "--json").json
            assert report["day"] == day and report["failed"] is False
    yield home


@pytest.fixture
def full(gathered: Path, mirror: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("academichub.http.pace.MARGIN_S", 0.0)
    _point_to(monkeypatch, gathered, mirror)
    return gathered


def test_today_shows_a_replacement_and_a_cross_list_by_their_author(full: Path) -> None:
    page = call("today", "--author", AUTHOR, "--json").json
    assert_document(page, documents.Today)
    assert page["total"] == 2
    cards = {card["key"]: card for card in page["cards"]}
    old, new = cards["arxiv:2606.90001"], cards["arxiv:2606.90002"]
    assert (old["label"], old["announce_type"], old["version"]) == (
        "arXiv (cs.LG) 2026-06-16",
        "replace",
        4,
    )
    assert (new["label"], new["announce_type"], new["cross_lists"]) == (
        "arXiv (cs.LG) 2026-06-12",
        "new",
        ["cs.AI"],
    )
    assert old["url"] == "https://arxiv.org/abs/2606.90001"
    only = call("today", "--author", AUTHOR, "--date", "2026-06-12", "--json").json
    assert [card["key"] for card in only["cards"]] == ["arxiv:2606.90002"]


def test_filters_batches_and_empty_days(full: Path) -> None:
    whole = call("today", "--days", "5", "--json").json
    assert_document(whole, documents.Today)
    assert (whole["date"], whole["batch"]) == ("2026-06-16", 0)
    for extra in (["--category", "q-bio.NC"], ["--source", "arXiv"]):
        part = call("today", "--days", "5", *extra, "--json").json
        assert 0 < part["total"] <= whole["total"]
    first = call("today", "--days", "5", "-n", "5", "--json").json
    second = call("today", "--days", "5", "-n", "5", "--batch", "1", "--seed", "7", "--json").json
    assert second["batch"] == 1 and second["cards"]
    assert (
        second
        == call("today", "--days", "5", "-n", "5", "--batch", "1", "--seed", "7", "--json").json
    )
    assert not {card["key"] for card in first["cards"]} & {card["key"] for card in second["cards"]}
    weekend = call("today", "--date", "2026-06-13", "--json").json
    assert weekend["cards"] == [] and "weekend" in weekend["empty_because"]


def test_exported_lines_carry_the_announced_history(full: Path) -> None:
    answer = call("export", "works", "--format", "jsonl")
    works = {(one := json.loads(line))["key"]: one for line in answer.out.splitlines()}
    assert (answer.code, answer.err, len(works)) == (0, "", 26)
    for work in works.values():
        assert_document(work, documents.Work)
        assert set(work["identifiers"]) <= {
            "arxiv",
            "doi",
            "pmid",
            "openreview",
            "acl",
            "s2",
            "openalex",
        }
    new = works["arxiv:2606.90002"]
    assert new["identifiers"]["arxiv"] == "2606.90002" and new["authors"] == [AUTHOR]
    assert (new["categories"], new["withdrawn"]) == (["cs.LG", "cs.AI"], False)
    assert {(one["type"], one["category"], one["date"]) for one in new["announcements"]} == {
        ("new", "cs.LG", "2026-06-12"),
        ("cross", "cs.AI", "2026-06-12"),
    }
    assert set(new["sources"]) == {"arxiv_announce", "arxiv_oai"}
    assert works["arxiv:2606.90001"]["versions"][-1]["version"] == 4


@pytest.mark.parametrize(("form", "start"), [("bibtex", "@"), ("ris", "TY  - "), ("csl-json", "[")])
def test_other_exports_import_as_the_same_works(
    full: Path, tmp_path: Path, form: str, start: str
) -> None:
    answer = call("export", "works", "--format", form)
    assert answer.code == 0 and answer.out.startswith(start)
    file = tmp_path / "works.out"
    file.write_text(answer.out, "utf-8")
    report = call("import", file, "--format", form, "--json").json
    assert_document(report, documents.ImportReport)
    assert (report["read"], report["added"], report["merged"], report["skipped"]) == (26, 0, 26, [])


def test_ledger_rows_of_all_days_and_of_one(full: Path) -> None:
    rows = call("ledger", "--json").json
    assert_document(rows, documents.LedgerPage)
    assert {row["status"] for row in rows["entries"]} == {"ok", "holiday"}
    one_day = call("ledger", "--date", "2026-06-16", "--json").json["entries"]
    assert {row["source"] for row in one_day} == {"arxiv_announce", "arxiv_oai", "arxiv_query"}
    assert all("2026-06-16" in row["window"] for row in one_day if row["source"] != "arxiv_query")
    assert call("ledger", "--date", "2020-01-01", "--json").json == {"entries": []}


def test_a_failing_source_is_exit_code_1_with_the_report_and_its_row(
    mirror: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _point_to(monkeypatch, tmp_path / "home", mirror)
    _control(mirror, today="2026-06-16", faults=[{"name": "garbage", "path": ["/atom/", "/rss/"]}])
    answer = call("gather", "--json")
    _control(mirror, faults=[])
    assert answer.code == 1 and json.loads(answer.out)["failed"] is True
    rows = call("ledger", "--date", "2026-06-16", "--json").json["entries"]
    assert {row["source"]: row["status"] for row in rows} == {
        "arxiv_announce": "failed", "arxiv_oai": "ok", "arxiv_query": "ok",
    }  # fmt: skip
    assert any("captcha" in row["message"] for row in rows if row["status"] == "failed")
    assert call("export", "works", "--format", "jsonl").out.count("\n") > 0, (
        "the rest is done all the same"
    )


def test_a_brief_cites_what_it_holds(full: Path) -> None:
    for lang in ("en", "zh"):
        brief = call("brief", "--days", "5", "--lang", lang, "--no-model", "--json").json
        assert_document(brief, documents.Brief)
        assert (brief["lang"], brief["date"]) == (lang, "2026-06-16")
        assert [work["n"] for work in brief["evidence"]] == [*range(1, len(brief["evidence"]) + 1)]
        sentences = [one for section in brief["sections"] for one in section["sentences"]]
        sentences += [bridge["sentence"] for bridge in brief["bridges"]]
        assert sentences
        for sentence in sentences:
            assert sentence["origin"] in ("extract", "model") and isinstance(
                sentence["checks"]["ok"], bool
            )
            assert sentence["citations"] and set(sentence["citations"]) <= {
                work["n"] for work in brief["evidence"]
            }
