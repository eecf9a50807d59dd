"""Drafts of sentences and the first that passes every check in both languages."""

from __future__ import annotations

from collections.abc import Iterator

from invented_evidence import WORKS

from academichub.briefs.bridges import Link
from academichub.briefs.drafts import Draft, bridge_drafts, extract_drafts, first_passing
from academichub.briefs.evidence import NumberedWorks, Source, number_works
from academichub.briefs.extract import MAX_CHARS
from academichub.briefs.frames import framed_extract, plain_bridge
from academichub.briefs.terms import read_terms
from academichub.works.identifiers import Identifier
from academichub.works.work import Work


def source(name: str, field: str) -> Source:
    evidence = WORKS[name]
    names = (Identifier("local", name),)
    work = Work(evidence.n, name, names, evidence.title, abstract=evidence.abstract)
    terms = read_terms(evidence.title, evidence.abstract)
    return Source(work, "", field, evidence.title, evidence.abstract, terms)


REEF, GENE = source("reef", "biology"), source("gene", "medicine")
LINK = Link(0, 1, ("reef corals", "bleaching"), ("reef coral", "bleach"), 10.0)
TRUE = "Symbiont density increased by 40% in surviving colonies."
FALSE = "Symbiont density increased by 90% in surviving colonies."


def numbered() -> NumberedWorks:
    return number_works([REEF], [0])


def test_each_extract_is_a_draft_in_both_languages() -> None:
    first, second = extract_drafts([TRUE, "灯光吸引飞蛾。"], "biology")
    chinese = framed_extract(TRUE, "biology", "zh")
    assert first == Draft({"en": TRUE, "zh": chinese}, TRUE, "en")
    assert second.extract_lang == "zh"


def test_extracts_are_read_one_at_a_time() -> None:
    read: list[str] = []

    def extracts() -> Iterator[str]:
        for text in (FALSE, TRUE, "never read"):
            read.append(text)
            yield text

    sentence = first_passing(extract_drafts(extracts(), "biology"), (1,), numbered(), "en")
    assert sentence is not None
    assert sentence.text == sentence.extract == TRUE
    assert (sentence.origin, sentence.citations) == ("extract", (1,))
    assert read == [FALSE, TRUE]


def test_a_draft_that_fails_in_one_language_is_passed_over_in_both() -> None:
    half_true = Draft({"en": TRUE, "zh": framed_extract(FALSE, "biology", "zh")}, TRUE, "en")
    for lang in ("en", "zh"):
        assert first_passing([half_true], (1,), numbered(), lang) is None
    assert first_passing([], (1,), numbered(), "en") is None


def test_the_sentence_is_the_draft_in_the_language_of_the_brief() -> None:
    drafts = list(extract_drafts([TRUE], "biology"))
    for lang in ("en", "zh"):
        sentence = first_passing(drafts, (1,), numbered(), lang)
        assert sentence is not None
        assert sentence.text == drafts[0].texts[lang]
        assert sentence.extract == TRUE


def test_a_bridge_quotes_up_to_two_sentences_of_each_work_then_none() -> None:
    *quoting, last = bridge_drafts(LINK, [REEF, GENE])
    assert len(quoting) == 4
    assert last.texts == {lang: plain_bridge(LINK.terms, lang) for lang in ("en", "zh")}
    for draft in quoting:
        assert draft.extract == draft.texts["en"]
        assert len(draft.texts["en"]) <= 2 * MAX_CHARS + 200
    assert "bleaching" in quoting[0].texts["en"].partition("“")[2], "the terms are in the quotation"


def test_a_work_without_a_sentence_to_quote_leaves_the_terms_alone() -> None:
    silent = Source(
        GENE.work, "", "medicine", GENE.title, "Too short.", read_terms("", "Too short.")
    )
    (only,) = bridge_drafts(LINK, [REEF, silent])
    assert only.texts["en"] == plain_bridge(LINK.terms, "en")
