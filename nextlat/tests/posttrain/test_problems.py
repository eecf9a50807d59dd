"""Files of problems: what is read, how it is split, and what every bad row is told."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nextlat.errors import DataError
from nextlat.posttrain import problems as module
from nextlat.posttrain.problems import (
    Demonstration,
    read_demonstrations,
    read_problems,
    stable_split,
)

Write = Callable[..., Path]
CHAT = [{"role": "user", "content": "2+2?"}]


def test_every_column_is_read(jsonl: Write) -> None:
    path = jsonl(
        {
            "prompt": "1+1=",
            "answer": 2,
            "type": "easy",
            "n_steps": 1,
            "split": "train",
            "source": {"page": 3},
        },
        {"prompt": CHAT, "answer": "4", "type": "hard", "steps": 2, "split": "test", "id": 7},
        "",
    )
    found = read_problems(path)
    first, second = found.train[0], found.held_out[0]
    assert (first.prompt, first.answer, first.type, first.steps, first.extra) == (
        "1+1=",
        "2",
        "easy",
        1,
        {"source": {"page": 3}},
    )
    assert (second.prompt, second.id, second.steps, second.split, second.text) == (
        CHAT,
        "7",
        2,
        "held_out",
        "2+2?",
    )
    assert len(first.id) == 16


def test_the_split_is_a_function_of_the_prompt_alone(jsonl: Write) -> None:
    rows = [{"prompt": f"what is {number}?", "answer": number} for number in range(800)]
    found = read_problems(jsonl(*rows))
    assert 60 <= len(found.held_out) <= 140
    random.Random(1).shuffle(rows)
    again = read_problems(jsonl(*rows[:400]))
    held_out = {one.prompt for one in found.held_out}  # type: ignore[misc]
    assert {one.prompt for one in again.held_out} == held_out & {
        row["prompt"] for row in rows[:400]
    }  # type: ignore[misc]
    # printf '"0"' | sha256sum, and so on: the first digit is below 8 for those held out
    assert [stable_split(str(number), 0.5) for number in range(6)] == [
        "train",
        "held_out",
        "train",
        "train",
        "held_out",
        "train",
    ]


def test_equal_rows_are_left_out_and_counted(jsonl: Write) -> None:
    row = {"prompt": "a", "answer": "1", "split": "train"}
    found = read_problems(jsonl(row, row, {"prompt": "b", "split": "held_out"}))
    assert (len(found.train), found.duplicates) == (1, 1)


GOOD = {"prompt": "good", "answer": "1", "split": "train"}
OTHER = {"prompt": "other", "answer": "1", "split": "held_out"}
BAD: list[tuple[Any, str]] = [
    ({"answer": "1"}, '"prompt" is absent'),
    ({"prompt": "  "}, "must be text that is not empty"),
    ({"prompt": []}, "list of messages"),
    ({"prompt": [{"role": "robot", "content": "x"}]}, "no role of system, user, assistant"),
    ({"prompt": [{"role": "user", "content": ""}]}, "message is empty"),
    ({"prompt": [*CHAT, {"role": "assistant", "content": "4"}]}, "ends with the user's"),
    ({"prompt": "x", "answer": ["4"]}, "must be text or a number"),
    ({"prompt": "x", "answer": True}, "must be text or a number"),
    ({"prompt": "x", "steps": -1}, "whole number from 0"),
    ({"prompt": "x", "n_steps": "3"}, "whole number from 0"),
    ({"prompt": "x", "steps": 1, "n_steps": 2}, "disagree"),
    ({"prompt": "x", "split": "dev"}, "one of train, held_out"),
    ({"prompt": "x", "split": ["train"]}, "one of train, held_out"),
    ({"prompt": "x", "type": 3}, "must be text"),
    ({"prompt": "x"}, 'no "split", while other rows have one'),
    ({**GOOD, "answer": "2"}, "the prompt of line 1 again, with answer '2' instead of '1'"),
    ({**GOOD, "split": "held_out"}, "with split 'held_out' instead of 'train'"),
    ({"prompt": "x", "type": "easy", "split": "train"}, "give every row a type or none"),
    ('{"prompt": "\\ud800"}', "surrogate"),
    ("[1, 2]", "is not an object"),
    ('{"prompt": ', "not JSON"),
    ("[" * 100_000, "not JSON"),
]


@pytest.mark.parametrize(("row", "told"), BAD, ids=[told[:30] for _, told in BAD])
def test_bad_rows_are_refused(row: Any, told: str, jsonl: Write) -> None:
    with pytest.raises(DataError, match=r"problems\.jsonl") as error:
        read_problems(jsonl(GOOD, OTHER, row))
    assert told in str(error.value)


def test_limits_and_unreadable_files(
    jsonl: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_problems(tmp_path / "absent.jsonl")
    with pytest.raises(DataError, match="holds no rows"):
        read_problems(jsonl("", " "))
    with pytest.raises(DataError, match="line 3: more than 2 rows"):
        read_problems(jsonl(GOOD, OTHER, {"prompt": "c"}), max_rows=2)
    with pytest.raises(DataError, match="none of them held_out"):
        read_problems(jsonl(GOOD))
    latin = tmp_path / "latin.jsonl"
    latin.write_bytes(
        json.dumps({"prompt": "x"}).encode() + b"\n" + '{"prompt": "é"}'.encode("latin-1")
    )
    with pytest.raises(DataError, match="line 2: not UTF-8"):
        read_problems(latin)
    monkeypatch.setattr(module, "MAX_LINE_BYTES", 100)
    with pytest.raises(DataError, match="line 2"):
        read_problems(jsonl(GOOD, {"prompt": "x" * 200}))
    monkeypatch.setattr(module, "MAX_FILE_BYTES", 10)
    with pytest.raises(DataError, match="at most 10 are read"):
        read_problems(jsonl(GOOD, OTHER))


def test_demonstrations(jsonl: Write) -> None:
    path = jsonl(
        {"prompt": "a", "completion": "b"},
        {"prompt": CHAT, "completion": [{"role": "assistant", "content": "4"}]},
    )
    assert read_demonstrations(path) == (Demonstration("a", "b"), Demonstration(CHAT, "4"))
    for completion in ("", " ", None, 3, [], [{"role": "assistant"}]):
        with pytest.raises(DataError, match=r'line 1: "completion" is'):
            read_demonstrations(jsonl({"prompt": "a", "completion": completion}))
