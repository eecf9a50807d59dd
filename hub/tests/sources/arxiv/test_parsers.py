"""The three arXiv parsers: golden pairs, real recordings, damage of every kind, and names."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.errors import SettingsError, SourceError
from academichub.i18n.message_text import message_text
from academichub.sources.arxiv import announcements as arxiv_announce
from academichub.sources.arxiv import oai as arxiv_oai
from academichub.sources.arxiv import query_api as arxiv_query
from academichub.sources.arxiv.author_lists import split_authors
from academichub.sources.arxiv.categories import (
    ALIASES,
    ARCHIVES,
    CATEGORIES,
    check_category,
    oai_set,
    query_term,
)
from academichub.sources.arxiv.xml import eastern_day, read_xml
from academichub.works.work import Record

GOLDEN = Path(__file__).parents[2] / "golden"


def parse_announce(data: bytes, golden: dict[str, Any] | None = None) -> Any:
    return arxiv_announce.parse_feed(data, golden["category"] if golden else "cs.AI")


PARSERS: dict[str, Callable[..., Any]] = {
    "arxiv_announce": parse_announce,
    "arxiv_oai": lambda data, golden=None: arxiv_oai.parse_page(data),
    "arxiv_query": lambda data, golden=None: arxiv_query.parse_page(data),
}
PAIRS = sorted(path for module in PARSERS for path in (GOLDEN / module).glob("*.xml"))


def shown(record: Record) -> dict[str, Any]:
    told = {one.name: getattr(record, one.name) for one in dataclasses.fields(record)}
    told["authors"] = [author.name for author in record.authors]
    for name in ("versions", "announcements"):
        told[name] = [list(dataclasses.astuple(one)) for one in told[name]]
    return json.loads(json.dumps(told))


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_golden(path: Path) -> None:
    golden = json.loads(path.with_suffix(".json").read_text("utf-8"))
    parsed = PARSERS[path.parent.name](path.read_bytes(), golden)
    for name, value in golden.items():
        if name != "records":
            found = getattr(parsed, name)
            if name == "problems":
                found = [message_text(problem) for problem in found]
            assert (list(found) if isinstance(found, tuple) else found) == value, name
    assert len(parsed.records) == len(golden["records"])
    for record, expected in zip(parsed.records, golden["records"], strict=True):
        found = shown(record)
        assert {name: found[name] for name in expected} == expected
        assert record.source_key.split(":")[-1].split("v")[0] in record.raw, (
            "the entry as received is kept"
        )


def test_every_arxiv_module_has_a_golden_pair() -> None:
    assert {path.parent.name for path in PAIRS} == set(PARSERS)


@pytest.mark.parametrize("path", PAIRS, ids=lambda path: f"{path.parent.name}/{path.stem}")
@pytest.mark.parametrize("share", [0.0, 0.02, 0.3, 0.5, 0.9, 0.999])
def test_a_cut_document_is_truncated_never_partly_read(path: Path, share: float) -> None:
    data = path.read_bytes().rstrip()
    with pytest.raises(SourceError) as caught:
        PARSERS[path.parent.name](data[: int(len(data) * share)])
    assert caught.value.failure in ("truncated", "not_the_format")
    if share >= 0.02:
        assert caught.value.failure == "truncated"


@pytest.mark.parametrize(
    ("data", "failure", "words"),
    [
        (
            b"<!DOCTYPE html>\n<html><body>Automated Access Detected</body></html>",
            "not_the_format",
            "HTML",
        ),
        (b"<html xmlns='http://www.w3.org/1999/xhtml'><p>503</p></html>", "not_the_format", "HTML"),
        (b"Rate exceeded.", "not_the_format", "not XML"),
        (b"{}", "not_the_format", "not XML"),
        (b"", "truncated", "empty"),
        (b"<?xml version='1.0'?><other/>", "not_the_format", "<other>"),
        (
            b"<?xml version='1.0' encoding='UTF-8'?><feed>\xe9t\xe9</feed>",
            "not_the_format",
            "wrong encoding",
        ),
        (
            b"<?xml version='1.0'?><!DOCTYPE feed [<!ENTITY a 'b'>]><feed>&a;</feed>",
            "not_the_format",
            "doctype",
        ),
        (b"<feed><entry></feed>", "not_the_format", "well-formed"),
        (b"<feed>" + b"<a>" * 60 + b"</a>" * 60 + b"</feed>", "not_the_format", "deeper"),
        (b"<feed>" + b"<a>" * 400 + b"</a>" * 400 + b"</feed>", "not_the_format", "depth|deeper"),
        ("<feed>caf\u00e9".encode()[:-1], "truncated", "inside a character"),
    ],
)
def test_what_is_not_the_format_is_named(data: bytes, failure: str, words: str) -> None:
    for parse in PARSERS.values():
        if failure == "not_the_format" or not data:
            with pytest.raises(SourceError) as caught:
                parse(data)
            assert caught.value.failure == failure
    with pytest.raises(SourceError, match=words) as caught:
        read_xml(data, ("feed",))
    assert caught.value.failure == failure


def test_an_external_entity_is_never_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("TOP-SECRET")
    data = f"<?xml version='1.0'?><!DOCTYPE feed [<!ENTITY x SYSTEM '{secret.as_uri()}'>]><feed>&x;</feed>".encode()
    with pytest.raises(SourceError) as caught:
        read_xml(data, ("feed",))
    assert "TOP-SECRET" not in str(caught.value)


def test_another_declared_encoding_is_read_by_its_declaration() -> None:
    root = read_xml(
        "<?xml version='1.0' encoding='ISO-8859-1'?><feed>caf\u00e9</feed>".encode("latin-1"),
        ("feed",),
    )
    assert root.text == "caf\u00e9"


def test_oai_errors_by_code() -> None:
    def answer(code: str) -> bytes:
        return (
            '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>2026-03-05T12:00:00Z</responseDate>'
            f'<request>x</request><error code="{code}">said</error></OAI-PMH>'
        ).encode()

    page = arxiv_oai.parse_page(answer("noRecordsMatch"))
    assert (page.day, page.records, page.token) == ("2026-03-05", (), "")
    with pytest.raises(arxiv_oai.BadTokenError):
        arxiv_oai.parse_page(answer("badResumptionToken"))
    for code in (
        "badArgument",
        "badVerb",
        "idDoesNotExist",
        "noMetadataFormats",
        "cannotDisseminateFormat",
    ):
        with pytest.raises(SourceError, match=code) as caught:
            arxiv_oai.parse_page(answer(code))
        assert caught.value.failure == "protocol"
        assert not isinstance(caught.value, arxiv_oai.BadTokenError)


def test_error_feeds_are_refused_not_read_as_works() -> None:
    feed = b"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Feed error for query: x</title>
    <updated>2026-03-05T05:00:00Z</updated><subtitle>Bad archive 'x'.</subtitle></feed>"""
    with pytest.raises(SourceError, match="Bad archive") as caught:
        arxiv_announce.parse_feed(feed, "x")
    assert caught.value.failure == "bad_request"
    query = b"""<feed xmlns="http://www.w3.org/2005/Atom"><updated>2026-03-05T05:00:00Z</updated>
    <entry><id>http://arxiv.org/api/errors#bad</id><title>Error</title><summary>incorrect id format for X</summary></entry>
    </feed>"""
    with pytest.raises(SourceError, match="incorrect id format") as caught:
        arxiv_query.parse_page(query)
    assert caught.value.failure == "bad_request"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "D.V. Shore, S.J. Yarrow, and G.A. Souffle",
            ["D.V. Shore", "S.J. Yarrow", "G.A. Souffle"],
        ),
        (r"Izaak Neri and \'Edgar Rold\'an", ["Izaak Neri", "Édgar Roldán"]),
        (
            "The X Collaboration: A. One, B. Two (1), C ((1) Here (There), (2) Away)",
            ["The X Collaboration", "A. One", "B. Two", "C"],
        ),
        (
            r"Erd\H{o}s P{\'a}l, {\L}ukasz K., J. Smith, Jr.",
            ["Erdős Pál", "Łukasz K.", "J. Smith Jr."],
        ),
        ("Li Wei; Wang Fang", ["Li Wei", "Wang Fang"]),
        ("Anders Andersson, Sandra Brandt", ["Anders Andersson", "Sandra Brandt"]),
        ("A (never closed, B", ["A (never closed", "B"]),
        (r"Tomislav Siki\' c", ["Tomislav Sikić"]),
        ("", []),
        (" , and ,", []),
    ],
)
def test_author_strings(text: str, names: list[str]) -> None:
    assert [author.name for author in split_authors(text)] == names


@given(st.text(max_size=300))
def test_any_author_string_gives_names_without_edges(text: str) -> None:
    for author in split_authors(text):
        assert author.name == " ".join(author.name.split()) != ""


@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"<feed>", b"<?xml version='1.0'?><OAI-PMH>", b"<rss><channel>"]),
)
def test_any_bytes_give_a_stated_failure(data: bytes, head: bytes) -> None:
    for parse in PARSERS.values():
        with pytest.raises(SourceError):
            parse(head + data)


def test_days_are_days_of_us_eastern() -> None:
    assert eastern_day("2026-06-24T03:59:59Z") == "2026-06-23"
    assert eastern_day("2026-06-24T04:00:02+00:00") == "2026-06-24"
    assert eastern_day("Thu, 18 Jun 2026 00:00:00 -0400") == "2026-06-18"
    assert eastern_day("2026-01-05T04:59:59Z") == "2026-01-04", "winter time"
    assert eastern_day("soon") == ""


def test_sets_and_categories() -> None:
    assert oai_set("cs.AI") == "cs:cs:AI"
    assert oai_set("hep-th") == "physics:hep-th"
    assert oai_set("cond-mat.soft") == "physics:cond-mat:soft"
    assert oai_set("math") == "math:math"
    assert query_term("cs.SY") == "(cat:cs.SY OR cat:eess.SY)"
    assert query_term("math") == "(cat:math OR cat:math.*)"
    assert query_term("hep-th") == "cat:hep-th"
    assert check_category("CS.lg") == "cs.LG"
    with pytest.raises(SettingsError, match=r"cs\.LG"):
        check_category("cs.LGG")
    with pytest.raises(SettingsError, match="not an arXiv category"):
        check_category("../../etc")
    assert all(ALIASES[ALIASES[name]] == name and name in CATEGORIES for name in ALIASES)
    assert (
        len(CATEGORIES)
        == len(set(CATEGORIES))
        == sum(1 + len(classes) for classes in ARCHIVES.values())
    )


def test_taxonomy_equals_the_mirrors(shared_mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(shared_mirror))
    import arxiv_works  # type: ignore[import-not-found]

    assert {oai_set(name): name for name in CATEGORIES} == arxiv_works.SETS
    assert arxiv_works.ALIASES == ALIASES


@pytest.mark.parametrize(
    ("name", "module", "count"),
    [
        ("arxiv_rss/cs.AI_atom_2025-08-20.xml", "arxiv_announce", 7),
        ("arxiv_oai/fatcat_arxivraw_1810.09584.xml", "arxiv_oai", 1),
        ("arxiv_oai/harvester_ListRecordsResponse.xml", "arxiv_oai", 6),
        ("arxiv_oai/harvester_ErrorResponseNoRecordsMatch.xml", "arxiv_oai", 0),
        ("arxiv_atom/pubs_astro_ph_9812133_200.xml", "arxiv_query", 1),
        ("arxiv_atom/pubs_math_9501234_200.xml", "arxiv_query", 1),
        ("arxiv_atom/xiv_arxiv_response.xml", "arxiv_query", 2),
    ],
)
def test_real_answers_are_read_whole(shared_data: Path, name: str, module: str, count: int) -> None:
    parsed = PARSERS[module]((shared_data / "api" / name).read_bytes())
    assert len(parsed.records) == count
    assert parsed.problems == ()
    for record in parsed.records:
        assert record.authors
        assert record.categories
        assert len(record.abstract) > 40
        assert "Announce Type" not in record.abstract
        assert record.title == " ".join(record.title.split())


def test_real_values(shared_data: Path) -> None:
    api = shared_data / "api"
    (work,) = arxiv_oai.parse_page(
        (api / "arxiv_oai/fatcat_arxivraw_1810.09584.xml").read_bytes()
    ).records
    assert [author.name for author in work.authors][-1] == "Édgar Roldán"
    assert [(one.version, one.submitted) for one in work.versions] == [
        (1, "2018-10-22"),
        (2, "2019-01-13"),
    ]
    assert (work.version, work.datestamp, work.announcements[0].type) == (
        2,
        "2019-01-15",
        "replace",
    )
    page = arxiv_oai.parse_page((api / "arxiv_oai/harvester_ListRecordsResponse.xml").read_bytes())
    assert (page.token, page.total, page.day) == ("726959|1001", 58011, "2015-01-06")
    feed = arxiv_announce.parse_feed(
        (api / "arxiv_rss/cs.AI_atom_2025-08-20.xml").read_bytes(), "cs.AI"
    )
    assert feed.day == "2025-08-20"
    assert {record.announcements[0].type for record in feed.records} == {"new", "cross"}


@pytest.mark.parametrize(
    ("name", "module", "failure"),
    [
        ("arxiv_rss/cs.AI_rss_2025-09-18_truncated.xml", "arxiv_announce", "truncated"),
        ("arxiv_atom/xiv_captcha.html", "arxiv_announce", "not_the_format"),
        ("arxiv_atom/xiv_captcha.html", "arxiv_oai", "not_the_format"),
        ("arxiv_atom/pubs_INVALIDID_400.xml", "arxiv_query", "bad_request"),
        ("arxiv_oai/harvester_ErrorResponseBadArgument.xml", "arxiv_oai", "protocol"),
        ("arxiv_oai/harvester_ErrorResponseBadVerb.xml", "arxiv_oai", "protocol"),
        ("oai_generic/sickle_ListRecordsBroken.xml", "arxiv_oai", "not_the_format"),
        ("oai_generic/sickle_badArgument.xml", "arxiv_oai", "protocol"),
    ],
)
def test_real_failures_are_named(shared_data: Path, name: str, module: str, failure: str) -> None:
    with pytest.raises(SourceError) as caught:
        PARSERS[module]((shared_data / "api" / name).read_bytes())
    assert caught.value.failure == failure


def test_real_records_in_another_format_are_counted_not_dropped(shared_data: Path) -> None:
    for path in sorted((shared_data / "api/arxiv_oai").glob("hepcrawl_*.xml")):
        page = arxiv_oai.parse_page(path.read_bytes())
        assert page.records == ()
        assert len(page.problems) == path.read_bytes().count(b"<identifier>")
    page = arxiv_oai.parse_page(
        (shared_data / "api/oai_generic/sickle_ListRecords.xml").read_bytes()
    )
    assert (len(page.deleted), len(page.problems), page.token) == (1, 1, "ListRecords2.xml")
