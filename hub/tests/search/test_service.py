from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_works import work

from academichub.errors import UsageError
from academichub.library.works import Library, WorkFilter
from academichub.search.service import MAX_REACH, SearchResult, search
from academichub.store.database import open_database


def numbers(result: SearchResult) -> list[int]:
    return sorted(int(hit.work.key.rsplit(".", 1)[1]) for hit in result.hits)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("生成", [1, 2]),
        ("推理", [1, 2]),
        ("检索增强", [2]),
        ("检索增强 生成", [2]),
        ("检索增强生成 大语言模型", [2]),
        ("diffusion", [1]),
        ("作者:李明", [2]),
        ("作者：王", [2]),
        ("network", [3, 6]),
        ("networks molecules", [3]),
        ("ti:networks", [3]),
        ("abs:network", [3, 6]),
        ("networks -molecules", [6]),
        ("krishnamurthy", [4]),
        ('au:"Akshay Krishnamurthy"', [4]),
        ('au:"Wei Wang"', [3, 6]),
        ("au:O'Brien", [4]),
        ("erdos", [5]),
        ("au:Erd\u0151s", [5]),
        ("fe2o3", [5]),
        ("covid-19", [5]),
        ('"all you need"', [7]),
        ('"not to be"', [7]),
        ("cat:cs.CL", [2]),
        ("cat:CS.cl", [2]),
        ("cat:cs", [1, 2, 3, 4, 6, 7]),
        ("cat:c", []),
        ("cat:math network", []),
        ("network cat:physics", [6]),
        ("network -cat:physics", [3]),
        ("ti:erdos OR cat:cs.CL", [2, 5]),
        ("venue:physical", [6]),
        ("year:2024", [5]),
        ("year:2024..2025", [5, 7]),
        ("year:..2024", [5]),
        ("date:2026-06-15", [6]),
        ("date:2026-06-10..2026-06-14 network", [3, 6]),
        ("date:2026-06", [1, 2, 3, 4, 6]),
        ("date:2026-07..", []),
        ("src:arxiv_oai", [1, 2, 3, 4, 5, 6, 7]),
        ("src:arxiv network", [3, 6]),
        ("src:crossref", []),
        ("id:2606.00003", [3]),
        ("2606.00003v4", [3]),
        ("https://arxiv.org/abs/2606.00003", [3]),
        ("10.48550/arXiv.2606.00003", [3]),
        ("-network -cat:cs", [5]),
        ("xenon krypton", []),
        ("", []),
        ("!!!", []),
    ],
)
def test_finds_exactly(library: Library, query: str, expected: list[int]) -> None:
    result = search(library, query)
    assert numbers(result) == expected
    assert result.total == len(expected)
    assert [hit.rank for hit in result.hits] == list(range(1, len(expected) + 1))


def test_few_words_fall_back_to_any_of_them_and_say_so(library: Library) -> None:
    result = search(library, "molecules transformers")
    assert (numbers(result), result.notes) == ([3, 4], ("any_words",))
    assert search(library, "molecules networks").notes == ()
    assert search(library, '"molecules transformers" networks').total == 0


def test_a_sentence_ranks_works_by_how_much_of_it_they_have(library: Library) -> None:
    result = search(
        library, "Message passing networks predict the molecular properties of novel transformers."
    )
    assert result.notes == ("any_words",)
    assert result.hits[0].work.key == "arxiv:2606.00003"
    assert search(library, "message passing networks predict").notes == ("ranked_words",)
    assert result.total == 3
    required = search(library, "message passing predicts molecular transformers -properties")
    assert numbers(required) == [4]


def test_any_words_can_be_asked_for(library: Library) -> None:
    assert numbers(search(library, "molecules networks")) == [3]
    assert numbers(search(library, "molecules networks", any_words=True)) == [3, 6]
    assert numbers(search(library, "networks", any_words=True)) == [3, 6]


def test_a_chinese_sentence_is_ranked_by_what_it_shares(library: Library) -> None:
    result = search(library, "请问有没有关于检索增强的大语言模型在推理任务上的研究综述")
    assert result.hits[0].work.key == "arxiv:2606.00002"
    assert result.notes == ("any_words",)


def test_half_a_surrogate_pair_is_no_danger(library: Library) -> None:
    assert search(library, "10.1000/\udcff \ud800").total == 0
    assert numbers(search(library, "molecules \udcff")) == [3]


def test_an_identifier_that_is_not_held_is_read_as_words(library: Library) -> None:
    assert search(library, "2606.99999").total == 0
    assert search(library, "2606.00003").notes == ("identifier",)


def test_conditions_beside_the_query(library: Library) -> None:
    assert numbers(search(library, "network", where=WorkFilter(categories=("physics",)))) == [6]
    assert numbers(search(library, "", where=WorkFilter(authors=("Wei Wang",)))) == [3, 6]
    assert numbers(
        search(library, "", where=WorkFilter(first="2026-06-15", last="2026-06-15"))
    ) == [6]
    assert numbers(search(library, "network", where=WorkFilter(sources=("crossref",)))) == []
    assert search(library, "").notes == ("nothing_asked",)


def test_pages_are_parts_of_one_ranking(library: Library) -> None:
    whole = search(library, "cat:cs", limit=6)
    parts = [search(library, "cat:cs", limit=2, offset=offset) for offset in (0, 2, 4, 6)]
    assert [hit.work.key for part in parts for hit in part.hits] == [
        hit.work.key for hit in whole.hits
    ]
    assert [hit.rank for part in parts for hit in part.hits] == [1, 2, 3, 4, 5, 6]
    assert {part.total for part in parts} == {6}


@pytest.mark.parametrize(
    ("limit", "offset"), [(0, 0), (-1, 0), (10, -1), (10, MAX_REACH), (MAX_REACH + 1, 0)]
)
def test_pages_end_at_the_reach_of_a_ranking(library: Library, limit: int, offset: int) -> None:
    with pytest.raises(UsageError, match="places 1 to 1000"):
        search(library, "network", limit=limit, offset=offset)
    assert search(library, "network", limit=10, offset=MAX_REACH - 10).hits == []


def test_conditions_alone_are_ordered_by_date_latest_first(library: Library) -> None:
    days = [max(hit.work.updated, hit.work.published) for hit in search(library, "src:arxiv").hits]
    assert days == sorted(days, reverse=True)


def test_facets_count_and_narrow(library: Library) -> None:
    result = search(library, "network", facets=True)
    facets = {
        name: {one.value: one.count for one in values} for name, values in result.facets.items()
    }
    assert facets == {
        "source": {"arxiv_oai": 2},
        "category": {"cs.LG": 2, "physics.comp-ph": 1},
        "year": {"2026": 2},
        "author": {"Jean-Pierre M\u00fcller": 1, "Wei Wang": 1, "Wang Wei": 1},
    }
    for values in result.facets.values():
        for one in values:
            narrowed = search(library, one.query)
            assert narrowed.total >= one.count
            assert set(numbers(narrowed)) <= {3, 6}
    assert search(library, "network").facets == {}


def test_hits_carry_marked_titles_and_snippets(library: Library) -> None:
    hit = search(library, "ti:networks molecules predicted").hits[0]
    assert hit.title_html == "Graph neural <mark>networks</mark> for <mark>molecules</mark>"
    assert hit.snippet_html == "Message passing networks <mark>predict</mark> molecular properties."
    assert hit.snippet == "Message passing networks predict molecular properties."
    bare = search(library, "networks", highlights=False).hits[0]
    assert (bare.title_html, bare.snippet_html, bare.snippet) == ("", "", "")


@settings(max_examples=60)
@given(st.text(max_size=60))
def test_any_query_is_answered_or_refused_in_words(library: Library, query: str) -> None:
    try:
        result = search(library, query, facets=True)
    except UsageError as problem:
        assert str(problem)
        return
    assert result.query == query
    assert len(result.hits) == min(10, result.total)
    assert [hit.score for hit in result.hits] == sorted(
        (hit.score for hit in result.hits), reverse=True
    )


def test_a_rewritten_work_is_found_by_its_new_words_only(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'hub.sqlite3'}")
    library = Library(database)
    library.add([work(1, "Diffusion models"), work(2, "Diffusion of heat")])
    library.add([dataclasses.replace(work(1, "Quantum walks"), version=2, datestamp="2026-06-11")])
    assert numbers(search(library, "quantum")) == [1]
    assert numbers(search(library, "diffusion")) == [2]
    database.close()
