from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine

from academichub.index import fts5
from academichub.index.fts5 import Fts5Index
from academichub.index.query_syntax import Term, parse
from academichub.library.works import Library
from academichub.store import schema


@pytest.fixture
def connection() -> Iterator[Connection]:
    with create_engine("sqlite://").connect() as opened:
        schema.metadata.create_all(opened)
        Fts5Index().create(opened)
        yield opened


def found(connection: Connection, text: str) -> list[int]:
    tree = parse(text)
    return (
        sorted(number for number, _ in Fts5Index().rank(connection, tree, 100).hits) if tree else []
    )


def index(connection: Connection, *texts: str) -> None:
    Fts5Index().add(connection, [(n, text, "", "", "") for n, text in enumerate(texts, start=1)])


CHINESE = ("检索增强生成的综述", "基于diffusion模型的图像生成", "大模型的推理", "生 成")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("生成", [1, 2]),
        ("推理", [3]),
        ("检索增强", [1]),
        ("检索增强 生成", [1]),
        ("diffusion", [2]),
        ("diffusion模型", [2]),
        ('"diffusion模型"', [2]),
        ("模型 diffusion", [2]),
        ("模型", [2, 3]),
        ("成", [1, 2, 4]),
        ("综", [1]),
        ("述", [1]),
        ("增强检索", []),
        ("模*", [2, 3]),
        ("ti:生成 -检索", [2]),
    ],
)
def test_chinese_words_of_any_length_are_found(
    connection: Connection, text: str, numbers: list[int]
) -> None:
    index(connection, *CHINESE)
    assert found(connection, text) == numbers


ENGLISH = (
    "Training deep networks",
    "A deeply trained network for COVID-19",
    "Erd\\H{o}s and covid19",
    "self-attention in the network",
    "Selfattention",
    "TNF-\u03b1 signalling",
    "the the",
)


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("trained network", [1, 2]),
        ("NETWORKS", [1, 2, 4]),
        ("covid-19", [2, 3]),
        ("covid19", [2, 3]),
        ('"covid 19"', [2]),
        ("Erd\u0151s", [3]),
        ("erdos", [3]),
        ("self-attention", [4, 5]),
        ("selfattention", [4, 5]),
        ("tnf-alpha", [6]),
        ("TNF\u03b1", [6]),
        ("the network", [1, 2, 4]),
        ('"the network"', [4]),
        ("the", [4, 7]),
        ("sig*", [6]),
        ("networks*", [1, 2, 4]),
        ("deep OR covid19", [1, 2, 3]),
        ("network -covid", [1, 4]),
        ("network -(covid OR self)", [1]),
        ('network -"deeply trained"', [1, 4]),
        ("!!!", []),
        ("network !!!", [1, 2, 4]),
    ],
)
def test_english_forms_hyphens_accents_and_signs(
    connection: Connection, text: str, numbers: list[int]
) -> None:
    index(connection, *ENGLISH)
    assert found(connection, text) == numbers


def test_removing_takes_exactly_those_works_out(connection: Connection) -> None:
    index(connection, *ENGLISH)
    connection.commit()
    Fts5Index().remove(connection, [2, 99])
    assert found(connection, "network") == [1, 4]
    Fts5Index().add(connection, [(2, "Network again", "", "", "")])
    assert found(connection, "network") == [1, 2, 4]
    assert found(connection, "deeply") == []
    connection.commit()
    connection.exec_driver_sql("INSERT INTO work_tokens(work_tokens) VALUES('integrity-check')")


def test_names_are_found_in_either_order_by_initials_and_never_over_two_people(
    connection: Connection,
) -> None:
    names = (
        "Akshay B. Krishnamurthy ; Wei Wang",
        "Jean-Pierre M\u00fcller ; Wang Li",
        "Bob Akshay ; Krishnamurthy Rao",
    )
    Fts5Index().add(connection, [(n, "", "", text, "") for n, text in enumerate(names, start=1)])
    assert found(connection, 'au:"Akshay Krishnamurthy"') == [1]
    assert found(connection, 'au:"Krishnamurthy, Akshay"') == [1]
    assert found(connection, 'au:"A Krishnamurthy"') == [1]
    assert found(connection, "au:wang") == [1, 2]
    assert found(connection, "krishnamurthy") == [1, 3]
    assert found(connection, "au:Muller") == [2]
    assert found(connection, "au:jeanpierre") == [2]
    assert found(connection, "ti:wang") == []


def test_more_occurrences_rarer_words_and_titles_weigh_more(connection: Connection) -> None:
    rows = [
        (1, "graph", "other words here", "", ""),
        (2, "other", "graph words here", "", ""),
        (3, "other", "graph graph graph", "", ""),
        *((n, "other", "words words words", "", "") for n in range(4, 12)),
    ]
    Fts5Index().add(connection, rows)
    tree = parse("graph")
    assert tree is not None
    ranking = Fts5Index().rank(connection, tree, 10)
    assert [number for number, _ in ranking.hits][:1] == [3]
    scores = dict(ranking.hits)
    assert scores[3] > scores[1] > scores[2] > 0


def test_ranking_by_any_word_counts_all_and_keeps_what_is_required(connection: Connection) -> None:
    index(connection, *ENGLISH)
    words = [Term("network"), Term("covid-19"), Term("unheard")]
    ranking = Fts5Index().rank_any(connection, words, None, 10)
    assert ranking.hits[0][0] == 2
    assert {number for number, _ in ranking.hits} == {1, 2, 3, 4}
    assert ranking.total == 4
    rest = Fts5Index().rank_any(connection, words, parse('-deeply ti:network -"the network"'), 10)
    assert [number for number, _ in rest.hits] == [1]
    assert Fts5Index().rank_any(connection, [Term("unheard"), Term("the")], None, 10).total == 0


def test_only_the_rarest_words_are_looked_up_where_there_are_too_many(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    index(connection, *(f"common rare{n}x" for n in range(20)))
    monkeypatch.setattr(fts5, "MAX_POSTINGS", 5)
    ranking = Fts5Index().rank_any(
        connection, [Term("common"), Term("rare3x"), Term("rare4x")], None, 100
    )
    assert sorted(number for number, _ in ranking.hits) == [4, 5]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "graph",
                '"',
                "(",
                ")",
                "-",
                " OR ",
                "NOT ",
                "*",
                " ",
                "ti:",
                "au:",
                "cat:x",
                "src:y",
                "{",
                "}",
                "NEAR(",
                "^",
                "'",
                ";--",
                "模",
                "模型",
                "+",
                "\\",
                "$",
                "|",
                "\0",
                ":",
            ]
        ),
        max_size=16,
    ).map("".join)
    | st.text(max_size=40)
)
def test_no_text_is_a_syntax_error_of_the_index(library: Library, text: str) -> None:
    from academichub.errors import UsageError

    try:
        tree = parse(text)
    except UsageError:
        return
    if tree is not None:
        with library.database.read() as connection:
            ranking = Fts5Index().rank(connection, tree, 5)
        assert len(ranking.hits) == min(5, ranking.total)


@pytest.mark.parametrize(
    "text",
    [
        "a " * 1999,
        "a OR " * 790 + "b",
        "-" * 30 + "a",
        '"' + "a b " * 900 + '"',
        "(" * 20 + "a b" + ")" * 20,
        "模型" * 1900,
        "ab* " * 900,
    ],
)
def test_long_and_deep_queries_are_answered(library: Library, text: str) -> None:
    tree = parse(text)
    assert tree is not None
    with library.database.read() as connection:
        ranking = Fts5Index().rank(connection, tree, 5)
    assert ranking.total <= 7
