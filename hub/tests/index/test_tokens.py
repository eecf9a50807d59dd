from __future__ import annotations

import itertools
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from academichub.index import tokens
from academichub.index.tokens import (
    chunks,
    content_stream,
    extras,
    index_names,
    index_text,
    name_stream,
    pieces,
    stream,
)


@pytest.mark.parametrize(
    ("text", "within", "beside"),
    [
        ("Networks networked NETWORKING", "network network network", ""),
        ("检索增强生成", "检索 索增 增强 强生 生成", "成"),
        ("Diffusion模型", "diffus 模型", "型"),
        ("图", "图", ""),
        ("图，像", "图 像", ""),
        ("ｄｉｆｆｕｓｉｏｎ　模型", "diffus 模型", "型"),
        ("こんにちは", "こん んに にち ちは", "は"),
        ("naïve Erdős Müller Łódź straße", "naiv erdo muller lodz strass", ""),
        ("state-of-the-art", "state of the art", "stateoftheart"),
        ("covid\u201119 COVID–19", "covid 19 covid 19", "covid19 covid19"),
        ("Alzheimer's O’Brien", "alzheim o brien", "obrien"),
        ("TNF-α αβγ", "tnf alpha αβγ", "tnfalpha"),
        ("CO₂ H2O p53", "co2 h2o p53", ""),
        ("1,000 genomes, 1,2 and 3.5 v2.0.1", "1000 genom 1 2 and 3.5 v2.0.1", ""),
        ("GPT-3.5 gpt3.5", "gpt 3.5 gpt3.5", "gpt3.5"),
        ("the end. u.s. e.g.", "the end u s e g", ""),
        (
            r"Erd\H{o}s, Schr\"odinger, G\'{e}ron, {\'e}tale, \c{c}a",
            "erdo schroding geron etal ca",
            "",
        ),
        (r"$\alpha$-Fe$_2$O$_3$ in H$_2$O", "alpha fe2o3 in h2o", "alphafe2o3"),
        (r"\textbf{bold} $\mathcal{O}(n\log n)$ $x^{2}$", "bold o n log n x 2", ""),
        (r"S\~ao Paulo stra\ss e \o re", "sao paulo strass ore", ""),
        ("a-b-c-d-e-f", "a b c d e f", ""),
        ("!!! ... --- ''", "", ""),
        ("", "", ""),
    ],
)
def test_tokens_of_texts(text: str, within: str, beside: str) -> None:
    assert stream(text) == within.split()
    assert extras(text) == beside.split()
    assert index_text(text) == " ".join([*within.split(), *beside.split()])


def test_names_are_folded_but_not_stemmed_and_kept_apart() -> None:
    assert name_stream("Akshay Krishnamurthy") == ["akshay", "krishnamurthy"]
    assert (
        index_names("Jean-Pierre Williams ; 李明") == "jean pierre williams jeanpierre | | 李明 明"
    )
    assert index_names(" ; ;") == ""


def test_stop_words_stay_in_the_stream_and_leave_the_content() -> None:
    assert stream("to be or not to be") == ["to", "be", "or", "not", "to", "be"]
    assert content_stream("what is the state-of-the-art of this?") == ["state", "art"]


def test_overlong_words_are_cut() -> None:
    assert len(stream("x" * 5000)[0]) == tokens.MAX_WORD_LETTERS


@given(st.text() | st.text(alphabet="aé-'.,1α模型$\\{}_^ \n"))
def test_any_text_gives_tokens_the_index_can_hold(text: str) -> None:
    for token in index_text(text).split():
        assert token
        assert all(ch.isalnum() or ch == "." or ord(ch) > 127 for ch in token)
        assert not any(ch.isspace() or ch == "\0" for ch in token)


@given(st.text(alphabet="abcé -'.,123模型αA\u0301\u2019"))
def test_form_and_case_do_not_matter(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert stream(unicodedata.normalize(form, text)) == stream(text)
    assert stream(text.swapcase()) == stream(text)


@given(st.text(alphabet="abc -'.,;:!123\n", max_size=60))
def test_the_quick_way_of_ascii_is_the_general_way(text: str) -> None:
    found = tokens._CHUNK.findall(tokens._plain(text))
    assert stream(text) == " ".join(tokens._STEMS[chunk] for chunk in found).split()
    assert chunks(text) == found


@given(st.text(alphabet="abé-' 模型增强x", max_size=40))
def test_pieces_are_the_text_and_hold_all_its_tokens(text: str) -> None:
    text = unicodedata.normalize("NFC", text)
    found = list(pieces(text))
    assert [token for piece in found for token in stream(text[piece.start : piece.end])] == stream(
        text
    )
    assert all(set(stream(text[piece.start : piece.end])) <= set(piece.tokens) for piece in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


def test_the_memory_of_words_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "MAX_CACHED_WORDS", 10)
    words = tokens._Words(stemmed=True)
    assert [words[f"word{n}s"] for n in range(100)] == [f"word{n}s" for n in range(100)]
    assert len(words) <= 10
