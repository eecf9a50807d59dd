"""Mute rules: which works are not shown, by words, people, categories and sources."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.radar.muting import Muted
from academichub.radar.query_conditions import WorkTokens
from academichub.sources import SOURCES
from academichub.works.author import Author
from academichub.works.work import Announcement, Work

from .conftest import DAY, make_work

WORK = make_work(
    1,
    "Large language models for tide-gauge records",
    "We study LLMs. Retrieval of graphs is slow. 我们研究检索增强生成的方法。",
    authors=(Author("Ada B. Lovelace"), Author("Li Xiaoming")),
    categories=("cs.CL", "physics.ao-ph"),
)
JOURNAL = make_work(
    2,
    "Moored buoys",
    venue="Annals of Invented Tides",
    sources=("crossref", "feed"),
    announcements=(Announcement("feed", DAY, "new", "Tides Letters", 0),),
)


def is_muted(work: Work, **by_kind: str) -> bool:
    muted = Muted.of({f"mute_{kind}": [text] for kind, text in by_kind.items()})
    return muted.mutes(WorkTokens(work))


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("tide", True),
        ("TIDES", True),
        ("language models", True),
        ("language model", True),
        ("models of language", False),
        ("large models", False),  # not next to each other
        ("LLM", True),
        ("the graphs", True),
        ("LLMs retrieval", False),  # of two sentences
        ("records study", False),  # of title and abstract
        ("检索增强生成", True),
        ("檢索增強生成", True),
        ("增强检索", False),
        ("retrieval-augmented generation", False),  # nothing is translated
        ("of the", False),  # without a content word a rule mutes nothing
    ],
)
def test_words_by_hand(word: str, expected: bool) -> None:
    assert is_muted(WORK, word=word) is expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Ada B. Lovelace", True),
        ("Lovelace, Ada B.", True),
        ("li xiaoming", True),
        ("Ada Lovelace", False),  # perhaps another person: muting needs the whole name
        ("A. Lovelace", False),
        ("Xiaoming Li", False),
        ("Lovelace", False),
    ],
)
def test_people_by_hand(name: str, expected: bool) -> None:
    assert is_muted(WORK, author=name) is expected


@pytest.mark.parametrize(
    ("category", "expected"),
    [
        ("cs.CL", True),
        ("CS.cl", True),
        ("cs", True),
        ("cs.C", False),
        ("cs.LG", False),
        ("physics.ao-ph", False),  # not its primary category
        ("physics", False),
    ],
)
def test_categories_by_hand(category: str, expected: bool) -> None:
    assert is_muted(WORK, category=category) is expected
    assert not is_muted(make_work(3, "Without categories", categories=()), category=category)


@pytest.mark.parametrize(
    ("source", "of_arxiv", "of_a_journal"),
    [
        ("arXiv", True, False),
        ("arxiv_announce", True, False),
        ("arXiv (announcements)", True, False),
        ("arxiv_oai", False, False),
        ("Crossref", False, False),  # a feed has the work, too
        ("annals of invented tides", False, True),
        ("Tides  Letters", False, True),
        ("Invented Tides", False, False),
        ("cs.LG", False, False),  # what arXiv announces in is no journal
    ],
)
def test_sources_by_hand(source: str, of_arxiv: bool, of_a_journal: bool) -> None:
    assert (is_muted(WORK, source=source), is_muted(JOURNAL, source=source)) == (
        of_arxiv,
        of_a_journal,
    )


def test_a_work_is_muted_if_every_source_of_it_is() -> None:
    sources = [source.title for source in SOURCES.values() if source.name in JOURNAL.sources]
    assert len(sources) == 2
    assert Muted.of({"mute_source": sources}).mutes(WorkTokens(JOURNAL))
    assert not Muted.of({"mute_source": sources}).mutes(WorkTokens(WORK))
    nowhere = make_work(3, "Without sources", sources=(), announcements=())
    assert not Muted.of({"mute_source": sources}).mutes(WorkTokens(nowhere))


def test_no_rules_and_other_signals_mute_nothing() -> None:
    for muted in (Muted(), Muted.of({}), Muted.of({"query": ["tide"], "author": ["Li Xiaoming"]})):
        assert not muted.mutes(WorkTokens(WORK))
        assert not muted.mutes(WorkTokens(JOURNAL))


RULES = st.fixed_dictionaries(
    {},
    optional={
        "mute_word": st.lists(st.sampled_from(["tide", "ocean", "language models", "buoys"])),
        "mute_author": st.lists(st.sampled_from(["Ada B. Lovelace", "Grace Hopper"])),
        "mute_category": st.lists(st.sampled_from(["cs", "cs.LG", "math.OC"])),
        "mute_source": st.lists(st.sampled_from(["arXiv", "Tides Letters", "Crossref"])),
    },
)


@given(RULES, st.sampled_from([WORK, JOURNAL]))
def test_each_rule_mutes_by_itself(rules: dict[str, list[str]], work: Work) -> None:
    tokens = WorkTokens(work)
    alone = [
        Muted.of({kind: [text]}).mutes(tokens) for kind, texts in rules.items() for text in texts
    ]
    assert Muted.of(rules).mutes(tokens) is any(alone)
