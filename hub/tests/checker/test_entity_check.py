"""Named things: what is one, and when a work has it."""

from __future__ import annotations

import pytest

from academichub.checker.entity_check import (
    NameIndex,
    index_names,
    is_coded,
    may_be_alias,
    missing_names,
    read_names,
    stands_for,
)
from academichub.checker.word_weights import fold, tokens

FOUND = [
    ("GPT-4-based agents beat BERT on ImageNet-1k.", ["GPT-4", "BERT", "ImageNet-1k"]),
    ("Activated Cdk5 phosphorylates p53 in British men.", ["Cdk5", "p53", "British"]),
    ("We study mRNA, IL-6, TGF-β and CO$_2$.", ["mRNA", "IL-6", "TGF-β", "CO2"]),
    ("Three models of 7 B parameters in 2024 gain 5mg.", []),
    ("However, the Results of this are Good.", []),
    ("使用BERT模型和ImageNet数据集", ["BERT", "ImageNet"]),
]


@pytest.mark.parametrize(("sentence", "names"), FOUND)
def test_read(sentence: str, names: list[str]) -> None:
    assert [one.text for one in read_names(fold(sentence))] == names


HELD = [
    ("LLMs", "large language models"),
    ("MRI", "magnetic resonance imaging"),
    ("RAG", "retrieval-augmented generation"),
    ("GPT-4", "GPT 4"),
    ("GPT4", "GPT-4"),
    ("IFN-γ", "interferon-gamma"),
    ("IL-6", "interleukin 6"),
    ("KRT17", "keratin 17"),
    ("HSP70", "heat shock protein 70"),
    ("CO2", "carbon dioxide"),
    ("COVID", "COVID-19"),
    ("lncRNA", "RNA"),
    ("RNA", "mRNA"),
    ("ImageNet", "Imagenet"),
    ("CNNs", "CNN"),
    ("Tmem27", "TMEM27"),
    ("SMC", "VSMC"),
]
LACKED = [
    ("GPT-5", "GPT-4"),
    ("BERT", "RoBERTa-large"),
    ("LSTM", "large language models"),
    ("CIFAR-10", "CIFAR-100"),
    ("IL-2", "IL-6"),
    ("HSP40", "heat shock protein 70 rose by 40%"),
    ("ResNet-50", "ResNet with 50 epochs"),
    ("Paris", "London"),
    ("QuillNet-2", "QuillNet"),
]


def missing(name: str, text: str) -> list[str]:
    sentence = f"it was done with {name}"
    return missing_names(sentence, tuple(tokens(sentence)), [index_names(fold(text))])


@pytest.mark.parametrize(("name", "text"), HELD)
def test_held(name: str, text: str) -> None:
    assert missing(name, f"we rely on {text} here") == []


@pytest.mark.parametrize(("name", "text"), LACKED)
def test_lacked(name: str, text: str) -> None:
    assert missing(name, f"we rely on {text} here") == [name]


@pytest.mark.parametrize(
    ("name", "text", "occurs"),
    [
        ("Gaussian", "Gauss", True),
        ("Gauss", "Gaussian", True),
        ("Bayesian", "Bayesians", True),
        ("Bayesian", "Bayes", False),  # the stem `bay` is too short to compare
        ("Britain", "British", True),  # by the table of aliases
        ("Boltzmann", "Bolzano", False),
    ],
)
def test_a_capitalised_name_occurs_up_to_its_ending(name: str, text: str, occurs: bool) -> None:
    assert missing(name, f"we rely on {text} here") == ([] if occurs else [name])


def test_acronym_spelled_out_in_the_sentence_itself() -> None:
    sentence = "castration-resistant prostate cancer (CRPC) was treated"
    index = index_names("patients with castration-resistant prostate tumours")
    assert missing_names(sentence, tuple(tokens(sentence)), [index]) == []


def test_alias_only_in_the_life_sciences_and_never_for_a_sibling() -> None:
    life = index_names(
        "the gene MOF is expressed in mouse cells and its protein IL-6 binds a receptor kinase"
    )
    computing = index_names("the model MOF is trained on a corpus of code")
    assert may_be_alias("KAT9", [life], [])
    assert not may_be_alias("KAT9", [computing], [])
    assert not may_be_alias("IL-2", [life], [])
    assert not may_be_alias("KAT9", [life], [index_names("KAT9 in yeast")])
    assert not may_be_alias("Paris", [life], [])


def test_the_index_of_a_text_worked_by_hand() -> None:
    index = index_names("IL 6 and p53, sparse")
    runs = "il 6 and p53 sparse il6 6and andp53 p53sparse il6and 6andp53 andp53sparse"
    assert index.joined == frozenset([*runs.split(), "il6andp53", "6andp53sparse"])
    assert index.runs == (("il", "6", "p53"),)  # a comma ends a run; one word is none
    assert index.coded == frozenset({"il", "p53"})
    assert index.numbered == frozenset({"il6", "p53"})


@pytest.mark.parametrize(
    ("text", "coded"),
    [
        ("LLM", True),
        ("mRNA", True),
        ("CO₂", True),
        ("p53", True),
        ("eBPF", True),
        ("Paris", False),
        ("x", False),
        ("53", False),
        ("10th", False),
        ("5mg", False),
        ("7B", False),
        ("3xTg", True),
        ("antidisestablishmentAct", False),  # one capital in a long word is a missing blank
    ],
)
def test_a_name_is_coded_by_its_shape(text: str, coded: bool) -> None:
    assert is_coded(text) == coded


def test_a_name_is_found_inside_a_compound() -> None:
    assert [(one.text, one.start) for one in read_names("a non-GPT-4 model")] == [("GPT-4", 6)]


def index_of_stems(*stems: str) -> NameIndex:
    return NameIndex(frozenset(), (), frozenset(stems))


@pytest.mark.parametrize(
    ("stems", "occurs"),
    [
        (["gaul"], True),
        # Letters in common: 4 of 4, and 4 of the 8 of the longer word: 1/2 + 1/2 4/8 is just enough.
        (["gaulabcd"], True),
        (["gaulabcde"], False),
        (["bgaul"], False),  # another beginning
        ([], False),
    ],
)
def test_a_capitalised_word_occurs_up_to_its_ending(stems: list[str], occurs: bool) -> None:
    sentence = "it was done with Gaul"
    missing = missing_names(sentence, tuple(tokens(sentence)), [index_of_stems(*stems)])
    assert missing == ([] if occurs else ["Gaul"])


@pytest.mark.parametrize(
    ("acronym", "words", "stands"),
    [
        ("RL", "reinforcement learning", True),
        ("LLMs", "large language models", True),
        ("MRI", "magnetic resonance imaging", True),
        ("GAN", "generative adversarial", False),  # a letter is left over
        ("R", "reinforcement learning", False),
        ("DNA", "deoxyribonucleic acid", True),  # a word may give a letter inside, too
        ("ABCDEFGHI", "a b c d e f g h i", False),  # more than eight letters
        ("RL", "learning reinforcement", False),
    ],
)
def test_an_acronym_stands_for_words_with_its_letters(
    acronym: str, words: str, stands: bool
) -> None:
    assert stands_for(acronym, [tuple(words.split())]) == stands


def test_words_that_the_sentence_says_itself_are_not_abbreviated() -> None:
    run = ("reinforcement", "learning")
    assert stands_for("RL", [run], sentence_words=frozenset())
    assert not stands_for("RL", [run], sentence_words=frozenset({"learning"}))
    assert stands_for("HSP", [("heat", "shock", "protein", "70")], number="70")
    assert not stands_for("HSP", [("heat", "shock", "protein", "90")], number="70")
