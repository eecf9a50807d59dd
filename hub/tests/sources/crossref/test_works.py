"""Works of Crossref as records: every field by hand-worked values."""

from __future__ import annotations

import json
from typing import Any

import pytest

from academichub.errors import EntryError
from academichub.library.merge import resolve
from academichub.sources.crossref.works import NOT_WORKS, record_of
from academichub.sources.feeds.entries import MAX_RAW_CHARS
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record


def read(*, journal: str = "", field: str = "", **members: Any) -> Record:
    work = {"DOI": "10.99999/a", "title": ["A title"], "type": "journal-article", **members}
    return record_of(work, title=journal, field=field)


@pytest.mark.parametrize("doi", [None, "", "no doi", 7, ["10.99999/a"]])
def test_a_work_without_a_doi_is_refused(doi: object) -> None:
    with pytest.raises(EntryError) as refused:
        read(DOI=doi)
    assert refused.value.code == "entry.not_a_doi"


@pytest.mark.parametrize("title", [None, [], [""], ["<i> </i>"], "A title", [7]])
def test_a_work_without_a_title_is_refused_by_its_doi(title: object) -> None:
    with pytest.raises(EntryError) as refused:
        read(title=title)
    assert refused.value.code == "entry.no_title"
    assert refused.value.params == {"name": "10.99999/a"}


@pytest.mark.parametrize(
    ("title", "subtitle", "expected"),
    [
        (["A title"], ["And more"], "A title: And more"),
        (["A title:"], ["And more"], "A title: And more"),
        (["A title: and more"], ["And More"], "A title: and more"),
        (["", "Second"], [], "Second"),
        (["H<sub>2</sub>O &amp; life"], [], "H2O & life"),
    ],
)
def test_a_subtitle_follows_unless_the_title_has_it(
    title: list[str], subtitle: list[str], expected: str
) -> None:
    assert read(title=title, subtitle=subtitle).title == expected


def test_what_crossref_says_of_a_preprint_makes_it_one_work_with_the_article() -> None:
    relation = {"has-preprint": [{"id-type": "doi", "id": "10.48550/arxiv.2606.99001"}]}
    article = read(relation=relation)
    preprint = Record(
        "arxiv_oai", "oai:arXiv.org:2606.99001", (article.identifiers[1],), "A title", version=1
    )
    [resolved] = resolve([article, preprint])
    assert resolved.work.key == "doi:10.99999/a"
    assert dict(resolved.work.public_identifiers)["arxiv"] == "2606.99001"


def test_only_states_of_the_same_work_at_arxiv_are_identifiers() -> None:
    other = {"id-type": "doi", "id": "10.5555/preprint.1"}
    arxiv = {"id-type": "arxiv", "id": "2606.99001"}
    own = (Identifier("doi", "10.99999/a"),)
    assert read(relation={"has-preprint": [other]}).identifiers == own
    assert read(relation={"references": [arxiv]}).identifiers == own
    both = read(relation={"has-version": [other, arxiv], "is-same-as": [arxiv]})
    assert both.identifiers == (*own, Identifier("arxiv", "2606.99001"))


def test_an_item_identifier_of_elsevier_gives_the_address_its_feeds_have() -> None:
    pii = "S0123456789012345"
    address = f"https://www.sciencedirect.com/science/article/pii/{pii}"
    record = read(**{"alternative-id": ["1234", pii, "S012345678901234X5", 7]})
    assert record.identifiers[1:] == (Identifier("url", address),)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ([[2026, 11, 3]], "2026-11-03"), ([[2026, 11]], "2026-11"), ([[2026]], "2026"), ([["2026", "1"]], "2026-01"), ([[None]], ""),
        ([[]], ""), ([], ""), ([[2026, 13]], "2026"), ([[2026, 2, 30]], "2026-02"), ([[0]], ""), ("2026", ""), ([["x"]], ""), (None, ""),
    ],
)  # fmt: skip
def test_incomplete_dates_stay_incomplete(parts: object, expected: str) -> None:
    assert read(issued={"date-parts": parts}).published == expected


def test_of_the_dates_that_agree_with_the_earliest_the_most_complete_counts() -> None:
    dates = {
        "issued": {"date-parts": [[2026, 3]]},
        "published-print": {"date-parts": [[2026, 5, 1]]},
        "published-online": {"date-parts": [[2026, 3, 9]]},
        "posted": {"date-parts": [[2026, 3, 7]]},
    }
    assert read(**dates).published == "2026-03-07"


@pytest.mark.parametrize(
    ("published", "created", "day"),
    [
        ([2026, 11, 3], [2026, 11, 4], "2026-11-04"),  # seen when it was registered
        ([2027, 2, 1], [2026, 11, 4], "2026-11-04"),  # an issue to come
        ([2026, 12], [2026, 11, 4], "2026-11-04"),
        ([2025, 12], [2026, 11, 4], "2026-11-04"),
        ([2026], [2026, 11, 4], "2026-11-04"),
        ([1998, 5, 6], [2026, 11, 4], "1998-05-06"),  # a digitised archive
        ([1998], [2026, 11, 4], ""),
        ([None], [2026, 11, 4], "2026-11-04"),
        ([2026, 11, 3], None, "2026-11-03"),
        ([2026, 11], None, ""),
    ],
)
def test_a_work_is_announced_on_the_day_it_was_registered(
    published: list[int], created: list[int] | None, day: str
) -> None:
    more = {"created": {"date-parts": [created]}} if created else {}
    record = read(issued={"date-parts": [published]}, **{"container-title": ["J"]}, **more)
    dates = [announcement.date for announcement in record.announcements]
    assert dates == ([day] if day else [])


def test_it_is_announced_in_the_journal_as_the_reader_follows_it() -> None:
    created = {"created": {"date-parts": [[2026, 11, 4]]}}
    stated = read(**created, **{"container-title": ["J. Inv."]})
    followed = read(journal="Journal of Inventions", **created, **{"container-title": ["J. Inv."]})
    for record, category in ((stated, "J. Inv."), (followed, "Journal of Inventions")):
        expected = Announcement("crossref", "2026-11-04", "new", category, 1)
        assert record.announcements == (expected,)
        assert record.venue == "J. Inv."
    assert read(**created).announcements == (), "a work of no journal is not announced"


def test_the_kind_follows_the_type_and_notices_are_set_apart() -> None:
    assert read().kind == "article"
    assert read(type="posted-content").kind == "preprint"
    assert read(type="book-chapter").kind == "book"
    assert read(type="dissertation").kind == "other"
    assert read(title=["Erratum to: A title"]).kind == "other"
    assert read(**{"update-to": [{"type": "erratum", "DOI": "10.99999/b"}]}).kind == "other"
    assert read(**{"update-to": [{"type": "new_version", "DOI": "10.99999/b"}]}).kind == "article"
    assert read(title=["RETRACTED: A title"]).withdrawn
    assert not read(title=["Correction of aberrations in lenses by machine"]).withdrawn


def test_a_work_is_withdrawn_by_a_notice_on_it_not_by_one_it_gives() -> None:
    notice = [{"type": "Retraction", "DOI": "10.99999/b"}]
    assert read(**{"updated-by": notice}).withdrawn
    assert not read(**{"update-to": notice}).withdrawn
    assert not read(**{"updated-by": [{"type": "erratum"}]}).withdrawn


def test_no_type_is_both_a_work_and_none() -> None:
    assert len(set(NOT_WORKS)) == len(NOT_WORKS)
    assert {read(type=name).kind for name in NOT_WORKS} == {"other"}


def test_people_and_organisations_are_authors_each_once() -> None:
    authors = [
        {"given": "Ada", "family": "Lovelace", "ORCID": "http://orcid.org/0000-0002-1825-009x"},
        {"name": "The Invented Team"},
        {"given": "Ada", "family": "Lovelace"},
        {"given": "Plato"},
        {"suffix": "Jr."},
        "not a person",
    ]
    assert read(author=authors).authors == (
        Author("Ada Lovelace", "0000-0002-1825-009X"),
        Author("The Invented Team"),
        Author("Plato"),
    )


@pytest.mark.parametrize(
    ("abstract", "expected"),
    [
        ("<jats:title>Abstract</jats:title><jats:p>We show x.</jats:p>", "We show x."),
        ("<jats:p>Summary: We show x.</jats:p>", "We show x."),
        ("AbstractWe show x.", "We show x."),
        ("ABSTRACT We show x.", "We show x."),
        ("Abstract. we show x.", "we show x."),
        ("Abstract algebra is fun.", "Abstract algebra is fun."),
        ("Summaries are short.", "Summaries are short."),
        ("Abstracts of the meeting.", "Abstracts of the meeting."),
        (7, ""),
    ],
)
def test_the_word_abstract_is_not_part_of_it(abstract: object, expected: str) -> None:
    assert read(abstract=abstract).abstract == expected


@pytest.mark.parametrize(
    ("licences", "expected"),
    [
        ([("am", "https://l.example/am"), ("vor", "https://l.example/vor")], "vor"),
        ([("tdm", "https://l.example/tdm"), ("am", "https://l.example/am")], "am"),
        ([("tdm", "https://l.example/tdm")], ""),
        ([("vor", "")], ""),
    ],
)
def test_the_licence_is_that_of_the_version_of_record(
    licences: list[tuple[str, str]], expected: str
) -> None:
    stated = [{"content-version": version, "URL": url} for version, url in licences]
    assert read(license=stated).license.rpartition("/")[2] == expected


def test_a_preprint_server_or_else_the_publisher_is_the_venue() -> None:
    assert read(institution=[{"name": ""}, {"name": "bioRxiv"}], publisher="P").venue == "bioRxiv"
    assert read(institution={"name": "medRxiv"}, publisher="P").venue == "medRxiv"
    assert read(publisher="P").venue == "P"


def test_what_is_stored_as_received_leaves_out_the_bulky_and_is_bounded() -> None:
    record = read(reference=[{"key": "r1"}], assertion=[], page="1-2")
    assert json.loads(record.raw) == {
        "DOI": "10.99999/a",
        "title": ["A title"],
        "type": "journal-article",
        "page": "1-2",
    }
    assert len(read(page="1" * 100_000).raw) == MAX_RAW_CHARS
