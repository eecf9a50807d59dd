"""Group words: the table against composed permutations, the split, the labels, the scorer, outside files."""

from __future__ import annotations

import gzip
import itertools
import re
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nextlat.batch import IGNORED
from nextlat.errors import DataError, UsageError
from nextlat.tasks.group_words import Group, GroupWords, GroupWordsConfig, oracle, score_latents
from nextlat.tasks.stable_hash import is_held_out

GROUPS = ["S3", "S4", "S5", "A3", "A4", "A5", "Z2", "Z7", "Z60"]


def build(seed: int = 0, **values: object) -> GroupWords:
    return GroupWords(GroupWordsConfig(**values), seed)  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*GROUPS, "S6", "A6"]), st.data())
def test_the_table_scan_equals_composed_permutations(name: str, data: st.DataObject) -> None:
    group = _group(name)
    word = data.draw(st.lists(st.integers(0, group.group.order - 1), min_size=1, max_size=14))
    assert tuple(group.products(np.array([word]))[0].tolist()) == oracle(name, word)


_BUILT: dict[str, GroupWords] = {}


def _group(name: str) -> GroupWords:
    return _BUILT.setdefault(name, build(group=name))


def test_products_by_hand() -> None:
    # S3 in order: 012 021 102 120 201 210. (a b)[i] = a[b[i]]: 102 * 021 sends 0,1,2 to 1,2,0 = number 3.
    assert Group("S3").table()[2, 1] == 3
    assert oracle("S3", (2, 1, 1)) == (2, 3, 2)
    assert Group("A5").number((0, 1, 3, 4, 2)) == 1
    assert Group("Z7").table()[5, 4] == 2


@pytest.mark.parametrize("name", GROUPS)
def test_tables_are_groups_and_generators_generate(name: str) -> None:
    group = Group(name)
    table, order = group.table(), group.order
    assert np.array_equal(table[0], np.arange(order))
    assert np.array_equal(table[:, 0], np.arange(order))
    assert all(len(set(row)) == order for row in table.tolist())
    some = np.arange(0, order, max(1, order // 12))
    a, b, c = np.meshgrid(some, some, some, indexing="ij")
    assert np.array_equal(table[table[a, b], c], table[a, table[b, c]])
    reached = {0}
    for _ in range(order):
        reached |= {int(table[one, by]) for one in reached for by in group.generating_set()}
    assert len(reached) == order
    assert sorted(group.generators()) == list(range(order))


def test_a5_holds_the_even_permutations_in_order() -> None:
    elements = Group("A5").elements
    even = [one for one in itertools.permutations(range(5)) if round(np.linalg.det(np.eye(5)[list(one)])) == 1]
    assert elements == sorted(even)
    assert len(elements) == 60


def test_labels_are_the_products_and_the_inputs_never_show_them() -> None:
    task = build(train_length=5, test_length=9)
    batch = task.training_batch(3, 64)
    ids, labels = batch.input_ids_BT, batch.labels_BT
    assert labels is not None
    assert ids.shape == (64, 7)
    assert (ids[:, 0] == 60).all()
    assert (ids[:, -1] == 61).all()
    assert (labels[:, :2] == IGNORED).all()
    for row, told in zip(ids[:, 1:-1].tolist(), labels[:, 2:].tolist(), strict=True):
        assert tuple(told) == oracle("A5", row)
    assert task.vocab_size == 62 == len(task.vocabulary)
    assert int(ids.max()) < task.vocab_size


def test_batches_are_functions_of_seed_and_step() -> None:
    task, again, other = build(), build(), build(seed=1)
    first = task.training_batch(5, 32).input_ids_BT
    assert torch.equal(first, again.training_batch(5, 32).input_ids_BT)
    assert not torch.equal(first, task.training_batch(6, 32).input_ids_BT)
    assert not torch.equal(first, other.training_batch(5, 32).input_ids_BT)
    assert first[0].tolist() == PINNED_TRAINING_ROW
    assert task.held_out(2)[1][:12] == PINNED_HELD_OUT_WORD
    assert task.held_out(5) == task.held_out(700)[:5]
    assert task.held_out(5) != other.held_out(5)


PINNED_TRAINING_ROW: list[int] = []
PINNED_HELD_OUT_WORD: tuple[int, ...] = ()


@pytest.mark.parametrize("values", [{}, {"alphabet": "generators", "num_generators": 3}])
def test_no_training_word_is_held_out_and_every_test_word_is(values: dict[str, object]) -> None:
    task = build(train_length=10, test_length=14, **values)
    trained = np.concatenate([task.training_batch(step, 512).input_ids_BT[:, 1:-1].numpy() for step in range(8)])
    held = np.array(task.held_out(2000))
    assert held.shape == (2000, 14)
    assert not is_held_out(trained).any()
    assert is_held_out(held[:, :10]).all()
    assert set(np.unique(trained)) == set(task.alphabet.tolist())
    assert max(map(len, task.held_out(9))) + 2 <= task.max_length == 16


def test_small_word_spaces_are_not_split() -> None:
    task = build(group="S3", train_length=3, test_length=3)
    assert not task.splits
    assert len({tuple(row) for row in task.training_batch(0, 4000).input_ids_BT.tolist()}) == 6**3
    assert len(set(task.held_out(4000))) == 6**3


def _truth(task: GroupWords) -> object:
    def rule(ids: Tensor) -> Tensor:
        words = ids[:, 1:-1].numpy()
        answers = torch.zeros_like(ids)
        answers[:, 1:-1] = torch.from_numpy(np.array([oracle(task.config.group, row) for row in words.tolist()]))
        return answers

    return rule


def test_gold_answers_score_one_and_a_constant_scores_chance(rule_solver: type) -> None:
    task = build(train_length=4, test_length=6)
    words = task.held_out(1500)
    gold = rule_solver(task.vocab_size, _truth(task))
    figures = task.score(gold, words)
    assert figures["accuracy"] == figures["final_accuracy"] == figures["beyond_accuracy"] == 1.0
    assert figures["position_accuracy"] == [1.0] * 6
    assert gold.largest_batch <= 512
    constant = task.score(rule_solver(task.vocab_size, torch.zeros_like), words)
    assert figures["chance"] == 1 / 60
    assert abs(float(constant["accuracy"]) - 1 / 60) < 0.006  # type: ignore[arg-type]


def test_a_solver_right_within_the_training_length_only(rule_solver: type) -> None:
    task = build(train_length=4, test_length=6)
    truth = _truth(task)

    def rule(ids: Tensor) -> Tensor:
        answers = truth(ids)  # type: ignore[operator]
        answers[:, 5:] = 61
        return answers

    figures = task.score(rule_solver(task.vocab_size, rule), [*task.held_out(10), (3, 4)])
    assert figures["position_accuracy"] == [1.0] * 4 + [0.0] * 2
    assert figures["train_length_accuracy"] == 1.0
    assert figures["beyond_accuracy"] == 0.0
    assert figures["final_accuracy"] == pytest.approx(1 / 11)
    assert figures["accuracy"] == pytest.approx(42 / 62)


def test_score_latents_reads_any_logits() -> None:
    products = torch.tensor([[1, 2], [0, 2]])
    logits = torch.nn.functional.one_hot(torch.tensor([[1, 2], [1, 2]]), 3).float()
    assert score_latents(logits, products) == {
        "accuracy": 0.75, "final_accuracy": 1.0, "position_accuracy": [0.5, 1.0],
    }  # fmt: skip


@pytest.mark.parametrize("length", [2, 3, 4, 5, 6])
def test_outside_words_have_our_products(shared_data: Path, length: int) -> None:
    task = build()
    words = task.read(shared_data / "lab" / "word_problem" / f"A5_k{length}.csv.gz")
    assert len(words) == (3600 if length == 2 else 10_000)
    assert {len(word) for word in words} == {length}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("1,2 60,2 1", "element '60' is not a number in 0..59 of A5; set group to the file's"),
        ("1,2 -1,2 1", "element '-1' is not a number"),
        ("1,2 3", "2 fields; a row must be seed,input,target"),
        ("1,1 2,1 1", "target (1, 1) is not the running product (1, 0)"),
        ("1,,", "a word of 0 elements; it must have 1 to 8: raise test_length"),
        ("1,0 0 0 0 0 0 0 0 0,0 0 0 0 0 0 0 0 0", "a word of 9 elements; it must have 1 to 8: raise test_length"),
    ],
)
def test_malformed_rows_are_named(tmp_path: Path, row: str, said: str) -> None:
    path = tmp_path / "words.csv.gz"
    with gzip.open(path, "wt") as file:
        file.write(f"seed,input,target\n9,1 2,1 0\n{row}\n")
    with pytest.raises(DataError, match=re.escape(f"{path}, line 3: {said}")):
        build(train_length=4, test_length=8).read(path)


def test_rows_of_several_lengths_are_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "words.csv"
    path.write_text("seed,input,target\n9,1 2,1 0\n9,3,3\n")
    assert build().read(path) == [(1, 2), (3,)]
    with pytest.raises(DataError, match="no problems"):
        build().score(None, [])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"group": "M11"}, "group='M11' is not known; give S3..S6, A3..A6 or Z2..Z1000"),
        ({"group": "S7"}, "group='S7' is not known"),
        ({"group": "Z1001"}, "group='Z1001' is not known"),
        ({"train_length": 0}, "train_length=0: a word has at least one element"),
        ({"test_length": 11}, "test_length=11 is less than train_length=12"),
        ({"alphabet": "few"}, "alphabet='few' is not one of full, generators"),
        ({"alphabet": "generators", "num_generators": 1}, "num_generators=1 is outside 2..60"),
        ({"alphabet": "generators", "num_generators": 61}, "num_generators=61 is outside 2..60"),
    ],
)
def test_bad_configurations_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        build(**values)
