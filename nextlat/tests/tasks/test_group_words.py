"""Group words: the table against composed permutations, the split, the labels, the scorer, outside
files."""

from __future__ import annotations

import gzip
import itertools
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nextlat.batch import IGNORED
from nextlat.errors import DataError, UsageError
from nextlat.tasks.group_words import (
    GENERATORS,
    GroupWords,
    GroupWordsConfig,
    elements,
    oracle,
    product_table,
    running_products,
)
from nextlat.tasks.stable_hash import is_held_out

GROUPS = ["S3", "S5", "A5", "Z2", "Z7", "Z60"]


def build(seed: int = 0, **values: object) -> GroupWords:
    return GroupWords(GroupWordsConfig(**values), seed)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(GROUPS), st.data())
def test_the_table_scan_equals_composed_permutations(group: str, data: st.DataObject) -> None:
    word = data.draw(st.lists(st.integers(0, len(elements(group)) - 1), min_size=1, max_size=14))
    assert running_products(group, np.array([word]))[0].tolist() == oracle(group, word)


def test_products_by_hand() -> None:
    # S3 in order: 012 021 102 120 201 210. (a b)(i) = a(b(i)): 102 * 021 sends 0, 1, 2 to 1, 2, 0,
    # which is number 3.
    assert product_table("S3")[2, 1] == 3
    assert oracle("S3", (2, 1, 1)) == [2, 3, 2]
    assert running_products("Z7", np.array([[5, 4, 6]])).tolist() == [[5, 2, 1]]


@pytest.mark.parametrize("group", GROUPS)
def test_tables_are_groups_and_small_alphabets_generate(group: str) -> None:
    table, order = product_table(group), len(elements(group))
    assert np.array_equal(table[0], np.arange(order))
    assert np.array_equal(table[:, 0], np.arange(order))
    assert all(len(set(row)) == order for row in table.tolist())
    some = np.arange(0, order, max(1, order // 12))
    a, b, c = np.meshgrid(some, some, some, indexing="ij")
    assert np.array_equal(table[table[a, b], c], table[a, table[b, c]])
    reached, alphabet = {0}, build(group=group, alphabet="generators").alphabet.tolist()
    for _ in range(order):
        reached |= {int(table[one, by]) for one in reached for by in alphabet}
    assert len(reached) == order
    assert alphabet == list(GENERATORS.get(group, sorted({1, order - 1})))


def test_a5_holds_the_even_permutations_in_order() -> None:
    even = [
        one
        for one in itertools.permutations(range(5))
        if round(np.linalg.det(np.eye(5)[list(one)])) == 1
    ]
    assert list(elements("A5")) == sorted(even)
    assert [len(elements(group)) for group in GROUPS] == [6, 120, 60, 2, 7, 60]


def test_labels_are_the_products_one_place_later() -> None:
    task = build(train_length=5, test_length=9)
    batch = task.training_batch(3, 64)
    ids, labels = batch.input_ids_BT, batch.labels_BT
    assert labels is not None
    assert ids.shape == (64, 7)
    assert set(ids[:, 0].tolist()) == {60}
    assert set(ids[:, -1].tolist()) == {61}
    assert set(labels[:, :2].flatten().tolist()) == {IGNORED}
    for row, told in zip(ids[:, 1:-1].tolist(), labels[:, 2:].tolist(), strict=True):
        assert told == oracle("A5", row)
    assert task.vocab_size == 62
    assert task.max_length == 11


def test_batches_are_functions_of_seed_and_step() -> None:
    task, again, other = build(), build(), build(seed=1)
    first = task.training_batch(5, 32).input_ids_BT
    assert torch.equal(first, again.training_batch(5, 32).input_ids_BT)
    assert not torch.equal(first, task.training_batch(6, 32).input_ids_BT)
    assert not torch.equal(first, other.training_batch(5, 32).input_ids_BT)
    assert task.held_out(5) == task.held_out(700)[:5]
    assert task.held_out(5) != other.held_out(5)


def test_data_of_a_seed_is_pinned() -> None:
    # A change here means that runs of one seed no longer see the same words.
    task = build()
    assert task.training_batch(5, 32).input_ids_BT[0].tolist() == [
        60,
        52,
        48,
        16,
        31,
        28,
        8,
        27,
        3,
        3,
        30,
        31,
        7,
        61,
    ]
    assert task.held_out(2)[1][:12] == (42, 5, 49, 30, 46, 4, 7, 39, 32, 29, 14, 27)


@pytest.mark.parametrize("alphabet", ["full", "generators"])
def test_no_training_word_is_held_out_and_every_test_word_is(alphabet: str) -> None:
    task = build(train_length=9, test_length=14, alphabet=alphabet)
    trained = np.concatenate(
        [task.training_batch(step, 512).input_ids_BT[:, 1:-1].numpy() for step in range(8)]
    )
    held = np.array(task.held_out(2000))
    assert held.shape == (2000, 14)
    assert not is_held_out(trained).any()
    assert is_held_out(held[:, :9]).all()
    assert not {tuple(row) for row in trained.tolist()} & {
        tuple(row) for row in held[:, :9].tolist()
    }
    assert set(np.unique(trained)) == set(np.unique(held)) == set(task.alphabet.tolist())


def test_small_word_spaces_are_not_split() -> None:
    task = build(group="S3", train_length=3, test_length=3)
    assert not task.splits
    assert len({tuple(row) for row in task.training_batch(0, 4000).input_ids_BT.tolist()}) == 6**3
    assert len(set(task.held_out(4000))) == 6**3


def _truth(group: str) -> Callable[[Tensor], Tensor]:
    def rule(ids: Tensor) -> Tensor:
        answers = torch.zeros_like(ids)
        answers[:, 1:-1] = torch.tensor([oracle(group, row) for row in ids[:, 1:-1].tolist()])
        return answers

    return rule


def test_gold_answers_score_one_and_a_constant_scores_chance(rule_solver: type) -> None:
    task = build(train_length=4, test_length=6)
    words = task.held_out(1500)
    gold = rule_solver(task.vocab_size, _truth("A5"))
    assert task.score(gold, words) == {
        "accuracy_at_training_length": 1.0, "accuracy_at_end": 1.0, "accuracy_by_position": [1.0] * 6, "chance": 1 / 60,
    }  # fmt: skip
    assert gold.largest_batch <= 512
    constant = task.score(rule_solver(task.vocab_size, torch.zeros_like), words)
    assert abs(np.mean(constant["accuracy_by_position"]) - 1 / 60) < 0.006


def test_a_solver_right_within_the_training_length_only(rule_solver: type) -> None:
    task, truth = build(train_length=4, test_length=6), _truth("A5")

    def rule(ids: Tensor) -> Tensor:
        answers = truth(ids)
        answers[:, 5:] = (answers[:, 5:] + 1) % 60
        return answers

    figures = task.score(rule_solver(task.vocab_size, rule), task.held_out(10))
    assert figures["accuracy_by_position"] == [1.0] * 4 + [0.0] * 2
    assert (figures["accuracy_at_training_length"], figures["accuracy_at_end"]) == (1.0, 0.0)


def test_any_logits_are_scored_over_the_elements_alone() -> None:
    task = build(group="Z2", train_length=2, test_length=2)
    logits = torch.tensor([[[0.0, 1, 9, 9], [1, 0, 9, 9]], [[1, 0, 9, 9], [1, 0, 9, 9]]])
    assert task.accuracies(logits, [(1, 0), (0, 0)])["accuracy_by_position"] == [1.0, 0.5]


@pytest.mark.parametrize("length", [2, 3, 4, 5, 6])
def test_outside_words_have_our_products(shared_data: Path, length: int) -> None:
    words = build().read(shared_data / "lab" / "word_problem" / f"A5_k{length}.csv.gz")
    assert len(words) == (3600 if length == 2 else 10_000)
    assert {len(word) for word in words} == {length}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,2 60,2 1", "'60' is no element of A5, which has 0 to 59; set task.group to the file's"),
        ("1,2 -1,2 1", "'-1' is no element of A5"),
        ("1,2 3", "2 columns; a row has three: seed,input,target"),
        (
            "1,1 2,1 1",
            "the target is not the running product (1, 0); number elements in lexicographic order",
        ),
        ("1,,", "0 inputs and 0 targets; give as many, and at least one"),
        ("1,0 0,0", "2 inputs and 1 targets; give as many"),
        (
            "1,0 0 0 0 0,0 0 0 0 0",
            "5 elements; the model reads 4: train with a larger task.test_length",
        ),
    ],
)
def test_malformed_rows_are_named(tmp_path: Path, row: str, said: str) -> None:
    path = tmp_path / "words.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write(f"seed,input,target\n9,1 2,1 0\n{row}\n")
    with pytest.raises(DataError, match=re.escape(f"{path}, line 3: {said}")) as caught:
        build(train_length=4, test_length=4).read(path)
    assert repr(row) in str(caught.value)


def test_a_file_has_words_of_one_length(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("seed,input,target\n9,1 2,1 0\n8,0 2,0 2\n")
    assert build().read(path) == [(1, 2), (0, 2)]
    path.write_text("seed,input,target\n9,1 2,1 0\n9,3,3\n")
    with pytest.raises(DataError, match="mixes words of 1 and 2 elements; give one length a file"):
        build().read(path)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"group": "M11"},
            "task.group='M11': give A5, S5, S3, or Z and an order from 2 to 1000 as in Z60",
        ),
        ({"group": "Z1"}, "task.group='Z1'"),
        ({"group": "Z1001"}, "task.group='Z1001'"),
        ({"group": ""}, "task.group=''"),
        ({"train_length": 0}, "task.train_length=0: a word has 1 to 10000 elements"),
        ({"test_length": 10_001}, "task.test_length=10001: a word has 1 to 10000 elements"),
        ({"alphabet": "few"}, "task.alphabet='few': give full or generators"),
    ],
)
def test_bad_configurations_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        build(**values)
