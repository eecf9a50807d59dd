"""A brief over a library whose fields, themes and bridge are known by construction."""

from __future__ import annotations

import random

from academichub.briefs.brief import Brief
from academichub.briefs.brief_store import write_brief
from academichub.briefs.compose import compose
from academichub.briefs.evidence import read_sources
from academichub.checker.check import Evidence, check_sentence
from academichub.hub import Hub
from academichub.library.works import WorkFilter
from academichub.text.sentences import split_sentences


def test_every_sentence_is_cited_resolves_and_passes_the_checker_again(brief: Brief) -> None:
    evidence = [Evidence(one.n, one.title, one.abstract) for one in brief.evidence]
    assert len(brief.sentences()) >= 8
    for one in brief.sentences():
        assert one.citations
        assert one.origin == "extract"
        assert one.checks["ok"] is True
        assert check_sentence(one.text, one.citations, evidence, brief.lang).ok


def test_section_sentences_are_sentences_of_their_abstract(brief: Brief) -> None:
    abstracts = {one.n: one.abstract for one in brief.evidence}
    for section in brief.sections:
        for one in section.sentences:
            assert one.text in split_sentences(abstracts[one.citations[0]])


def test_findings_are_preferred_to_background(brief: Brief) -> None:
    texts = " ".join(one.text for section in brief.sections for one in section.sentences)
    assert "Much is unknown" not in texts
    assert "These results matter" not in texts


def test_evidence_is_numbered_from_one_and_every_work_is_cited(brief: Brief) -> None:
    assert [one.n for one in brief.evidence] == list(range(1, len(brief.evidence) + 1))
    assert {number for one in brief.sentences() for number in one.citations} == {
        one.n for one in brief.evidence
    }
    assert len({one.key for one in brief.evidence}) == len(brief.evidence)


def test_at_least_three_fields(brief: Brief) -> None:
    assert len({one.field for one in brief.evidence}) >= 4


def test_themes_gather_works_of_one_topic_and_bear_its_name(brief: Brief) -> None:
    names = " ".join(one.theme.lower() for one in brief.sections)
    assert "legged robots" in names
    assert "debris discs" in names
    by_number = {one.n: one.field for one in brief.evidence}
    robots = next(one for one in brief.sections if "legged robots" in one.theme.lower())
    fields = [by_number[one.citations[0]] for one in robots.sentences]
    assert fields.count("computer-science") >= 3


def test_the_bridge_is_found_with_its_terms(brief: Brief) -> None:
    assert len(brief.bridges) == 1
    bridge = brief.bridges[0]
    ends = {one.title for one in brief.evidence if one.n in (bridge.a, bridge.b)}
    assert ends == {
        "Stability of persistent homology under sampling",
        "Persistent homology of grid cell activity",
    }
    assert "persistent homology" in {term.lower() for term in bridge.terms}
    assert set(bridge.sentence.citations) == {bridge.a, bridge.b}
    assert bridge.sentence.text.count("“") == 2


def test_no_bridge_between_works_that_share_only_common_words(hub: Hub) -> None:
    works = [one for one in hub.library.select(WorkFilter()) if "omology" not in one.title]
    assert compose(read_sources([(one, "") for one in works]), "en").bridges == ()


def test_chinese_brief_has_the_same_evidence_and_citations(hub: Hub, brief: Brief) -> None:
    chinese = write_brief(hub, 1, "zh")
    assert [one.key for one in chinese.evidence] == [one.key for one in brief.evidence]
    assert [[one.citations for one in part.sentences] for part in chinese.sections] == [
        [one.citations for one in part.sentences] for part in brief.sections
    ]
    assert [(one.a, one.b, one.sentence.citations) for one in chinese.bridges] == [
        (one.a, one.b, one.sentence.citations) for one in brief.bridges
    ]
    for ours, theirs in zip(chinese.sentences(), brief.sentences(), strict=True):
        assert any("\u4e00" <= ch <= "\u9fff" for ch in ours.text)
        assert ours.extract_lang == "en"
        if theirs not in [one.sentence for one in brief.bridges]:
            assert theirs.text in ours.text
    assert chinese.lang == "zh"
    assert chinese.id != brief.id


def test_same_works_give_the_same_brief_in_any_library_order(hub: Hub, brief: Brief) -> None:
    assert write_brief(hub, 1, "en") == brief
    works = hub.library.select(WorkFilter())
    sources = read_sources([(one, "") for one in works])
    assert compose(sources, "en") == compose(sources, "en")


def test_any_number_of_works_makes_a_sound_brief(hub: Hub) -> None:
    works = hub.library.select(WorkFilter())
    random.Random(1).shuffle(works)
    for count in range(1, len(works) + 1):
        made = compose(read_sources([(one, "") for one in works[:count]]), "en", limit=8)
        cited = {number for one in made.sentences() for number in one.citations}
        assert cited == {one.n for one in made.evidence}
