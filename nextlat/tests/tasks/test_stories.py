"""Plain text: the BPE against a naive one, the split by position, documents, the scorer, outside
files."""

from __future__ import annotations

import gzip
import json
import math
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import pre_tokenizers
from torch import Tensor
from transformers import AutoTokenizer

from nextlat.errors import DataError, UsageError
from nextlat.tasks import stories
from nextlat.tasks.stories import (
    END_OF_TEXT,
    Stories,
    StoriesConfig,
    documents,
    made_up_stories,
    pieces,
    token_ids,
)


def build(seed: int = 0, **values: object) -> Stories:
    return Stories(StoriesConfig(**({"vocab_size": 400, "length": 32} | values)), seed)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def task() -> Stories:
    return build()


def _naive_bpe(tokenizer: object, text: str) -> list[int]:
    """Apply the merges one by one, in the order they were learnt, to each word of the text."""
    told = json.loads(tokenizer.to_str())["model"]  # type: ignore[attr-defined]
    ranks = {tuple(pair): rank for rank, pair in enumerate(told["merges"])}
    ids = []
    for word, _ in pre_tokenizers.ByteLevel(add_prefix_space=False).pre_tokenize_str(text):
        parts = list(word)
        while len(parts) > 1:
            rank, at = min(
                (ranks.get(pair, math.inf), at) for at, pair in enumerate(pairwise(parts))
            )
            if rank == math.inf:
                break
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
        ids += [told["vocab"][part] for part in parts]
    return ids


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60) | st.sampled_from(list(made_up_stories(40))))
def test_tokens_equal_a_naive_bpe_and_any_text_comes_back(text: str) -> None:
    tokenizer = build().tokenizer
    if END_OF_TEXT in text:
        return
    ids = tokenizer.encode(text).ids
    assert ids == _naive_bpe(tokenizer, text)
    assert tokenizer.decode(ids) == text
    assert token_ids(tokenizer, text) == [*ids, tokenizer.token_to_id(END_OF_TEXT)]


@settings(max_examples=40, deadline=None)
@given(st.text(alphabet="ab \n\t.'\u00e9", max_size=200), st.integers(1, 30))
def test_pieces_have_the_tokens_of_the_whole(text: str, size: int) -> None:
    tokenizer = build().tokenizer
    before, stories.PIECE = stories.PIECE, size
    try:
        parts = list(pieces(text))
    finally:
        stories.PIECE = before
    assert "".join(parts) == text
    assert [token for part in parts for token in tokenizer.encode(part).ids] == tokenizer.encode(
        text
    ).ids


def test_long_texts_are_cut(task: Stories) -> None:
    text = "a line of a long text\n" * 10_000
    assert [len(part) > stories.PIECE for part in pieces(text)] == [True, True, True, False]
    assert len(list(pieces("word " * 100_000))) == 1


def test_blocks_hold_the_two_parts_of_the_text_in_order(task: Stories) -> None:
    texts = list(made_up_stories(stories.MADE_UP_STORIES))
    shown = task.tokenizer.decode(task.train_blocks.flatten().tolist(), skip_special_tokens=False)
    whole = END_OF_TEXT.join(texts)
    assert whole.startswith(shown)
    assert len(shown) / len(whole) == pytest.approx(0.95, abs=0.001)
    for block in task.held_out_blocks.tolist():
        assert (
            task.tokenizer.decode(block, skip_special_tokens=False)
            in whole[len(shown) :] + END_OF_TEXT
        )
    assert len(task.held_out_blocks) / (len(task.train_blocks) + len(task.held_out_blocks)) > 0.045
    assert len(set(texts)) == len(texts)
    assert list(made_up_stories(5)) == texts[:5]


def test_no_training_block_is_held_out(task: Stories) -> None:
    count = len(task.train_blocks)
    epoch = [tuple(row) for row in task.training_batch(0, count).input_ids_BT.tolist()]
    assert sorted(epoch) == sorted(map(tuple, task.train_blocks.tolist()))
    assert epoch != list(map(tuple, task.train_blocks.tolist()))
    assert not set(epoch) & {tuple(block.tolist()) for block in task.held_out(10**6)}
    assert len(task.held_out(3)) == 3


def test_batches_are_functions_of_seed_and_step(task: Stories) -> None:
    first = task.training_batch(5, 16).input_ids_BT
    assert torch.equal(first, build().training_batch(5, 16).input_ids_BT)
    assert not torch.equal(first, task.training_batch(6, 16).input_ids_BT)
    assert not torch.equal(first, build(seed=1).training_batch(5, 16).input_ids_BT)
    assert first.shape == (16, 32) == (16, task.max_length)
    assert int(first.max()) < task.vocab_size == 400


def test_the_tokenizer_never_sees_the_held_out_tail(tmp_path: Path) -> None:
    head, trained = "the cat sat on the mat. " * 188, []
    for tail in ("zebra " * 200, "quokka " * 200):
        path = tmp_path / f"{tail[:3]}.txt"
        path.write_text((head + tail)[:5000])
        trained.append(
            build(corpus=(str(path),), validation_share=0.1, vocab_size=300).tokenizer.to_str()
        )
    assert trained[0] == trained[1]


def test_a_document_ends_after_its_end_of_text(task: Stories) -> None:
    end = task.tokenizer.token_to_id(END_OF_TEXT)
    batch = task.batch(np.array([[7, 8, end, 9, 9, end], [end, 7, 7, 7, 7, 7]], dtype=np.int32))
    assert batch.document_ids_BT is not None
    assert batch.document_ids_BT.tolist() == [[0, 0, 0, 1, 1, 1], [0, 1, 1, 1, 1, 1]]
    assert batch.labels_BT is None
    assert batch.input_ids_BT.dtype == torch.int64


def _next_token(ids: Tensor) -> Tensor:
    return torch.cat([ids[:, 1:], ids[:, :1]], dim=1)


def test_gold_answers_score_one_and_equal_logits_score_chance(
    task: Stories, rule_solver: type
) -> None:
    blocks = task.held_out(200)
    gold = rule_solver(task.vocab_size, _next_token)
    figures = task.score(gold, blocks)
    assert figures["accuracy"] == 1.0
    assert figures["loss"] == pytest.approx(0, abs=1e-6)
    assert gold.largest_batch <= 64
    even = rule_solver(task.vocab_size, torch.zeros_like)
    even.logits = lambda ids: torch.zeros(*ids.shape, task.vocab_size)
    assert task.score(even, blocks)["loss"] == pytest.approx(math.log(400))


def test_bits_are_a_byte_of_what_is_predicted(rule_solver: type) -> None:
    task = build()
    even = rule_solver(task.vocab_size, torch.zeros_like)
    even.logits = lambda ids: torch.zeros(*ids.shape, task.vocab_size)
    one, two = token_ids(task.tokenizer, "na\u00efve \u2713 fox"), token_ids(task.tokenizer, "sat")
    block = np.array([*one, *two], dtype=np.int32)
    # All but each document's first token are predicted; the first tokens' bytes do not count.
    unpredicted = sum(len(task.tokenizer.decode([ids[0]]).encode()) for ids in (one, two))
    size = len("na\u00efve \u2713 foxsat".encode()) - unpredicted
    expected = (len(one) + len(two) - 2) * math.log2(400) / size
    assert task.score(even, [block])["bits_per_byte"] == pytest.approx(expected)


def test_the_saved_tokenizer_loads_in_transformers(task: Stories, tmp_path: Path) -> None:
    task.save_tokenizer(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    text = 'The baker said: "Look here,"\n\n and l\u00e4chelte.'
    assert loaded(text)["input_ids"] == task.tokenizer.encode(text).ids
    assert loaded.decode(loaded(text)["input_ids"]) == text
    assert loaded.eos_token == END_OF_TEXT
    assert (tmp_path / "tokenizer.json").exists()


def test_files_of_every_kind_are_read(tmp_path: Path) -> None:
    rows = ['{"text": "one\\r\\ntwo"}', "", '{"text": "three", "title": "x"}', '{"text": " "}']
    for name, opener in (("a.jsonl", open), ("a.jsonl.gz", gzip.open)):
        with opener(tmp_path / name, "wt") as file:
            file.write("\n".join(rows))
        assert list(documents(tmp_path / name)) == ["one\r\ntwo", "three"]
    (tmp_path / "a.txt").write_bytes(b"one\r\n\r\ntwo\n")
    assert list(documents(tmp_path / "a.txt")) == ["one\n\ntwo\n"]
    (tmp_path / "b.txt").write_text(f"one\n{END_OF_TEXT}\ntwo{END_OF_TEXT}\n")
    assert list(documents(tmp_path / "b.txt")) == ["one", "two"]


def test_blocks_of_a_file_are_its_tokens(task: Stories, tmp_path: Path) -> None:
    texts = list(made_up_stories(9))
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps({"text": text}) for text in texts))
    blocks = task.read(tmp_path / "a.jsonl")
    flat = [token for text in texts for token in token_ids(task.tokenizer, text)]
    assert np.concatenate(blocks).tolist() == flat[: len(flat) // 32 * 32]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.txt", b"\xff\xfe", "cannot be read as UTF-8 text"),
        ("a.txt", b" \n", "is empty; give a file with text"),
        ("a.txt", b"short", "less than one block of 32; give more text or a smaller task.length"),
        ("a.txt.gz", b"no gzip", "cannot be read as UTF-8 text"),
        (
            "a.jsonl",
            b'{"text": "x"}\n{"body": "y"}',
            'line 2: each row must be a JSON object with a "text" key; row \'{"body"',
        ),
        (
            "a.jsonl",
            b'{"text": "x"}\n["y"]',
            'line 2: each row must be a JSON object with a "text" key',
        ),
        ("a.jsonl", b'{"text": 5}', 'line 1: "text" must be a string'),
        ("a.jsonl", b"{", "line 1: each row must be a JSON object"),
    ],
)
def test_malformed_files_are_named(
    task: Stories, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=re.escape(said)) as caught:
        task.read(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)


def test_absent_and_too_large_files_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match=r"absent\.txt cannot be read"):
        build(corpus=(str(tmp_path / "absent.txt"),))
    monkeypatch.setattr(stories, "MAX_BYTES", 1 << 20)
    with gzip.open(tmp_path / "large.txt.gz", "wb") as file:
        file.write(b"a" * ((1 << 20) + 1))
    with pytest.raises(
        DataError, match=r"large\.txt\.gz is larger than 1 MB unpacked; split it, or give a part"
    ):
        list(documents(tmp_path / "large.txt.gz"))


def test_a_corpus_that_changed_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("".join(f"one two {number}. " for number in range(1000)))
    first = build(corpus=(str(path),))
    path.write_text("".join(f"three four {number}. " for number in range(1000)))
    assert build(corpus=(str(path),)).tokenizer.to_str() != first.tokenizer.to_str()


def test_real_text_is_cut_by_its_share(shared_data: Path) -> None:
    path = shared_data / "lab" / "text" / "tinystories_en_first_1MB.txt"
    task = build(corpus=(str(path),), vocab_size=1000, length=256)
    assert task.vocab_size == 1000
    share = len(task.held_out_blocks) / (len(task.held_out_blocks) + len(task.train_blocks))
    assert share == pytest.approx(0.05, abs=0.003)
    assert path.read_text("utf-8").startswith(
        task.tokenizer.decode(task.train_blocks[:9].flatten().tolist())
    )


def test_a_text_that_only_repeats_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("ab c" * 10_000)
    with pytest.raises(
        DataError, match=r"a\.txt only repeats the rest; give text that does not repeat itself"
    ):
        build(corpus=(str(tmp_path / "a.txt"),))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"vocab_size": 256}, "task.vocab_size=256: a byte-level BPE has 257 to 1000000 tokens"),
        ({"length": 1}, "task.length=1: a block has 2 to 1000000 tokens"),
        (
            {"validation_share": 0.0},
            "task.validation_share=0.0: give a share above 0 and under 0.5",
        ),
    ],
)
def test_bad_configurations_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        build(**values)
