"""Traditional Chinese as simplified: letter by letter, and nothing else changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.text.simplified import simplified


@pytest.mark.parametrize(
    ("traditional", "expected"),
    [
        ("檢索增強生成", "检索增强生成"),
        ("機器學習與數據", "机器学习与数据"),
        ("發現頭髮", "发现头发"),  # two characters share a simplified form
        ("世界模型", "世界模型"),
        ("LLM 與 RAG", "LLM 与 RAG"),
    ],
)
def test_by_hand(traditional: str, expected: str) -> None:
    assert simplified(traditional) == expected


@given(st.text(st.characters(max_codepoint=0x33FF)))
def test_texts_without_han_stay_as_they_are(text: str) -> None:
    assert simplified(text) == text


@given(st.text(st.characters(min_codepoint=0x3400, max_codepoint=0x9FFF)), st.text())
def test_letters_are_put_one_by_one_and_once(han: str, text: str) -> None:
    assert len(simplified(han)) == len(han)
    assert simplified(han + text) == simplified(han) + "".join(map(simplified, text))
    assert simplified(simplified(han)) == simplified(han)
