"""A brief over a library whose fields, themes and bridge are known by construction."""

from __future__ import annotations

import random

import pytest
from invented_window import DAY, window_records

from academichub import documents
from academichub.briefs.brief import Brief, Sentence, brief_from_document
from academichub.briefs.brief_store import (
    get_brief,
    keep_brief,
    latest_brief,
    list_briefs,
    write_brief,
)
from academichub.briefs.compose import compose
from academichub.briefs.evidence import read_sources
from academichub.checker.check import Evidence, check_sentence
from academichub.errors import HubError, NotFoundError, UsageError
from academichub.hub import Hub, open_hub
from academichub.i18n.message_text import message_text
from academichub.library.works import WorkFilter
from academichub.text.sentences import split_sentences


def said(brief: Brief) -> list[Sentence]:
    return [one for section in brief.sections for one in section.sentences] + [
        one.sentence for one in brief.bridges
    ]


def test_every_sentence_is_cited_resolves_and_passes_the_checker_again(brief: Brief) -> None:
    evidence = [Evidence(one.n, one.title, one.abstract) for one in brief.evidence]
    assert len(said(brief)) >= 8
    for one in said(brief):
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
    assert {number for one in said(brief) for number in one.citations} == {
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
    for ours, theirs in zip(said(chinese), said(brief), strict=True):
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


def test_the_document_holds_the_brief(brief: Brief) -> None:
    document = brief.document().json_object()
    assert {"id", "date", "lang", "model", "evidence", "sections", "bridges"} <= set(document)
    assert document["date"] == DAY
    assert document["model"] is None
    assert {"n", "key", "title", "abstract", "url"} <= set(document["evidence"][0])
    assert {"theme", "sentences"} <= set(document["sections"][0])
    assert {"text", "citations", "origin", "checks"} <= set(document["sections"][0]["sentences"][0])
    assert {"a", "b", "terms", "sentence"} <= set(document["bridges"][0])
    assert brief_from_document(documents.Brief.model_validate(document)) == brief


def test_briefs_are_kept_once_and_found_again(hub: Hub, brief: Brief) -> None:
    assert write_brief(hub, 1, "en").id == brief.id
    keep_brief(hub, brief)
    assert [one.id for one in list_briefs(hub)] == [brief.id]
    assert get_brief(hub, brief.id) == brief
    assert latest_brief(hub) == brief
    assert latest_brief(hub, "zh") is None
    with pytest.raises(NotFoundError, match="no brief 'nothing'"):
        get_brief(hub, "nothing")


def test_days_without_works_fall_back_to_the_last_that_have_some(hub: Hub) -> None:
    written = write_brief(hub, 1, "en", date="2026-06-20")
    assert written.evidence
    assert any("2026-06-20" in message_text(note) for note in written.notes)
    with pytest.raises(HubError):
        write_brief(hub, 1, "en", date="2020-01-01")


def test_empty_main_library_is_briefed_from_the_starter_shelf() -> None:
    opened = open_hub()
    written = write_brief(opened, 1, "en")
    opened.close()
    assert written.on_shelf
    assert written.notes
    assert len({one.field for one in written.evidence}) >= 3
    assert len(said(written)) >= 10


def test_withdrawn_and_textless_works_are_no_evidence() -> None:
    opened = open_hub()
    records = window_records()
    opened.library.add(records)
    works = opened.library.select(WorkFilter())
    opened.close()
    from dataclasses import replace

    odd = [replace(works[0], withdrawn=True), replace(works[1], abstract=""), works[2]]
    assert [one.work.key for one in read_sources([(one, "") for one in odd])] == [works[2].key]


def test_a_long_body_is_cut_at_a_sentence() -> None:
    opened = open_hub()
    opened.library.add(window_records())
    work = opened.library.select(WorkFilter())[0]
    opened.close()
    from dataclasses import replace

    body = " ".join(f"Sentence number {n} says something." for n in range(3000))
    text = read_sources([(replace(work, abstract=body), "")])[0].text
    assert len(text) <= 12_000
    assert text.endswith("something.")


@pytest.mark.parametrize(
    ("days", "lang", "limit"), [(0, "en", 20), (1, "fr", 20), (1, "en", 1), (9999, "en", 20)]
)
def test_unusable_requests_are_refused(hub: Hub, days: int, lang: str, limit: int) -> None:
    with pytest.raises(UsageError):
        write_brief(hub, days, lang, limit=limit)


def test_any_number_of_works_makes_a_sound_brief(hub: Hub) -> None:
    works = hub.library.select(WorkFilter())
    random.Random(1).shuffle(works)
    for count in range(1, len(works) + 1):
        made = compose(read_sources([(one, "") for one in works[:count]]), "en", limit=8)
        cited = {number for one in said(made) for number in one.citations}
        assert cited == {one.n for one in made.evidence}
