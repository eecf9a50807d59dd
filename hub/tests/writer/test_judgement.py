"""What may be shown of what a model wrote: each stage of the judgement refuses with its own word."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from invented_evidence import WORKS

from academichub.briefs.brief import Sentence
from academichub.errors import ModelAnswerError
from academichub.messages import Message
from academichub.writer.judgement import Judge
from academichub.writer.semantic_similarity import Likeness

EXTRACT = (
    "Symbiont density increased by 40% in surviving colonies, and heat shock protein HSP70 was "
    "upregulated."
)
SHORTER = "Symbiont density increased by 40% in surviving colonies, and HSP70 was upregulated."
CHINESE = "存活群体的共生体密度增加了40%,HSP70上调。"
SENTENCE = Sentence(EXTRACT, (2,), "extract", {}, extract=EXTRACT)


def no_translation(text: str) -> str:
    raise AssertionError("an English sentence is not translated")


def judge(
    lang: str = "en",
    likeness: Likeness | None = None,
    translate_back: Callable[[str], str] = no_translation,
) -> Judge:
    return Judge([WORKS["reef"]], lang, False, likeness, translate_back)


def test_a_true_shorter_sentence_may_stand() -> None:
    judgement = judge().judge(SHORTER, SENTENCE, EXTRACT)
    assert (judgement.refusal, list(judgement.reasons)) == ("", [])
    assert judgement.checks["numbers"] is True
    assert not judgement.is_same


def test_the_extract_itself_and_the_framed_extract_are_unchanged() -> None:
    framed = Sentence("A frame: " + EXTRACT, (2,), "extract", {}, extract=EXTRACT)
    for text in (EXTRACT, framed.text):
        judgement = judge().judge(text, framed, EXTRACT)
        assert (judgement.refusal, judgement.is_same) == ("unchanged", True)
        assert judgement.reasons == [Message.of("wording.same")]


def test_bad_wording_is_refused_before_any_check() -> None:
    judgement = judge().judge(f"<b>{SHORTER}</b>", SENTENCE, EXTRACT)
    assert (judgement.refusal, judgement.checks) == ("wording", {})


def test_a_reversed_statement_is_refused_with_the_checks_that_were_made() -> None:
    judgement = judge().judge(SHORTER.replace("increased", "decreased"), SENTENCE, EXTRACT)
    assert judgement.refusal == "checks"
    assert judgement.checks["numbers"] is True
    assert judgement.checks["polarity"] is False
    assert judgement.reasons


@pytest.mark.parametrize(
    ("back", "refusal"), [(SHORTER, ""), (SHORTER.replace("40", "60"), "checks")]
)
def test_a_chinese_sentence_is_checked_in_its_translation(back: str, refusal: str) -> None:
    judgement = judge("zh", translate_back=lambda text: back).judge(CHINESE, SENTENCE, EXTRACT)
    assert judgement.refusal == refusal
    assert judgement.checks["back"] == back
    assert judgement.checks["translated_back"] is (refusal == "")
    assert all(reason.code == "wording.translated_back" for reason in judgement.reasons)


def test_a_translation_the_model_does_not_give_is_an_error() -> None:
    def refuse(text: str) -> str:
        raise ModelAnswerError("refusal", "no")

    with pytest.raises(ModelAnswerError):
        judge("zh", translate_back=refuse).judge(CHINESE, SENTENCE, EXTRACT)


AXES = {EXTRACT: 0, "Extract two.": 1, "Extract three.": 2, "Extract four.": 3}


def meaning_with(vector: list[float]) -> Callable[[Sequence[str]], list[list[float]]]:
    """Return an embedding: nearly an axis for each extract, and a vector for any other text."""

    def meaning(texts: Sequence[str]) -> list[list[float]]:
        return [
            [1.0 if position == AXES[text] else 0.1 for position in range(5)]
            if text in AXES
            else vector
            for text in texts
        ]

    return meaning


@pytest.mark.parametrize(
    ("vector", "code"),
    [
        ([1.0, 0.0, 0.0, 0.0, 0.0], None),
        ([0.8, 1.0, 0.0, 0.0, 0.0], "wording.nearer_other"),
        ([0.0, 0.0, 0.0, 0.0, 1.0], "wording.unlike"),
    ],
)
def test_a_text_must_mean_what_its_extract_means(vector: list[float], code: str | None) -> None:
    likeness = Likeness.of(list(AXES), meaning_with(vector))
    judgement = judge(likeness=likeness).judge(SHORTER, SENTENCE, EXTRACT)
    assert [reason.code for reason in judgement.reasons] == ([code] if code else [])
    assert judgement.refusal == ("checks" if code else "")
    assert "meaning" in judgement.checks
