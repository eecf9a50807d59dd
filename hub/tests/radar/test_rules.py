"""Rules, standing queries and vocabulary on single works."""

import pytest

from academichub.radar.queries import read_query
from academichub.radar.rules import (
    AUTHOR_PART,
    CATEGORY_PART,
    FRESH_PART,
    QUERY_PART,
    Reason,
    Rules,
    rule_reasons,
)
from academichub.radar.vocabulary import bag, fit_vocabulary, written_forms
from academichub.works.author import Author
from academichub.works.author_names import Followed
from academichub.works.work import Announcement

from .conftest import DAY, make_work

WORK = make_work(
    1,
    "Protein folding with COVID-19 data",
    "Graph neural networks predict structures. 我们研究检索增强生成的方法。",
    authors=(Author("Ada B. Lovelace"), Author("Grace Hopper")),
    categories=("q-bio.BM", "cs.LG"),
    venue="Journal of Invented Results",
    published="2026-03-11",
)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("protein", True),
        ("proteins folded", True),
        ('"protein folding"', True),
        ('"folding protein"', False),
        ("protein -graph", False),
        ("protein -ocean", True),
        ("ocean OR graph", True),
        ("covid19", True),
        ("covid-19", True),
        ("struct*", True),
        ("ti:graph", False),
        ("abs:graph", True),
        ("au:hopper", True),
        ("hopper", True),
        ("au:protein", False),
        ("venue:invented", True),
        ("cat:cs.LG", True),
        ("cat:q-bio", True),
        ("cat:q-bio.N", False),
        ("检索", True),
        ("生成方法", False),
        ("法", True),
        ("海", False),
        ("src:arxiv", True),
        ("src:crossref", False),
        ("id:2603.00001", True),
        ("id:2603.00002", False),
        ("year:2026", True),
        ("year:..2025", False),
        ("date:2026-03", True),
        ("date:2026-03-12..", False),
    ],
)
def test_standing_queries(query: str, expected: bool) -> None:
    assert read_query(query).matches(WORK) is expected


def test_a_query_compares_texts_by_its_topic_only() -> None:
    assert (
        read_query('"graph network" au:hopper -ocean year:2026 ti:folding').topic
        == "graph network folding"
    )
    assert read_query("year:soon").matches(WORK) is False


def parts(rules: Rules, **more: object) -> dict[str, Reason]:
    work = make_work(
        1, WORK.title, WORK.abstract, authors=WORK.authors, categories=WORK.categories, **more
    )
    return {one.kind: one for one in rule_reasons(work, rules, work.announcements[0], DAY)}


def test_parts_by_hand() -> None:
    names = {"Grace Hopper": 1.0, "A. Lovelace": 1.0}
    rules = Rules(
        followed=Followed(names),
        authors=names,
        queries=((read_query("graph"), 2.0), (read_query("ocean"), 1.0)),
        categories={"cs.LG": 1.0, "stat": 1.0},
    )
    found = parts(rules)
    assert found["author"] == Reason("author", "Grace Hopper", "", AUTHOR_PART)
    assert found["namesake"] == Reason("namesake", "A. Lovelace", "Ada B. Lovelace", 0.0)
    assert found["query"] == Reason("query", "graph", "", 2 * QUERY_PART)
    assert found["category"] == Reason(
        "category", "cs.LG", "cs.LG", pytest.approx(0.6 * CATEGORY_PART)
    )
    assert found["fresh"] == Reason("fresh", "new", "cs.LG", FRESH_PART)


def test_archives_venues_dislikes_and_withdrawals() -> None:
    rules = Rules(
        categories={"q-bio": 1.0},
        venues={"journal of invented results": 1.0},
        disliked=frozenset({"arxiv:2603.00001"}),
    )
    found = parts(rules, venue="Journal of Invented Results", withdrawn=True)
    assert found["archive"] == Reason("archive", "q-bio", "q-bio.BM", CATEGORY_PART)
    assert found["venue"].part > 0
    assert found["disliked"].part + found["withdrawn"].part < -1
    assert "venue" not in parts(rules, venue="Annals of Invented Results")


def test_freshness_falls_with_age_and_type() -> None:
    def fresh(day: str, kind: str) -> float:
        told = Announcement("arxiv_announce", day, kind, "cs.LG", 1)  # type: ignore[arg-type]
        return sum(one.part for one in rule_reasons(WORK, Rules(), told, DAY))

    assert fresh("2026-03-11", "new") == pytest.approx(FRESH_PART)
    assert fresh("2026-03-08", "new") == pytest.approx(FRESH_PART / 2)
    order = [fresh(DAY, kind) for kind in ("new", "cross", "replace", "replace-cross")]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == 4


def test_bags_and_vocabulary() -> None:
    assert bag("Folding proteins", "the proteins of 2026 x") == {"fold": 2, "protein": 3}
    bags = [{"a1": 1, "bb": 2}, {"bb": 1}, {"cc": 1, "bb": 1}]
    vocabulary = fit_vocabulary(bags)
    assert vocabulary.words == ("bb", "a1", "cc")
    assert vocabulary.counts([{"cc": 2, "zz": 9}, {}]).toarray().tolist() == [[0, 0, 2], [0, 0, 0]]
    many = [{"common": 1, f"own{n}": 1, f"pair{n // 2}": 1} for n in range(200)]
    assert set(fit_vocabulary(many).words) == {f"pair{n}" for n in range(100)}


def test_words_are_shown_as_written() -> None:
    forms = written_forms(
        ["protein", "fold", "dna", "ocean"],
        "Folding of Proteins; proteins and proteins. DNA, folding.",
    )
    assert forms == {"protein": "proteins", "fold": "folding", "dna": "DNA", "ocean": "ocean"}
