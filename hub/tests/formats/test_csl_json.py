"""CSL-JSON: shapes of items, names and dates, and refusals."""

from __future__ import annotations

import json
from typing import Any

import pytest

from academichub.errors import InputError
from academichub.formats import csl_json, protocol
from academichub.works.work import Record


def one(**fields: Any) -> Record:
    return csl_json.parse(json.dumps([{"id": "k", "title": "T", **fields}]).encode()).records[0]


@pytest.mark.parametrize(
    ("issued", "day"),
    [
        ({"date-parts": [[2020, 8, 3]]}, "2020-08-03"),
        ({"date-parts": [["2020", "8"]]}, "2020-08"),
        ({"date-parts": [[2020], [2021]]}, "2020"),
        ({"date-parts": [[2020, 13]]}, "2020"),
        ({"date-parts": [[None]]}, ""),
        ({"date-parts": "2020"}, ""),
        ({"raw": "3 August 2020"}, "2020-08-03"),
        ({"literal": "Spring 2020"}, "2020"),
        ("2020-08", "2020-08"),
        (2020, "2020"),
        (None, ""),
        ([1], ""),
    ],
)
def test_dates(issued: Any, day: str) -> None:
    assert one(issued=issued).published == day


@pytest.mark.parametrize(
    ("person", "name"),
    [
        ({"family": "Curie", "given": "Ada"}, "Ada Curie"),
        ({"family": "Berg", "given": "Jo", "non-dropping-particle": "van den"}, "Jo van den Berg"),
        ({"family": "Humboldt", "given": "A.", "dropping-particle": "von"}, "A. von Humboldt"),
        ({"literal": "A Body, Inc."}, "A Body, Inc."),
        ({"family": "王", "given": "小明"}, "王小明"),
        ({"family": "王小明"}, "王小明"),
        ("Plain Text", "Plain Text"),
    ],
)
def test_names(person: Any, name: str) -> None:
    assert [author.name for author in one(author=[person]).authors] == [name]


@pytest.mark.parametrize(
    ("fields", "keys"),
    [
        ({"DOI": "https://doi.org/10.5555/A"}, {"doi:10.5555/a"}),
        ({"note": "DOI: 10.5555/a\ntex.x: y\nPMID: 12"}, {"doi:10.5555/a", "pmid:12"}),
        ({"number": "arXiv:2606.00001"}, {"arxiv:2606.00001"}),
        ({"URL": "https://arxiv.org/abs/2606.00001"}, {"arxiv:2606.00001"}),
        ({"id": "openalex:W123"}, {"openalex:W123"}),
        ({"id": "smith2020", "PMID": 12}, {"pmid:12"}),
        ({"note": "cites DOI: 10.5555/a"}, set()),
    ],
)
def test_identifiers(fields: dict[str, Any], keys: set[str]) -> None:
    assert {
        identifier.key for identifier in one(**fields).identifiers if identifier.scheme != "local"
    } == keys


@pytest.mark.parametrize("shape", ['{"items": [%s]}', "[%s]", "%s", " \ufeff[%s]"])
def test_array_object_and_single_item(shape: str) -> None:
    data = (shape % '{"id": "k", "type": "book", "title": "T"}').strip().encode()
    assert [record.title for record in csl_json.parse(data).records] == ["T"]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "not CSL-JSON"),
        (b"", "not CSL-JSON"),
        (b'{"a": 1}', "must be a list of items"),
        (b'{"items": 1}', "must be a list of items"),
        (b"7", "must be a list of items"),
        (b"[" * 200_000, "nested too deeply"),
        (b"[" + b"9" * 10_000 + b"]", "not CSL-JSON"),
    ],
)
def test_what_is_no_library_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        csl_json.parse(data)


def test_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "MAX_ENTRIES", 3)
    with pytest.raises(InputError, match="more than 3 entries"):
        csl_json.parse(json.dumps([{"title": "T"}] * 4).encode())
