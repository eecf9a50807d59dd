"""Bytes to text, stop strings, grammars: values by hand and laws."""

from __future__ import annotations

import random

import pytest
import torch
from tiny_chat import chat_tokenizer
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from nextlat.serving.errors import BadRequestError
from nextlat.serving.generation.grammar import GrammarRule, compile_schema
from nextlat.serving.generation.text_stream import TextStream
from nextlat.serving.generation.vocabulary import Vocabulary


def pushed(stream: TextStream, data: bytes, size: int = 1) -> list[str]:
    released = [stream.add(data[i : i + size]) for i in range(0, len(data), size)]
    return [*released, stream.end()]


def test_characters_come_whole() -> None:
    assert pushed(TextStream(), "aé日".encode()) == ["a", "", "é", "", "", "日", ""]
    assert "".join(pushed(TextStream(), b"a\xe6\x97")) == "a\ufffd"


def test_a_stop_is_held_back_then_cut() -> None:
    stream = TextStream(["END"])
    assert pushed(stream, b"xENxENDy") == ["x", "", "", "ENx", "", "", "", "", ""]
    assert stream.stop == "END"
    assert TextStream(["END"]).add(b"aEN") == "a"
    keeping = TextStream(["END"], keep_stop=True)
    assert "".join(pushed(keeping, b"xENDy", 2)) == "xEND"


def test_what_was_held_comes_out_at_the_end() -> None:
    stream = TextStream(["END"])
    assert pushed(stream, b"aEN") == ["a", "", "", "EN"]
    assert stream.stop is None
    assert stream.released == stream.length == 3


@pytest.mark.parametrize("seed", range(30))
def test_the_text_ends_before_the_first_stop_however_it_is_cut_up(seed: int) -> None:
    dice = random.Random(seed)
    text = "".join(dice.choice("abé") for _ in range(60))
    stops = ["".join(dice.choice("abé") for _ in range(dice.randrange(2, 6))) for _ in range(2)]
    ends = [text.index(stop) for stop in stops if stop in text]
    whole = TextStream(stops)
    assert "".join(pushed(whole, text.encode(), 1000)) == text[: min(ends, default=len(text))]
    by_byte = TextStream(stops)
    text_by_byte = "".join(pushed(by_byte, text.encode()))
    first = min((text.index(stop) + len(stop) for stop in stops if stop in text), default=None)
    if first is not None:  # byte by byte the stop that ends first wins
        assert text_by_byte == text[: first - len(by_byte.stop or "")]
    else:
        assert text_by_byte == text


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    tokenizer = chat_tokenizer()
    return Vocabulary(tokenizer, len(tokenizer) + 4, [1])


def test_pieces_add_up_to_the_tokenizers_own_decoding(vocabulary: Vocabulary) -> None:
    text = "the cat sat, é日本 🙂 and the end\n\n  x"
    ids = vocabulary.encode(text, special=False)
    assert vocabulary.decode(ids) == text
    assert vocabulary.decode([0, *ids, 1]) == text  # special tokens have no text
    assert vocabulary.piece(None, vocabulary.size - 1) == b""  # a row of the head without a token
    assert vocabulary.name(1) == ("<|im_end|>", list(b"<|im_end|>"))
    single = vocabulary.encode("é", special=False)
    assert vocabulary.name(single[0])[0].startswith("bytes:\\x") == (len(single) > 1)


def test_tokenizers_that_are_not_made_of_bytes() -> None:
    """Words with blanks between them: pieces are what the tokenizer's own decoding adds; no
    schemas."""
    words = Tokenizer(models.WordLevel({"[UNK]": 0, "cat": 1, "dog": 2}, unk_token="[UNK]"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    vocabulary = Vocabulary(
        PreTrainedTokenizerFast(tokenizer_object=words, unk_token="[UNK]"), 3, []
    )
    ids = vocabulary.encode("cat dog cat", special=False)
    assert vocabulary.decode(ids) == "cat dog cat"
    assert [vocabulary.piece(None, 1), vocabulary.piece(1, 2)] == [b"cat", b" dog"]
    assert vocabulary.name(2) == ("dog", list(b"dog"))
    with pytest.raises(BadRequestError, match="tokenizer"):
        compile_schema({"type": "object"}, vocabulary, "p")


def test_a_grammar_moves_forth_and_back(vocabulary: Vocabulary) -> None:
    grammar = compile_schema({"enum": ["cat", "car"]}, vocabulary, "p")
    rule = GrammarRule(grammar, vocabulary)
    zeros_V = torch.zeros(vocabulary.size)

    def allowed(text: str) -> set[bytes]:
        before = vocabulary.encode(text, special=False)
        allowed_ids = rule.apply(zeros_V, before).isfinite().nonzero().flatten().tolist()
        return {vocabulary._raw(None, token) for token in allowed_ids}

    assert allowed('"ca') >= {b"t", b"r"}
    assert allowed("") >= {b'"'}
    assert b"t" not in allowed('"')
    assert allowed('"cat"') == {b"<|im_end|>"}
    assert allowed('"ca') >= {b"t", b"r"}
    assert len(allowed("dog")) > 200  # behind a forbidden token nothing is said
    assert allowed('"car') == {b'"'}


def test_schemas_that_cannot_be_used(vocabulary: Vocabulary) -> None:
    for schema in (
        {"type": "wat"},
        {"$ref": "#/absent"},
        {"type": "string", "pattern": "("},
        {"not": {}},
    ):
        with pytest.raises(BadRequestError, match="schema"):
            compile_schema(schema, vocabulary, "p")
