"""Crossref: a golden pair, the recorded answers replayed through the real client, paging, and damage of every kind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback_server import LoopbackServer, reply
from source_answers import FreePace, shown

from academichub.errors import HubError, SourceError, UsageError
from academichub.http.client import HttpClient
from academichub.http.guard import Guard
from academichub.i18n.message_text import message_text
from academichub.sources.crossref import api as crossref
from academichub.sources.crossref.api import (
    Page,
    can_be_listed,
    explained,
    journal_address,
    parse_page,
    works_address,
)
from academichub.works.work import Record

GOLDEN = Path(__file__).parents[2] / "golden" / "crossref"


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer() as running:
        yield running


def ask(server: LoopbackServer, path: str) -> bytes:
    with HttpClient(FreePace(), Guard([server.url])) as client:
        return client.get(server.url + path, module="crossref", interval_s=0).body


def work(**values: Any) -> bytes:
    item = {"DOI": "10.99999/a", "title": ["A title"], "type": "journal-article", **values}
    return json.dumps({"status": "ok", "message-type": "work", "message": item}).encode()


def one(**values: Any) -> Record:
    [record] = parse_page(work(**values)).records
    return record


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.expected.json")), ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    expected = json.loads(path.read_text("utf-8"))
    data = path.with_name(path.name.replace(".expected", "")).read_bytes()
    page = parse_page(data, field="biology")
    assert (page.count, page.total, page.cursor) == (
        expected["count"],
        expected["total"],
        expected["cursor"],
    )
    assert list(map(message_text, page.problems)) == expected["problems"]
    assert [record.source_key for record in page.records] == [
        told["source_key"] for told in expected["records"]
    ]
    for record, told in zip(page.records, expected["records"], strict=True):
        found = shown(record)
        assert {name: found[name] for name in told} == told
        assert record.source_key in record.raw.lower()
        assert '"reference"' not in record.raw


# ---- Addresses and paging --------------------------------------------------------------------------------------------


def test_a_journal_is_asked_by_issn_for_what_changed_with_a_cursor_and_a_mail_address() -> None:
    url = journal_address(
        "http://h:1/p",
        "2041-1723",
        since="2026-11-20",
        created="2026-05-24",
        cursor="a+b/c==",
        mailto="me@example.org",
    )
    query = parse_qs(urlsplit(url).query)
    assert urlsplit(url).path == "/p/journals/2041-1723/works"
    assert query["filter"] == ["from-index-date:2026-11-20,from-created-date:2026-05-24"]
    assert (query["cursor"], query["rows"]) == (["a+b/c=="], [str(crossref.ROWS)])
    assert query["mailto"] == ["me@example.org"]
    assert "mailto" not in journal_address(
        "http://h", "2041-1723", since="2026-11-20", created="2026-05-24"
    )
    with pytest.raises(UsageError, match="not an ISSN"):
        journal_address("http://h", "../works", since="2026-11-20", created="2026-05-24")


@given(
    st.lists(
        st.from_regex(r"10\.\d{4}/[a-z();:<>.#?&/+%]{1,12}", fullmatch=True),
        min_size=1,
        max_size=20,
    )
)
def test_dois_of_any_spelling_reach_the_server_as_they_are(dois: list[str]) -> None:
    assert all(map(can_be_listed, dois))
    url = works_address("http://h", dois, mailto="me@example.org")
    query = parse_qs(urlsplit(url).query)
    assert urlsplit(url).path == "/works"
    assert query["filter"] == [",".join(f"doi:{doi}" for doi in dois)]
    assert query["rows"] == [str(len(dois))]
    assert urlsplit(url).fragment == ""


def test_a_doi_with_a_comma_cannot_stand_in_a_list() -> None:
    assert not can_be_listed("10.1890/0012(1999)069[0569:EDILSA]2.0.CO;2,b")
    assert not can_be_listed("10.99999/" + "x" * 400)


@pytest.mark.parametrize(
    ("count", "cursor", "is_last"),
    [(2, "same", False), (1, "same", True), (0, "same", True), (2, "", True)],
)
def test_the_last_page_is_not_full_or_has_no_cursor(count: int, cursor: str, is_last: bool) -> None:
    items = [
        {"DOI": f"10.99999/{number}", "title": ["T"], "type": "journal-article"}
        for number in range(count)
    ]
    told = {"status": "ok", "message": {"items": items, "next-cursor": cursor, "total-results": 99}}
    page: Page = parse_page(json.dumps(told).encode())
    assert page.is_last(rows=2) is is_last


# ---- Recorded answers of the real service ----------------------------------------------------------------------------


def test_recorded_lists_are_read_whole(shared_data: Path, server: LoopbackServer) -> None:
    names = sorted(path.name for path in (shared_data / "api" / "crossref").glob("*_list*.json"))
    assert len(names) == 7
    for name in names:
        data = (shared_data / "api" / "crossref" / name).read_bytes()
        server.answers[f"/{name}"] = reply(body=data)
        told = json.loads(data)["message"]
        works = [
            item
            for item in told["items"]
            if item["type"] not in ("journal-issue", "journal", "component", "peer-review")
        ]
        found = parse_page(ask(server, f"/{name}"))
        assert found.problems == ()
        assert found.count == len(told["items"])
        assert found.cursor == told.get("next-cursor", "")
        assert [record.source_key for record in found.records] == [
            item["DOI"].lower() for item in works
        ]
        for record, item in zip(found.records, works, strict=True):
            assert record.identifiers[0].value == item["DOI"].lower()
            assert bool(record.abstract) == bool(item.get("abstract"))
            assert len(record.authors) == len(
                {
                    str((a.get("given"), a.get("family"), a.get("name")))
                    for a in item.get("author", ())
                }
            )
            assert "<jats" not in record.abstract + record.title
            assert not re.search(r"</?[a-z]+>|&(?:amp|lt|gt);", record.title)
            assert record.published.startswith(str(item["issued"]["date-parts"][0][0] or ""))
            assert {author.orcid for author in record.authors if author.orcid} == {
                a["ORCID"].rpartition("/")[2] for a in item.get("author", ()) if "ORCID" in a
            }


def test_recorded_odd_works_are_read_or_named(shared_data: Path) -> None:
    lines = (
        (shared_data / "api" / "crossref" / "fatcat_badsample_100.jsonl").read_bytes().splitlines()
    )
    read = [parse_page(b'{"status":"ok","message":' + line + b"}") for line in lines]
    assert sum(len(one.records) for one in read) == len(lines) == 14
    assert all(record.authors and record.published for one in read for record in one.records)


def test_recorded_refusals_get_their_word_and_are_said_in_words(
    shared_data: Path, server: LoopbackServer
) -> None:
    words = {400: "bad_request", 404: "not_found", 500: "unavailable", 504: "unavailable"}
    folder = shared_data / "api" / "crossref"
    names = [
        (path.name, found[1])
        for path in folder.glob("*")
        if (found := re.search(r"_(400|404|500|504)_", path.name))
    ]
    assert len(names) >= 20
    for name, status in names:
        body = (folder / name).read_bytes()
        server.answers[f"/{name}"] = reply(int(status), body)
        with pytest.raises(SourceError) as caught:
            ask(server, f"/{name}")
        said = explained(caught.value)
        assert caught.value.failure == words[int(status)]
        assert said.failure == ("protocol" if b"cursor-invalid" in body else words[int(status)])
        assert said.url == caught.value.url
        assert "Crossref" in str(said)
        assert not re.search(r"[{}<>]|stack", str(said))
        if body.startswith(b'{"status":"failed"'):
            assert " ".join(json.loads(body)["message"][0]["message"].split()) in str(said)


# ---- Damage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "failure"),
    [
        (b"", "truncated"), (b"  \n", "truncated"), (b'{"status": "ok", "message": {"items": [{"DO', "truncated"),
        (b"Resource not found.", "not_the_format"), (b"<html><body>504 Gateway Time-out</body></html>", "not_the_format"),
        (b"[]", "not_the_format"), (b"{}", "not_the_format"), (b'{"status":"ok","message":{"items":{}}}', "protocol"),
        (b"[" * 100_000, "not_the_format"), (b'{"message":' * 50_000, "not_the_format"), (b"\xff\xfe\x00", "not_the_format"),
        (b'{"status":"ok","message":7}', "protocol"), (b'{"status":"error","message":{"message":"Response Exception"}}', "protocol"),
    ],
)  # fmt: skip
def test_damage_has_a_word(data: bytes, failure: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_page(data, url="https://api.crossref.org/works")
    assert caught.value.failure == failure
    assert caught.value.url == "https://api.crossref.org/works"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = (
    "title", "subtitle", "author", "abstract", "container-title", "issued", "published-online", "created", "deposited", "license",
    "relation", "alternative-id", "update-to", "updated-by", "type", "language", "group-title", "DOI", "posted",
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=6))
def test_any_value_in_any_field_gives_a_record_or_a_sentence(values: dict[str, Any]) -> None:
    data = work(**values)
    found = parse_page(data)
    assert len(found.records) + len(found.problems) <= 1
    for record in found.records:
        assert record.title
        assert record.identifiers
        json.dumps(shown(record)).encode()
        record.raw.encode("utf-8")


@given(st.integers(0, 4000), st.binary(max_size=6))
def test_mutated_answers_raise_nothing_but_hub_errors(place: int, junk: bytes) -> None:
    data = (GOLDEN / "journal_page.json").read_bytes()
    place %= len(data)
    try:
        found = parse_page(data[:place] + junk + data[place + len(junk) :])
    except HubError:
        return
    assert found.count == 9


@given(st.binary(max_size=200))
def test_arbitrary_bytes_raise_nothing_but_hub_errors(data: bytes) -> None:
    with pytest.raises(HubError):
        parse_page(data)
