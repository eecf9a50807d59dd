"""The table of Chinese names: every term found in each of its forms, and no term lost to another."""

from __future__ import annotations

import pytest

from academichub.briefs import chinese_terms
from academichub.briefs.chinese_terms import in_chinese


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("large language models", "大语言模型"),
        ("Large Language Model", "大语言模型"),
        ("LLMs", "大语言模型"),
        ("chain of thought", "思维链"),
        ("chain-of-thought", "思维链"),
        ("robots", "机器人"),
        ("retrieval augmented generation", "检索增强生成"),
        ("transformer", "Transformer 模型"),
        ("diffusion model", "扩散模型"),
        ("diffusion", "扩散"),
        ("galaxy", "星系"),
        ("moths", None),
        ("language", None),
        ("", None),
    ],
)
def test_golden_pairs(term: str, name: str | None) -> None:
    assert in_chinese(term) == name


def test_no_row_is_hidden_by_another_of_the_same_stems() -> None:
    names: dict[str, set[str]] = {}
    for line in chinese_terms._TERMS:
        term = " ".join(word for word in line.split() if word.isascii() and word != "Transformer")
        name = line.removeprefix(term).strip()
        assert in_chinese(term) == name
        names.setdefault(name, set()).add(term)
    assert {name for name, terms in names.items() if len(terms) > 1} == {"大语言模型"}


def test_every_name_is_chinese() -> None:
    for name in chinese_terms._CHINESE.values():
        assert any("\u3400" <= character <= "\u9fff" for character in name), name
