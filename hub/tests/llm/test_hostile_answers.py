"""Answers no model should give: clean text or a ModelError comes of them, in linear time and bounded memory."""

from __future__ import annotations

import re
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from model_server import ModelServer, raw, say, status
from pydantic import BaseModel

from academichub.errors import ModelAnswerError, ModelError, ModelUnavailableError
from academichub.llm.model import Sampling
from academichub.llm.shapes import read_shape, without_thoughts

from .conftest import Opener

ASKED = [{"role": "user", "content": "Write."}]
HUGE = "99999999999999999999"


class Verdict(BaseModel):
    good: bool


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A lone \ud800 half", "A lone \ufffd half"),
        ("A letter \ud835\udc00", "A letter \U0001d400"),
        ("<think>\udfff</think>Clean \udfff.", "Clean \ufffd."),
    ],
)
def test_half_a_letter_in_an_answer(
    server: ModelServer, open_model: Opener, text: str, expected: str
) -> None:
    server.script = [say(text)]
    model = open_model()
    assert model.write(ASKED, Sampling()).text == expected
    assert model.write(ASKED, Sampling()).cached, "it could be stored"


def test_half_a_letter_in_names_and_errors(server: ModelServer, open_model: Opener) -> None:
    server.models = ("tiny \ud800",)
    model = open_model(model=None, retries=0)
    server.script = [status(500, "broken \ud800")]
    with pytest.raises(ModelError) as caught:
        model.write(ASKED, Sampling())
    assert str(caught.value).encode()
    assert model.name() == "tiny \ufffd"


@pytest.mark.parametrize("body", [b"[" * 1_000_000, b'{"a":' * 200_000, b"[" * 900 + b"]" * 900])
def test_an_answer_that_nests_deeply_is_broken(
    server: ModelServer, open_model: Opener, body: bytes
) -> None:
    server.script = [raw(body)] * 2
    with pytest.raises(ModelAnswerError) as caught:
        open_model(retries=1).write(ASKED, Sampling())
    assert caught.value.failure in ("broken", "empty")


@pytest.mark.parametrize("wait", [f"Mon, 29 Jun {HUGE} 00:00:00 GMT", HUGE * 100, "NaN", "-1"])
def test_an_unreadable_retry_after_is_a_stated_failure(
    server: ModelServer, open_model: Opener, wait: str
) -> None:
    server.script = [status(429, "slow down", retry_after=wait)]
    with pytest.raises(ModelUnavailableError):
        open_model(retries=0).write(ASKED, Sampling())


def test_thoughts_that_begin_often_and_never_end(server: ModelServer, open_model: Opener) -> None:
    text = "<think>" * 40_000
    server.script = [say(text)]
    assert open_model().write(ASKED, Sampling()).text == text


@given(
    st.lists(st.sampled_from(["<think>", "</think>", "a", " ", "<", "\n"]), max_size=14).map(
        "".join
    )
)
def test_thoughts_are_left_out_as_a_pattern_would(text: str) -> None:
    naive = re.sub(r"<think>.*?</think>", "", text, flags=re.DOTALL)
    naive = naive.rpartition("</think>")[2] if "</think>" in naive else naive
    assert without_thoughts(text) == naive.strip()


def test_many_braces_need_no_memory() -> None:
    text = "{" * 5_000_000
    tracemalloc.start()
    try:
        with pytest.raises(ModelAnswerError):
            read_shape(text, Verdict)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_the_object_is_found_behind_other_braces() -> None:
    assert read_shape("{" * 5 + ' {"good": true}', Verdict).good
