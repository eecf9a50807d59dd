"""The works a brief may cite."""

from __future__ import annotations

from dataclasses import replace

from invented_window import window_records

from academichub.briefs.evidence import number_works, read_sources
from academichub.hub import Hub, open_hub
from academichub.library.works import WorkFilter


def test_withdrawn_and_textless_works_are_no_evidence() -> None:
    opened = open_hub()
    records = window_records()
    opened.library.add(records)
    works = opened.library.select(WorkFilter())
    opened.close()
    odd = [replace(works[0], withdrawn=True), replace(works[1], abstract=""), works[2]]
    assert [one.work.key for one in read_sources([(one, "") for one in odd])] == [works[2].key]


def test_a_long_body_is_cut_at_a_sentence() -> None:
    opened = open_hub()
    opened.library.add(window_records())
    work = opened.library.select(WorkFilter())[0]
    opened.close()
    body = " ".join(f"Sentence number {n} says something." for n in range(3000))
    text = read_sources([(replace(work, abstract=body), "")])[0].text
    assert len(text) <= 12_000
    assert text.endswith("something.")


def test_works_are_numbered_in_the_order_given_and_once(hub: Hub) -> None:
    works = hub.library.select(WorkFilter())
    sources = read_sources([(work, "a label") for work in works])
    numbered = number_works(sources, [3, 0, 3, 2])
    assert numbered.numbers == {3: 1, 0: 2, 2: 3}
    assert [work.n for work in numbered.works] == [1, 2, 3]
    assert [work.key for work in numbered.works] == [sources[n].work.key for n in (3, 0, 2)]
    assert [(text.n, text.title, text.abstract) for text in numbered.texts] == [
        (work.n, work.title, work.abstract) for work in numbered.works
    ]
