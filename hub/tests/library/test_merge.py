"""Laws of identity and merging: a function of the set of records, whatever their order and repetition."""

from __future__ import annotations

import dataclasses
import random
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_citations import citations, people

from academichub.library.merge import _preference, resolve
from academichub.works.author import Author, NameParts
from academichub.works.identifiers import Identifier
from academichub.works.record_codec import decode, encode, statement_hash
from academichub.works.work import CITATION_TEXTS, Announcement, Kind, Record, Version, Work

ARXIV_IDS = ("2601.00001", "2601.00002", "2601.00003")
DOIS = ("10.1000/a", "10.1000/b", "10.1000/c")
DAYS = ("2026-01-05", "2026-01-06", "2026-01-07", "2026-01-12")


def arxiv(
    number: str,
    version: int = 1,
    day: str = DAYS[0],
    source: str = "arxiv_oai",
    doi: str = "",
    title: str = "On Things",
    **more: object,
) -> Record:
    names = (Identifier("arxiv", number), *((Identifier("doi", doi),) if doi else ()))
    record = Record(
        source, f"oai:{number}", names, title, version=version, datestamp=day, categories=("cs.LG",)
    )
    return dataclasses.replace(record, **more)


def paper(doi: str, title: str = "On Things", **more: object) -> Record:
    return dataclasses.replace(
        Record("crossref", doi, (Identifier("doi", doi),), title, datestamp=DAYS[1]), **more
    )


@st.composite
def any_record(draw: st.DrawFn) -> Record:
    source = draw(
        st.sampled_from(
            ["arxiv_oai", "arxiv_announce", "arxiv_query", "crossref", "feed", "bibtex"]
        )
    )
    names = []
    if source.startswith("arxiv") or draw(st.booleans()):
        names.append(Identifier("arxiv", draw(st.sampled_from(ARXIV_IDS))))
    if not names or draw(st.booleans()):
        names.append(Identifier("doi", draw(st.sampled_from(DOIS))))
    version = draw(st.integers(1, 3)) if source.startswith("arxiv") else 0
    day = draw(st.sampled_from(DAYS))
    kind = draw(st.sampled_from(["new", "replace", "cross"]))
    return Record(
        source,
        draw(st.sampled_from(["k1", "k2"])),
        tuple(names),
        draw(st.sampled_from(["", "A", "B"])),
        abstract=draw(st.sampled_from(["", "x", "y"])),
        authors=draw(
            st.sampled_from([(), (Author("A B"),), (Author("C D", "0000-0001"),)]) | people()
        ),
        categories=draw(st.sampled_from([(), ("cs.LG",), ("math.AG", "cs.LG")])),
        version=version,
        datestamp=day,
        published=draw(st.sampled_from(["", "2026", "2026-01", "2026-01-05"])),
        versions=(Version(version, day),) if version else (),
        announcements=(Announcement(source, day, kind, "cs.LG", version),) if version else (),
        kind=draw(st.sampled_from(get_args(Kind))),
        withdrawn=draw(st.booleans()),
        **draw(citations()),
    )


def works(records: list[Record]) -> list[Work]:
    return [one.work for one in resolve(records)]


@given(st.lists(any_record(), min_size=1, max_size=9), st.randoms(use_true_random=False))
@settings(max_examples=400, deadline=None)
def test_order_and_repetition_do_not_matter(records: list[Record], rng: random.Random) -> None:
    expected = works(records)
    again = records + rng.choices(records, k=3)
    rng.shuffle(again)
    assert works(again) == expected


@given(st.lists(any_record(), min_size=1, max_size=9))
@settings(max_examples=300, deadline=None)
def test_works_share_no_identifier_and_cover_every_record(records: list[Record]) -> None:
    resolved = resolve(records)
    names = [name for one in resolved for name in one.work.identifiers]
    assert len(names) == len(set(names))
    assert sorted(n for one in resolved for n in one.members) == list(range(len(records)))
    keys = [one.work.key for one in resolved]
    assert keys == sorted(keys)
    for one in resolved:
        held = {record_name for n in one.members for record_name in records[n].identifiers}
        assert set(one.work.identifiers) <= held


@given(st.lists(any_record(), min_size=1, max_size=9))
@settings(max_examples=200, deadline=None)
def test_each_citation_field_is_the_value_of_the_best_record_that_has_one(
    records: list[Record],
) -> None:
    for one in resolve(records):
        ordered = sorted((records[n] for n in one.members), key=_preference, reverse=True)
        for name in (*CITATION_TEXTS, "editors"):
            given = [getattr(record, name) for record in ordered if getattr(record, name)]
            assert getattr(one.work, name) == (
                given[0] if given else type(getattr(one.work, name))()
            )
        kinds = [record.kind for record in ordered if record.kind != "other"]
        assert one.work.kind == (kinds[0] if kinds else "other")


def test_a_preprint_takes_volume_pages_and_names_in_parts_from_its_article() -> None:
    beethoven = NameParts("Beethoven", "Ludwig", "van")
    preprint = arxiv(
        "2601.00001",
        doi="10.1000/a",
        authors=(Author("Ludwig Van Beethoven"), Author("Ada Curie", "0000-0001")),
    )
    article = paper(
        "10.1000/a",
        volume="7",
        pages="11-19",
        authors=(Author("Ada Curie"), Author("Ludwig van Beethoven", None, beethoven)),
    )
    [work] = works([preprint, article])
    assert (work.volume, work.number, work.pages) == ("7", "", "11-19")
    assert work.authors == (
        Author("Ludwig Van Beethoven", None, beethoven),
        Author("Ada Curie", "0000-0001"),
    )


@pytest.mark.parametrize(
    ("parts", "full"),
    [
        (NameParts("Beethoven", "Ludwig", "van"), "Ludwig van Beethoven"),
        (NameParts("Sample", "Ray", suffix="III"), "Ray Sample, III"),
        (NameParts("李", "明"), "李明"),
        (NameParts("Li", "明"), "明 Li"),
        (NameParts("Plato"), "Plato"),
        (NameParts(given="Plato"), "Plato"),
        (NameParts(literal="ATLAS Collaboration"), "ATLAS Collaboration"),
    ],
)
def test_a_name_in_parts_is_written_in_reading_order(parts: NameParts, full: str) -> None:
    assert parts.full == full


@given(any_record())
def test_a_statement_survives_storage(record: Record) -> None:
    again = decode(record.source, record.source_key, encode(record))
    assert again == record
    assert encode(again) == encode(record)


def test_a_hash_tells_source_key_and_content_apart() -> None:
    assert (
        len(
            {
                statement_hash(*parts)
                for parts in (("a", "b", "c"), ("a", "bc", ""), ("ab", "", "c"))
            }
        )
        == 3
    )


def test_preprint_and_journal_article_become_one_work_by_doi() -> None:
    [work] = works(
        [
            arxiv("2601.00001", doi="10.1000/a", abstract="Preprint text."),
            paper("10.1000/a", venue="Journal of Things", abstract="Journal text.", kind="article"),
        ]
    )
    assert work.key == "doi:10.1000/a"
    assert work.public_identifiers == {"arxiv": "2601.00001", "doi": "10.1000/a"}
    assert (work.abstract, work.venue) == ("Preprint text.", "Journal of Things")
    assert work.sources == ("arxiv_oai", "crossref")
    assert work.url == "https://arxiv.org/abs/2601.00001"


def test_a_doi_two_preprints_claim_links_neither() -> None:
    found = works(
        [
            arxiv("2601.00001", doi="10.1000/a"),
            arxiv("2601.00002", doi="10.1000/a", title="Part II"),
            paper("10.1000/a"),
        ]
    )
    assert [work.key for work in found] == ["arxiv:2601.00001", "arxiv:2601.00002", "doi:10.1000/a"]


def test_only_the_newest_doi_an_author_typed_counts() -> None:
    found = works(
        [
            arxiv("2601.00001", doi="10.1000/typo"),
            arxiv("2601.00001", 2, DAYS[2], doi="10.1000/a"),
            paper("10.1000/typo"),
        ]
    )
    assert [work.key for work in found] == ["doi:10.1000/a", "doi:10.1000/typo"]


def test_the_newest_version_gives_the_texts_and_versions_stay() -> None:
    records = [
        arxiv("2601.00001", 1, DAYS[0], title="First", versions=(Version(1, "2026-01-02"),)),
        arxiv(
            "2601.00001",
            2,
            DAYS[2],
            title="Second",
            versions=(Version(1, "2026-01-02"), Version(2, "2026-01-06")),
        ),
        arxiv("2601.00001", 1, DAYS[3], "arxiv_announce", title="Late cross-list of the first"),
    ]
    [work] = works(records)
    assert work.title == "Second"
    assert [(one.version, one.submitted) for one in work.versions] == [
        (1, "2026-01-02"),
        (2, "2026-01-06"),
    ]
    assert work.published == "2026-01-02"


def test_a_silent_edit_wins_over_the_older_change_of_the_same_version() -> None:
    [work] = works(
        [
            arxiv("2601.00001", 1, DAYS[0]),
            arxiv("2601.00001", 1, DAYS[3], journal_ref="J. Things 1"),
        ]
    )
    assert (work.journal_ref, work.updated) == ("J. Things 1", DAYS[3])


def test_what_oai_infers_gives_way_to_what_a_feed_announced() -> None:
    inferred = Announcement("arxiv_oai", DAYS[1], "new", "cs.LG", 1)
    told = Announcement("arxiv_announce", DAYS[1], "cross", "cs.AI", 1)
    oai = arxiv("2601.00001", announcements=(inferred,))
    assert works([oai])[0].announcements == (inferred,)
    assert works([oai, arxiv("2601.00001", source="arxiv_announce", announcements=(told,))])[
        0
    ].announcements == (told,)


def test_of_several_inferred_days_the_first_counts() -> None:
    first, second = (Announcement("arxiv_oai", day, "new", "cs.LG", 1) for day in DAYS[:2])
    records = [arxiv("2601.00001", day=one.date, announcements=(one,)) for one in (second, first)]
    assert works(records)[0].announcements == (first,)


def test_a_version_is_dated_by_its_announcement_unless_that_is_a_late_cross_list() -> None:
    def dated(day: str) -> str | None:
        told = Announcement("arxiv_announce", day, "cross", "cs.AI", 1)
        [work] = works(
            [arxiv("2601.00001", versions=(Version(1, "2026-01-02"),), announcements=(told,))]
        )
        return work.versions[0].date

    assert dated("2026-01-05") == "2026-01-05"
    assert dated("2026-01-12") == "2026-01-02"


def test_withdrawal_counts_only_while_it_is_the_newest_version() -> None:
    gone = arxiv("2601.00001", 2, DAYS[1], withdrawn=True)
    assert works([arxiv("2601.00001"), gone])[0].withdrawn
    assert not works([arxiv("2601.00001"), gone, arxiv("2601.00001", 3, DAYS[2])])[0].withdrawn


def test_imported_lines_keep_the_sources_they_name() -> None:
    record = Record(
        "jsonl", "k", (Identifier("arxiv", "2601.00001"),), "T", via=("arxiv_oai", "feed")
    )
    assert works([record])[0].sources == ("arxiv_oai", "feed")


def test_the_last_day_on_which_an_announcement_dates_a_version_is_the_fifth() -> None:
    def dated(day: str) -> str | None:
        announcement = Announcement("arxiv_announce", day, "new", "cs.LG", 1)
        submitted = (Version(1, "2026-01-02"),)
        record = arxiv("2601.00001", versions=submitted, announcements=(announcement,))
        return works([record])[0].versions[0].date

    assert dated("2026-01-07") == "2026-01-07"
    assert dated("2026-01-08") == "2026-01-02"


def test_of_one_version_the_better_source_gives_the_text_whatever_its_day() -> None:
    doi = (Identifier("doi", "10.1000/a"),)
    texts = {
        source: Record(source, "k", doi, f"Title of {source}", datestamp=day)
        for source, day in (("crossref", DAYS[0]), ("bibtex", DAYS[2]), ("unheard_of", DAYS[3]))
    }
    assert works(list(texts.values()))[0].title == "Title of crossref"
    assert works([texts["unheard_of"], texts["bibtex"]])[0].title == "Title of bibtex"


def test_the_field_is_that_of_the_first_category_or_else_what_a_record_states() -> None:
    assert works([arxiv("2601.00001", field="medicine")])[0].field == "computer-science"
    assert works([paper("10.1000/a", field="medicine")])[0].field == "medicine"
    both = [paper("10.1000/a"), paper("10.1000/a", field="biology", source="bibtex")]
    assert works(both)[0].field == "biology"


def test_a_version_known_by_a_record_or_an_announcement_alone_has_no_day_of_submission() -> None:
    announcement = Announcement("arxiv_announce", DAYS[2], "replace", "cs.LG", 3)
    [work] = works([arxiv("2601.00001", 2, announcements=(announcement,))])
    assert work.versions == (Version(2, None, None), Version(3, None, DAYS[2]))
    assert work.published == ""  # nothing tells when the first version came


def test_the_first_publication_is_the_earliest_of_the_most_complete_dates() -> None:
    days = ("2025", "2026-01-06", "2026-01", "2026-01-05")
    records = [
        paper("10.1000/a", published=day, source_key=str(number)) for number, day in enumerate(days)
    ]
    assert works(records)[0].published == "2026-01-05"
    assert works(records[:1])[0].published == "2025"


@pytest.mark.parametrize("count", [1, 2])
def test_a_record_without_identifiers_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="empty"):
        resolve([Record("bibtex", str(number), (), "On Things") for number in range(count)])
