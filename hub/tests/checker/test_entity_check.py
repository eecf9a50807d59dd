"""Named things: what is one, and when a work has it."""

from __future__ import annotations

import pytest

from academichub.checker.entity_check import index_names, may_be_alias, missing_names, read_names
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
