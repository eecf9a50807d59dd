"""Encodings: which one a file is in, by trial."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.text.charset import decode_text

WESTERN = "@book{a, author = {José Ångström and Zoë Müller}, title = {Über “Größe” – naïve façade}}"
CHINESE = "@article{a, author = {王小明}, title = {凝聚态物理中的卵石与潮汐}, journal = {测试学报}}"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (WESTERN, "utf-8"),
        (WESTERN, "cp1252"),
        (WESTERN.replace("“", '"').replace("”", '"').replace("–", "-"), "latin-1"),
        (WESTERN, "utf-16"),
        (WESTERN, "utf-16-be"),
        (WESTERN, "utf-32"),
        (CHINESE, "gbk"),
        (CHINESE, "gb18030"),
        (CHINESE, "utf-8-sig"),
        (CHINESE, "utf-16-le"),
    ],
)
def test_text_comes_back(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding)) == text


def test_a_few_foreign_lines_do_not_spoil_a_utf8_file() -> None:
    data = CHINESE.encode() + b"\n" + "Müller".encode("cp1252") + b"\n" + CHINESE.encode()
    assert decode_text(data) == f"{CHINESE}\nMüller\n{CHINESE}"


def test_line_ends_are_one() -> None:
    assert decode_text(b"a\r\nb\rc\n") == "a\nb\nc\n"


@given(st.binary(max_size=400))
def test_any_bytes_mean_something(data: bytes) -> None:
    assert isinstance(decode_text(data), str)


@given(
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\r\ufeff\x00"), max_size=200
    )
)
def test_utf8_is_never_mistaken(text: str) -> None:
    assert decode_text(text.encode()) == text
