"""Rules on single works: people, categories, venues, age, dislikes, withdrawal."""

import pytest

from academichub.radar.rules import (
    AUTHOR_PART,
    CATEGORY_PART,
    FRESH_PART,
    Reason,
    Rules,
    rule_reasons,
)
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


def parts(rules: Rules, **more: object) -> dict[str, Reason]:
    work = make_work(
        1, WORK.title, WORK.abstract, authors=WORK.authors, categories=WORK.categories, **more
    )
    return {reason.kind: reason for reason in rule_reasons(work, rules, work.announcements[0], DAY)}


def test_parts_by_hand() -> None:
    names = {"Grace Hopper": 1.0, "A. Lovelace": 1.0}
    rules = Rules(
        followed=Followed(names),
        authors=names,
        categories={"cs.LG": 1.0, "stat": 1.0},
    )
    reasons = parts(rules)
    assert reasons["author"] == Reason("author", "Grace Hopper", "", AUTHOR_PART)
    assert reasons["namesake"] == Reason("namesake", "A. Lovelace", "Ada B. Lovelace", 0.0)
    assert reasons["category"] == Reason(
        "category", "cs.LG", "cs.LG", pytest.approx(0.6 * CATEGORY_PART)
    )
    assert reasons["fresh"] == Reason("fresh", "new", "cs.LG", FRESH_PART)


def test_archives_venues_dislikes_and_withdrawals() -> None:
    rules = Rules(
        categories={"q-bio": 1.0},
        venues={"journal of invented results": 1.0},
        disliked=frozenset({"arxiv:2603.00001"}),
    )
    reasons = parts(rules, venue="Journal of Invented Results", withdrawn=True)
    assert reasons["archive"] == Reason("archive", "q-bio", "q-bio.BM", CATEGORY_PART)
    assert reasons["venue"].part > 0
    assert reasons["disliked"].part + reasons["withdrawn"].part < -1
    assert "venue" not in parts(rules, venue="Annals of Invented Results")


def test_freshness_falls_with_age_and_type() -> None:
    def fresh(day: str, kind: str) -> float:
        announced = Announcement("arxiv_announce", day, kind, "cs.LG", 1)  # type: ignore[arg-type]
        return sum(reason.part for reason in rule_reasons(WORK, Rules(), announced, DAY))

    assert fresh("2026-03-11", "new") == pytest.approx(FRESH_PART)
    assert fresh("2026-03-08", "new") == pytest.approx(FRESH_PART / 2)
    order = [fresh(DAY, kind) for kind in ("new", "cross", "replace", "replace-cross")]
    assert order == sorted(order, reverse=True)
    assert len(set(order)) == 4
