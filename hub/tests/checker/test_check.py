"""The checker: rewritten sentences pass, errors fail, and why."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from invented_evidence import WORKS

from academichub.checker.check import (
    MAX_EVIDENCE,
    MAX_SENTENCE_CHARS,
    Evidence,
    check_sentence,
    comparable_text,
)
from academichub.checker.passage import read_passage
from academichub.errors import InputError
from academichub.messages import Message
from academichub.text.sentences import split_sentences

ALL = list(WORKS.values())
N = {name: work.n for name, work in WORKS.items()}

PASS = [
    (
        "quill",
        "QuillNet is a sparse attention architecture that handles inputs of up to 64k tokens.",
    ),
    (
        "quill",
        "With 3.5x less memory than a dense transformer, QuillNet raises LongBench accuracy to 68.9%.",
    ),
    ("quill", "LLMs have trouble with documents that exceed their context window."),
    ("quill", "Memory of QuillNet grows linearly, so it can read 64 000 tokens."),
    ("quill", "Short-document question answering is not improved by QuillNet."),
    ("quill", "It took twelve days on 32 GPUs to train QuillNet."),
    ("quill", "QuillNet lifts accuracy on LongBench by going from 61.2 percent to 68.9 percent."),
    (
        "reef",
        "Coral colonies that outlived one bleaching event were 2x as likely to outlive the next.",
    ),
    (
        "reef",
        "Surviving colonies showed higher HSP70 and a 40 percent increase in symbiont density.",
    ),
    (
        "reef",
        "Acclimatization rather than selection may explain why reef corals tolerate more heat.",
    ),
    ("reef", "Between 2011 and 2019, 214 colonies on 3 Red Sea reefs were followed."),
    ("reef", "Fewer corals died at depths below 12 metres than in shallow water."),
    (
        "dust",
        "ALMA images reveal two gaps, at 31 au and 58 au, in the disc of the young star TX-7.",
    ),
    ("dust", "The dust mass of the protoplanetary disc is 2 x 10^-4 solar masses."),
    ("dust", "Giant planets might have carved the gaps in the disc around TX-7."),
    ("dust", "At 100 au the disc has a temperature of 20 K."),
    (
        "market",
        "An agent trained by RL on simulated limit order books earns 15% more than Avellaneda-Stoikov.",
    ),
    ("market", "Inventory variance falls by 50% under the reinforcement learning agent."),
    ("market", "A third of the gain is lost on transfer to real Tokyo exchange data."),
    ("gene", "Mice without the kinase KLR9 are protected against hepatic fibrosis."),
    ("gene", "Collagen deposition fell by 55% when Klr9 was deleted in stellate cells."),
    ("gene", "Inhibiting KLR9 could treat fibrotic disease of the liver."),
    ("gene", "KLR9 deletion suppresses TGF-β signaling in stellate cells."),
    (
        "prime",
        "Every interval $[x, x+x^{0.45}]$ holds an integer with at most 2 prime factors once x is large enough.",
    ),
    ("prime", "Assuming the Riemann hypothesis, the exponent can be lowered to 0.4."),
]

FAIL = [
    ("quill", "QuillNet improves LongBench accuracy to 78.9% over a dense transformer.", "numbers"),
    ("quill", "QuillNet reads up to 46,000 tokens with linear memory.", "numbers"),
    ("quill", "Training QuillNet took 12 days on 64 GPUs.", "numbers"),
    ("quill", "Training QuillNet took 32 days on 12 GPUs.", "numbers"),
    ("quill", "QuillNet needs 3.5% less memory than a dense transformer.", "numbers"),
    (
        "quill",
        "RavenNet is a sparse attention architecture for documents of 64,000 tokens.",
        "names",
    ),
    (
        "quill",
        "On the ScrollBench benchmark QuillNet improves accuracy from 61.2% to 68.9%.",
        "names",
    ),
    ("quill", "QuillNet-2 reads up to 64,000 tokens with linear memory.", "names"),
    ("quill", "QuillNet does improve short-document question answering.", "polarity"),
    ("quill", "Coral colonies that survive bleaching become more tolerant of heat.", "support"),
    ("quill", "The proof combines a sieve with bounds for bilinear forms.", "support"),
    ("reef", "We followed 241 coral colonies on three reefs in the Red Sea.", "numbers"),
    ("reef", "We followed 214 coral colonies on five reefs in the Red Sea.", "numbers"),
    ("reef", "Mortality was lower at depths below 12 km than in shallow water.", "numbers"),
    (
        "reef",
        "We followed 214 coral colonies on three reefs in the Coral Sea off Queensland.",
        "names",
    ),
    (
        "reef",
        "Symbiont density decreased by 40% in surviving colonies, and heat shock protein HSP70 was upregulated.",
        "polarity",
    ),
    ("reef", "Heat shock protein HSP90 was upregulated in surviving coral colonies.", "names"),
    ("reef", "Reinforcement learning agents earn more under inventory risk.", "support"),
    (
        "dust",
        "The disc has two gaps at 31 and 85 au, which may be carved by giant planets.",
        "numbers",
    ),
    (
        "dust",
        "We measure a dust mass of $2\\times10^{-5}$ solar masses and a temperature of 20 K at 100 au.",
        "numbers",
    ),
    (
        "dust",
        "The protoplanetary disc around the star TX-9 has two gaps carved by giant planets.",
        "names",
    ),
    ("dust", "Emission of CO is detected inside the inner gap.", "polarity"),
    ("dust", "Using JWST we image the protoplanetary disc around the star TX-7.", "names"),
    ("market", "The agent earns 25% more profit with half the inventory variance.", "numbers"),
    (
        "market",
        "Transfer to real data of the London exchange loses one third of the gain.",
        "names",
    ),
    ("gene", "Deletion of Klr9 in stellate cells reduced collagen deposition by 65%.", "numbers"),
    ("gene", "Deletion of Klr8 in stellate cells reduced collagen deposition by 55%.", "names"),
    ("prime", "Under the Riemann hypothesis the exponent can be reduced to 0.3.", "numbers"),
    ("prime", "The interval contains an integer with at most three prime factors.", "numbers"),
]


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "among others"])
@pytest.mark.parametrize(("work", "sentence"), PASS)
def test_rewritten_sentence_passes(work: str, sentence: str, beside: bool) -> None:
    evidence = ALL if beside else [WORKS[work]]
    result = check_sentence(sentence, [N[work]], evidence)
    assert result.ok, result.reasons
    assert result.score >= 0.5


@pytest.mark.parametrize("beside", [False, True], ids=["alone", "among others"])
@pytest.mark.parametrize(("work", "sentence", "check"), FAIL)
def test_error_fails_for_its_reason(work: str, sentence: str, check: str, beside: bool) -> None:
    evidence = ALL if beside else [WORKS[work]]
    result = check_sentence(sentence, [N[work]], evidence)
    assert not result.ok
    assert result.score < 0.5
    assert result.reasons
    value = result.checks[check]
    assert value is False or (check == "support" and isinstance(value, float) and value < 0.5), (
        result.checks
    )


SENTENCES = [
    (name, one)
    for name, work in WORKS.items()
    for one in split_sentences(work.abstract)
    if len(one.split()) > 5
]


@given(st.sampled_from(SENTENCES))
def test_sentence_of_the_cited_work_passes(case: tuple[str, str]) -> None:
    name, sentence = case
    for evidence in (ALL, [WORKS[name]]):
        result = check_sentence(sentence, [N[name]], evidence)
        assert result.ok, (sentence, result.reasons)
        assert result.checks["numbers"] is True
        assert result.checks["names"] is True


@given(
    st.sampled_from([case for case in SENTENCES if re.search(r"\d", case[1])]),
    st.integers(0, 99),
    st.integers(0, 8),
)
@settings(max_examples=120)
def test_any_changed_digit_fails(case: tuple[str, str], which: int, by: int) -> None:
    name, sentence = case
    places = [match.start() for match in re.finditer(r"\d", sentence)]
    place = places[which % len(places)]
    digit = str((int(sentence[place]) + 1 + by) % 10)
    changed = sentence[:place] + digit + sentence[place + 1 :]
    assume(not (digit == "0" and (place == 0 or not sentence[place - 1].isdigit())))
    result = check_sentence(changed, [N[name]], ALL)
    assert not result.ok, changed


@given(st.sampled_from(SENTENCES), st.sampled_from(sorted(WORKS)))
def test_sentence_cited_to_another_work_fails(case: tuple[str, str], other: str) -> None:
    name, sentence = case
    assume(other != name)
    assert not check_sentence(sentence, [N[other]], [WORKS[other]]).ok
    assert not check_sentence(sentence, [N[other]], ALL).ok


def test_no_citation_and_unknown_citation_fail() -> None:
    sentence = "QuillNet reads up to 64,000 tokens with linear memory."
    assert check_sentence(sentence, [], ALL).reasons == [Message.of("check.no_citation")]
    result = check_sentence(sentence, [1, 9], ALL)
    assert not result.ok
    assert result.checks["citation_resolves"] is False
    assert result.reasons[0].params["numbers"] == (9,)


def test_sentence_on_two_works_needs_both() -> None:
    both = "QuillNet reads up to 64,000 tokens, and an agent trained on limit order books earns 15% more profit."
    assert check_sentence(both, [1, 4], ALL).ok
    assert not check_sentence(both, [1], ALL).ok
    assert not check_sentence(both, [4], ALL).ok
    idle = check_sentence("QuillNet reads up to 64,000 tokens with linear memory.", [1, 4], ALL)
    assert not idle.ok
    assert idle.checks["contributes"] is False
    assert Message.of("check.no_contribution", place=2, works=2) in idle.reasons


def test_number_of_the_cited_works_is_not_theirs() -> None:
    both = "Two studies: QuillNet reads up to 64,000 tokens, and an agent on limit order books earns 15% more profit."
    assert check_sentence(both, [1, 4], ALL).ok
    assert not check_sentence(both.replace("Two", "Seven"), [1, 4], ALL).ok


def test_own_citation_marks_are_not_numbers() -> None:
    assert check_sentence("QuillNet reads up to 64,000 tokens with linear memory [1].", [1], ALL).ok
    stray = check_sentence("QuillNet reads up to 64,000 tokens with linear memory [7].", [1], ALL)
    assert stray.checks["numbers"] is False


def test_swapped_citation_is_seen_by_the_better_work() -> None:
    twin = Evidence(
        7,
        "Attention for documents",
        "Sparse attention architecture for language models with linear memory and tokens.",
    )
    sentence = "QuillNet is a sparse attention architecture that reads up to 64,000 tokens with linear memory."
    result = check_sentence(sentence, [7], [WORKS["quill"], twin])
    assert result.checks["self_retrieval"] is False
    assert not result.ok


def test_rounding_needs_a_word_that_says_so() -> None:
    assert check_sentence("QuillNet reaches almost 69% accuracy on LongBench.", [1], ALL).ok
    assert not check_sentence("QuillNet reaches 69% accuracy on LongBench.", [1], ALL).ok
    assert not check_sentence("QuillNet reaches almost 72% accuracy on LongBench.", [1], ALL).ok


def test_chinese_sentence_over_english_works() -> None:
    good = "QuillNet 在 LongBench 上把准确率从 61.2% 提高到 68.9%，显存减少到原来的三点五分之一。"
    result = check_sentence(good.replace("，显存减少到原来的三点五分之一", ""), [1], ALL, "zh")
    assert result.ok, result.reasons
    assert result.checks["support"] is None
    assert Message.of("check.scripts_differ") in result.reasons
    assert not check_sentence("QuillNet 在 LongBench 上把准确率提高到 78.9%。", [1], ALL, "zh").ok
    assert not check_sentence("RavenNet 在 LongBench 上把准确率提高到 68.9%。", [1], ALL, "zh").ok
    assert check_sentence("研究人员跟踪了三个礁区的214个珊瑚群落。", [2], ALL, "zh").ok
    assert not check_sentence("研究人员跟踪了五个礁区的214个珊瑚群落。", [2], ALL, "zh").ok


def test_chinese_frame_around_an_extract_is_compared_by_the_extract() -> None:
    framed = (
        "一项计算机科学领域研究写道：“QuillNet does not improve short-document question answering.”"
    )
    result = check_sentence(framed, [1], ALL, "zh")
    assert result.ok, result.reasons
    assert isinstance(result.checks["support"], float)
    assert not check_sentence(framed, [2], ALL, "zh").ok


def test_chinese_sentence_over_a_chinese_work() -> None:
    work = Evidence(
        1,
        "基于稀疏注意力的长文档模型",
        "本文提出一种稀疏注意力模型，可处理三万个词元，准确率提高12%。",
    )
    assert check_sentence("稀疏注意力模型可处理3万个词元。", [1], [work], "zh").ok
    assert not check_sentence("珊瑚礁的耐热性在白化之后显著上升。", [1], [work], "zh").ok


@pytest.mark.parametrize("sentence", ["", "   ", "[1]", "…"])
def test_sentence_that_says_nothing_fails(sentence: str) -> None:
    assert not check_sentence(sentence, [1], ALL).ok


MELATONIN = Evidence(
    1,
    "Evening melatonin in rotating nurses",
    "We followed 318 shift workers for two months. A dose of 2 mg of evening melatonin shortened sleep onset by 11 "
    "minutes compared with placebo. Daytime sleepiness did not change. Mice without the receptor slept less.",
)


@pytest.mark.parametrize(
    ("sentence", "turned"),
    [
        ("Evening melatonin did not shorten sleep onset in shift workers.", True),
        ("Evening melatonin failed to shorten sleep onset in shift workers.", True),
        ("Evening melatonin had no effect on sleep onset.", True),
        ("Daytime sleepiness changed with evening melatonin in shift workers.", True),
        ("Evening melatonin lengthened sleep onset by 11 minutes compared with placebo.", True),
        ("Evening melatonin shortened sleep onset in shift workers.", False),
        ("Evening melatonin not only shortened sleep onset in shift workers.", False),
        ("Daytime sleepiness did not change with evening melatonin.", False),
        ("Evening melatonin shortened sleep onset without changing daytime sleepiness.", False),
        ("Mice without the receptor slept less.", False),
    ],
)
def test_reworded_denial_is_seen(sentence: str, turned: bool) -> None:
    result = check_sentence(sentence, [1], [MELATONIN])
    assert (result.checks["polarity"] is False) == turned, result.reasons
    assert not (turned and result.ok)
    assert bool([why for why in result.reasons if why.code in REVERSALS]) == turned


REVERSALS = {"check.opposite", "check.sentence_denies", "check.work_denies"} | {
    "check.with_negation",
    "check.without_negation",
}

CHINESE = Evidence(
    8,
    "新闻摘要的稀疏注意力",
    "本文提出一种稀疏注意力模型。该模型在新闻摘要任务上表现良好，训练只需两天。",
)


def test_sentence_of_a_work_in_its_own_script_cited_to_another_fails() -> None:
    beside = [WORKS["quill"], CHINESE]
    for sentence in ("该模型在新闻摘要任务上表现良好。", "该模型在新闻摘要任务上的表现良好。"):
        result = check_sentence(sentence, [1], beside, "zh")
        assert not result.ok
        assert result.checks["self_retrieval"] is False
        assert check_sentence(sentence, [8], beside, "zh").ok
    turned = check_sentence(
        "QuillNet does not improve short-document question answering.", [8], beside
    )
    assert turned.checks["self_retrieval"] is False
    honest = check_sentence("QuillNet 能够阅读很长的文档。", [1], beside, "zh")
    assert honest.ok, honest.reasons
    assert honest.checks["self_retrieval"] is True


def test_limits_are_refused_by_name() -> None:
    with pytest.raises(InputError, match=str(MAX_SENTENCE_CHARS)):
        check_sentence("x" * (MAX_SENTENCE_CHARS + 1), [1], ALL)
    many = [Evidence(n, "t", "a") for n in range(MAX_EVIDENCE + 1)]
    with pytest.raises(InputError, match=str(MAX_EVIDENCE)):
        check_sentence("x", [1], many)
    with pytest.raises(InputError, match="same number"):
        check_sentence("x", [1], [ALL[0], ALL[0]])
    with pytest.raises(InputError, match="work 1"):
        check_sentence("x", [1], [Evidence(1, "t", "a" * 50_000)])


@given(st.text(max_size=200), st.text(max_size=300))
@settings(max_examples=150)
def test_any_text_is_answered(sentence: str, abstract: str) -> None:
    result = check_sentence(sentence, [1], [Evidence(1, "t", abstract)])
    assert 0.0 <= result.score <= 1.0
    assert result.ok == (result.score >= 0.5)
    assert result.ok or result.reasons


def test_order_of_the_evidence_does_not_matter() -> None:
    shuffled = ALL[:]
    random.Random(3).shuffle(shuffled)
    for name, sentence in SENTENCES:
        assert check_sentence(sentence, [N[name]], ALL) == check_sentence(
            sentence, [N[name]], shuffled
        )


def test_the_limits_are_those_of_the_contract() -> None:
    def check(characters: int = 1, citations: int = 1, works: int = 1, abstract: int = 1) -> None:
        evidence = [Evidence(n, "t", "a" * abstract) for n in range(works)]
        check_sentence("x" * characters, [0] * citations, evidence)

    check(characters=4_000)
    check(citations=100)
    check(works=500)
    check(abstract=39_999)
    with pytest.raises(InputError, match="4001 characters; at most 4000"):
        check(characters=4_001)
    with pytest.raises(InputError, match="101 citations; at most 100"):
        check(citations=101)
    with pytest.raises(InputError, match="501 works of evidence; at most 500"):
        check(works=501)
    with pytest.raises(InputError, match="more than 40000 characters"):
        check(abstract=40_000)


@pytest.mark.parametrize(
    ("text", "work", "lang", "compared"),
    [
        ("sparse attention", "sparse attention", "en", "sparse attention"),
        ("稀疏注意力", "稀疏注意力", "zh", "稀疏注意力"),
        ("sparse attention", "稀疏注意力", "en", None),
        ("12%", "提高12%", "en", "12%"),  # no word that could be compared
        ("sparse attention", "sparse attention", "zh", "sparse attention"),
        ("稀疏注意力", "sparse attention", "zh", None),
        ("该研究写道 one two three four five 词", "words", "zh", "one two three four five"),
        ("该研究写道 one two three four 词", "words", "zh", None),
    ],
)
def test_the_part_of_a_sentence_that_can_be_compared(
    text: str, work: str, lang: str, compared: str | None
) -> None:
    assert comparable_text(text, [read_passage("", work)], lang) == compared


def test_what_there_is_nothing_to_compare_with_is_null() -> None:
    alone = check_sentence(PASS[0][1], [N[PASS[0][0]]], [WORKS[PASS[0][0]]])
    assert alone.checks["self_retrieval"] is None
    names = "citation_resolves numbers names support contributes self_retrieval polarity"
    assert sorted(alone.checks) == sorted(names.split())
