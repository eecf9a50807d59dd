"""JSON lines: the round trip of our own export, arXiv lines, and lines that cannot be taken."""

from __future__ import annotations

import dataclasses
import gzip
import json
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_citations import citations, people

from academichub.formats import jsonl, jsonl_writer
from academichub.formats.jsonl_writer import work_document
from academichub.formats.protocol import MAX_ABSTRACT, MAX_AUTHORS
from academichub.library.merge import resolve
from academichub.works.author import Author, NameParts
from academichub.works.identifiers import Identifier
from academichub.works.work import ANNOUNCE_TYPES, Announcement, Kind, Record, Version, Work

TEXT = (
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
    .map(str.strip)
    .filter(bool)
)
DAYS = st.sampled_from(["2026-01-05", "2026-01-06", "2026-01-20", "2026-03-01"])
CATEGORIES = st.sampled_from(["cs.LG", "math.OC", "Journal of Pebbles"])


@st.composite
def records(draw: st.DrawFn) -> Record:
    source = draw(st.sampled_from(["arxiv_announce", "arxiv_oai", "crossref", "feed", "bibtex"]))
    number, version = draw(st.integers(1, 3)), draw(st.integers(0, 3))
    told = Announcement(
        source, draw(DAYS), draw(st.sampled_from(ANNOUNCE_TYPES)), draw(CATEGORIES), version
    )
    identifiers = draw(
        st.lists(
            st.sampled_from(
                [
                    Identifier("arxiv", f"2601.0000{number}"),
                    Identifier("doi", f"10.5555/{number}"),
                    Identifier("pmid", str(number)),
                    Identifier("url", f"https://example.org/{number}"),
                    Identifier("local", f"{number}" * 24),
                ]
            ),
            min_size=1,
            unique=True,
        )
    )
    return Record(
        source,
        f"key {number}",
        tuple(identifiers),
        draw(TEXT).replace("\n", " "),
        authors=tuple(Author(name, orcid) for name, orcid in draw(st.dictionaries(TEXT, st.none() | st.just("0000-0001-2345-6789"), max_size=3)).items()) + draw(people()),
        abstract=draw(st.just("") | TEXT),
        categories=draw(st.just(()) | st.tuples(st.just("cs.LG"), CATEGORIES)),
        version=version,
        datestamp=draw(DAYS),
        published=draw(st.sampled_from(["", "2025", "2026-01", "2026-01-05"])),
        versions=tuple(Version(n + 1, draw(st.none() | DAYS)) for n in range(version)),
        announcements=draw(st.just(()) | st.just((told,))),
        venue=draw(st.just("") | TEXT),
        comment=draw(st.just("") | TEXT),
        kind=draw(st.sampled_from(get_args(Kind))),
        withdrawn=draw(st.booleans()),
        **draw(citations()),
    )  # fmt: skip


def exported(works: list[Work]) -> list[str]:
    return sorted(
        jsonl_writer.write(
            dataclasses.replace(work, title=" ".join(work.title.split())) for work in works
        )
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(records(), min_size=1, max_size=6))
def test_exporting_importing_and_exporting_again_gives_the_same_lines(told: list[Record]) -> None:
    first = exported([one.work for one in resolve(told)])
    parsed = jsonl.parse("".join(first).encode())
    assert not parsed.skipped
    again = exported([one.work for one in resolve(parsed.records)])
    assert [json.loads(line) for line in again] == [json.loads(line) for line in first]


def test_the_first_keys_of_a_line_are_always_there_in_one_order() -> None:
    work = resolve(
        [Record("arxiv_oai", "k", (Identifier("arxiv", "2601.00001"),), "T", version=1)]
    )[0].work
    keys = [
        "key",
        "identifiers",
        "title",
        "authors",
        "categories",
        "abstract",
        "versions",
        "announcements",
        "sources",
    ]
    assert [*work_document(work).json_object()][:10] == [*keys, "withdrawn"]
    assert work_document(work).identifiers == {
        "arxiv": "2601.00001",
        "doi": "10.48550/arXiv.2601.00001",
    }


def line(**fields: Any) -> bytes:
    return json.dumps({"id": "2601.00001", "title": "T", **fields}).encode()


def test_a_line_carries_what_a_citation_needs_where_it_is_known() -> None:
    record = Record(
        "bibtex",
        "curie2026",
        (Identifier("doi", "10.5555/1"),),
        "T",
        authors=(Author("Ludwig van Beethoven", None, NameParts("Beethoven", "Ludwig", "van")), Author("Ada Curie")),
        kind="chapter",
        volume="7",
        number="2",
        pages="11–19",
        publisher="Pebble Press",
        isbn="978-3-16-148410-0",
        citation_key="curie2026",
        editors=(Author("The Pebble Team", None, NameParts(literal="The Pebble Team")),),
    )  # fmt: skip
    exported_line = work_document(resolve([record])[0].work).json_object()
    assert {name: exported_line[name] for name in [*exported_line][10:]} == {
        "kind": "chapter",
        "url": "https://doi.org/10.5555/1",
        "volume": "7",
        "number": "2",
        "pages": "11–19",
        "publisher": "Pebble Press",
        "isbn": "978-3-16-148410-0",
        "citation_key": "curie2026",
        "names": [
            {"family": "Beethoven", "given": "Ludwig", "particle": "van"},
            {"literal": "Ada Curie"},
        ],
        "editors": ["The Pebble Team"],
        "editor_names": [{"literal": "The Pebble Team"}],
    }


def test_names_in_parts_may_stand_alone_and_numbers_may_be_numbers() -> None:
    [record] = jsonl.parse(
        line(
            key="doi:10.5555/1",
            names=[{"given": "Ada B.", "family": "Curie"}],
            editors=[{"family": "李", "given": "明"}],
            volume=7,
        )
    ).records
    assert record.authors == (Author("Ada B. Curie", None, NameParts("Curie", "Ada B.")),)
    assert record.editors == (Author("李明", None, NameParts("李", "明")),)
    assert record.volume == "7"


def test_the_day_of_an_arxiv_line_is_its_first_announcement() -> None:
    record = jsonl.parse(line(categories=["cs.LG", "cs.AI"], day="2026-01-05")).records[0]
    assert record.announcements == (Announcement("jsonl", "2026-01-05", "new", "cs.LG", 1),)
    work = resolve([record])[0].work
    assert (work.versions, work.published) == ((Version(1, None, "2026-01-05"),), "2026-01-05")


def test_a_history_gives_replacements() -> None:
    history = [{"day": "2026-03-01", "version": 3}, {"day": "2026-01-05", "version": 1}]
    work = resolve(
        jsonl.parse(line(categories=["cs.LG"], day="2026-01-05", history=history)).records
    )[0].work
    assert [(one.date, one.type, one.version) for one in work.announcements] == [
        ("2026-01-05", "new", 1),
        ("2026-03-01", "replace", 3),
    ]
    assert work.latest_version == 3


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (line(title=""), "no title"),
        (line(title=None), "no title"),
        (line(title=7), "'title' must be text"),
        (line(id="x"), "no arXiv id"),
        (line(id=""), "no identifier"),
        (line(authors="A"), "'authors' must be a list"),
        (line(authors=[1]), "'authors' must hold texts"),
        (line(authors=["A"] * (MAX_AUTHORS + 1)), "'authors' must be a list of at most"),
        (line(abstract="x" * (MAX_ABSTRACT + 1)), "over the limit"),
        (line(day="yesterday"), "must be a day"),
        (line(day="2026-02-30"), "must be a day"),
        (line(history=[{"day": "2026-01-05"}]), "'version' must be a whole number"),
        (line(history=[{"version": 1}]), "needs a 'day'"),
        (line(history=[{"day": "2026-01-05", "version": True}]), "'version' must be a whole number"),
        (line(key="arxiv:2601.00001", identifiers=[]) .replace(b"[]", b"[1]"), "'identifiers' must be an object"),
        (line(key="k", announcements=[{"type": "odd", "date": "2026-01-05", "version": 1}]), "'type' of an announcement"),
        (line(key="k", announcements=[{"type": "new", "version": 1}]), "needs a 'date'"),
        (line(key="k", volume={}), "'volume' must be text or a whole number"),
        (line(key="k", authors=["A B"], names=[{"family": "B"}, {"family": "C"}]), "'names' has 2 names, 'authors' has 1"),
        (line(key="k", names=[{"suffix": "Jr."}]), "a name needs either 'literal' or a 'family' or 'given' name"),
        (line(key="k", names=[{"family": "A", "literal": "A"}]), "a name needs either 'literal' or"),
        (line(key="k", editors=["A", {"family": "B"}]), "'editors' must hold texts"),
        (b"{", "no JSON in UTF-8"),
        (b'{"id": "2601.00001", "title": "\xff"}', "no JSON in UTF-8"),
        (b'"text"', "one JSON object"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"id": "' + b"x" * (5 << 20) + b'"}', "longer than"),
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_taken_costs_only_itself(data: bytes, why: str) -> None:
    parsed = jsonl.parse(data + b"\n\n" + line() + b"\n")
    assert [record.title for record in parsed.records] == ["T"]
    assert [one.where for one in parsed.skipped] == ["line 1"]
    assert why in parsed.skipped[0].why


def test_packed_and_marked_files_read_the_same() -> None:
    data = line() + b"\n" + line(id="2601.00002")
    assert (
        jsonl.parse(gzip.compress(data)) == jsonl.parse(b"\xef\xbb\xbf" + data) == jsonl.parse(data)
    )


def test_real_lines_are_all_taken(shared_data: Path) -> None:
    for name in ("seed_page.jsonl", "older_1991_2024.jsonl.gz", "chem_dated.jsonl.gz"):
        path = shared_data / "arxiv" / name
        data = path.read_bytes()
        text = gzip.decompress(data) if name.endswith(".gz") else data
        parsed = jsonl.parse(data)
        assert not parsed.skipped
        assert len(parsed.records) == len(text.splitlines())
