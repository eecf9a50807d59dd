"""Labels of cards: where a work comes from, its category and day, in words."""

from __future__ import annotations

import pytest

from academichub.radar.cards import label_of
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Work


@pytest.mark.parametrize(
    ("source", "category", "expected"),
    [
        ("arxiv_announce", "cs.LG", "arXiv (cs.LG) 2026-06-16"),
        ("shelf", "cs.LG", "arXiv (cs.LG) 2026-06-16"),
        ("jsonl", "physics.soc-ph", "arXiv (physics.soc-ph) 2026-06-16"),
        ("feed", "Journal of Things", "Journal of Things 2026-06-16"),
    ],
)
def test_a_label_names_source_category_and_day(source: str, category: str, expected: str) -> None:
    told = Announcement(source, "2026-06-16", "new", category, 1)
    names = (
        (Identifier("doi", "10.1/a"),) if source == "feed" else (Identifier("arxiv", "2606.00001"),)
    )
    categories = () if source == "feed" else (category,)
    work = Work(
        1, names[0].key, names, "T", categories=categories, announcements=(told,), sources=(source,)
    )
    assert label_of(work, told) == expected
