"""The report of a model's writing, counted by hand."""

from __future__ import annotations

import dataclasses

from academichub.briefs.brief import Brief, Section, Sentence
from academichub.writer.writing_report import report_of

EXTRACT = "one two three four five six"
SAME, OTHER = {"same": True}, {"same": False}


def sentence(text: str = EXTRACT, **more: object) -> Sentence:
    values: dict[str, object] = {"origin": "extract", "extract": EXTRACT, **more}
    return Sentence(text, (1,), checks={}, **values)  # type: ignore[arg-type]


def with_sentences(brief: Brief, *sentences: Sentence, lang: str = "en") -> Brief:
    section = Section("theme", (), sentences)
    return dataclasses.replace(brief, lang=lang, sections=(section,), bridges=())


def test_each_stage_is_counted_of_the_one_before(brief: Brief) -> None:
    report = report_of(
        with_sentences(
            brief,
            sentence("one two three four", origin="model", tried=(SAME, OTHER)),
            sentence(kept="checks", tried=(OTHER,)),
            sentence(kept="unchanged", tried=(SAME, SAME)),
            sentence(kept="answer"),
            sentence(kept="stopped"),
            sentence(kept="language"),
        )
    )
    assert (report.sentences, report.asked, report.answered) == (6, 4, 3)
    assert (report.differing, report.rewritten) == (2, 1)
    assert report.share_rewritten == 0.25
    assert report.share_differing == 0.6667
    assert report.share_surviving == 0.5
    assert (report.words_before, report.words_after, report.words_saved) == (6, 4, 2)


def test_a_brief_without_a_request_has_shares_of_zero(brief: Brief) -> None:
    report = report_of(with_sentences(brief, sentence(kept="stopped")))
    shares = (report.share_rewritten, report.share_differing, report.share_surviving)
    assert shares == (0.0, 0.0, 0.0)


def test_chinese_is_counted_in_characters_against_itself(brief: Brief) -> None:
    chinese = sentence("灯光吸引飞蛾。", origin="model", tried=(OTHER,))
    report = report_of(with_sentences(brief, chinese, lang="zh"))
    assert (report.words_before, report.words_after) == (7, 7)
