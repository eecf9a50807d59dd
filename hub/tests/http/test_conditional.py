"""Conditional requests: validators kept as the server sent them, and never in the way of a full answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.http.conditional import MAX_VALIDATOR_CHARACTERS, Validators, ValidatorStore
from academichub.store.database import Database, open_database

URL = "https://example.org/feed?a=1&b=%20"
PRINTABLE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=80)


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path: Path = tmp_path_factory.mktemp("conditional") / "hub.sqlite3"
    opened = open_database(f"sqlite:///{path}")
    yield opened
    opened.close()


@given(st.none() | PRINTABLE, st.none() | PRINTABLE)
def test_what_was_saved_comes_back(
    database: Database, etag: str | None, modified: str | None
) -> None:
    store = ValidatorStore(database)
    store.save(URL, Validators(etag, modified))
    assert store.get(URL) == Validators(etag, modified)
    assert store.get(URL.upper()) is None, "addresses are compared to the letter"


def test_saving_again_replaces_and_nothing_forgets(database: Database) -> None:
    store = ValidatorStore(database)
    store.save(URL, Validators('W/"1"', None))
    store.save(f"{URL}2", Validators('"other"'))
    store.save(URL, Validators('"2"', "Mon, 23 Nov 2026 08:00:00 GMT"))
    assert store.get(URL) == Validators('"2"', "Mon, 23 Nov 2026 08:00:00 GMT")
    store.save(URL, None)
    assert store.get(URL) is None
    assert store.get(f"{URL}2") == Validators('"other"')


@given(PRINTABLE, PRINTABLE)
def test_headers_of_any_case_go_back_as_they_came(etag: str, modified: str) -> None:
    for names in (("ETag", "Last-Modified"), ("etag", "last-modified"), ("ETAG", "LAST-MODIFIED")):
        found = Validators.of(dict(zip(names, (etag, modified), strict=True)))
        assert found is not None
        assert found.request_headers == {"If-None-Match": etag, "If-Modified-Since": modified}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"ETag": ""},
        {"Content-Type": "text/xml"},
        {"ETag": "x" * (MAX_VALIDATOR_CHARACTERS + 1)},
        {"Last-Modified": "caf\u00e9"},
    ],
)
def test_what_cannot_be_sent_back_is_not_kept(headers: dict[str, str]) -> None:
    assert Validators.of(headers) is None


def test_one_usable_validator_is_enough() -> None:
    found = Validators.of({"etag": "x" * 5000, "last-modified": "Mon, 23 Nov 2026 08:00:00 GMT"})
    assert found == Validators(None, "Mon, 23 Nov 2026 08:00:00 GMT")
    assert found.request_headers == {"If-Modified-Since": "Mon, 23 Nov 2026 08:00:00 GMT"}
