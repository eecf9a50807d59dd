"""Path-Star: the generator against a walk over edges, the split under any edge order, the scorer,
outside files."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from nextlat.batch import IGNORED
from nextlat.errors import DataError, UsageError
from nextlat.tasks.path_star import Graph, PathStar, PathStarConfig, oracle

TINY = {"degree": 2, "path_length": 3, "num_nodes": 10}


def build(seed: int = 0, **values: object) -> PathStar:
    return PathStar(PathStarConfig(**values), seed)  # type: ignore[arg-type]


def _unordered(graph: Graph) -> object:
    return frozenset(graph.edges), graph.start, graph.goal


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 5), st.integers(2, 6), st.integers(0, 30), st.integers(0, 2**31))
def test_every_graph_is_a_star_whose_path_the_oracle_walks(
    degree: int, length: int, spare: int, seed: int
) -> None:
    task = build(
        seed,
        degree=degree,
        path_length=length,
        num_nodes=max(12, degree * (length - 1) + 1 + spare),
    )
    for graph in task.graphs("train", np.arange(4)):
        assert oracle(graph) == list(graph.path)
        assert len(graph.path) == length
        assert len(set(graph.edges)) == len(graph.edges) == degree * (length - 1)
        assert len({node for edge in graph.edges for node in edge}) == len(graph.edges) + 1
        leaving = Counter(a for a, _ in graph.edges)
        assert leaving.pop(graph.start) == degree
        assert set(leaving.values()) <= {1}
        assert graph.goal not in leaving
        ids = task.batch([graph]).input_ids_BT
        assert ids.shape[1] == task.max_length
        assert int(ids.max()) < task.vocab_size


def test_tokens_and_labels_by_hand() -> None:
    task = build(**TINY)
    graph = Graph(((2, 8), (5, 2), (5, 9), (9, 3)), 5, 8, (5, 2, 8))
    batch = task.batch([graph])
    assert batch.input_ids_BT.tolist() == [
        [13, 2, 8, 10, 5, 2, 10, 5, 9, 10, 9, 3, 11, 5, 8, 12, 5, 2, 8]
    ]
    assert batch.labels_BT is not None
    assert batch.labels_BT.tolist() == [[IGNORED] * 16 + [5, 2, 8]]
    assert (task.vocab_size, task.max_length) == (14, 19)


def test_batches_are_functions_of_seed_and_step_and_graphs_of_their_index() -> None:
    task, again, other = build(**TINY), build(**TINY), build(seed=1, **TINY)
    first = task.training_batch(5, 32).input_ids_BT
    assert torch.equal(first, again.training_batch(5, 32).input_ids_BT)
    assert not torch.equal(first, task.training_batch(6, 32).input_ids_BT)
    assert not torch.equal(first, other.training_batch(5, 32).input_ids_BT)
    graphs = task.graphs("train", np.arange(50))
    assert task.graphs("train", np.array([31, 7])) == [graphs[31], graphs[7]]
    assert task.held_out(5) == task.held_out(50)[:5] != other.held_out(5)


def test_data_of_a_seed_is_pinned() -> None:
    # A change here means that runs of one seed no longer see the same graphs.
    task = build(**TINY)
    assert task.held_out(1) == [Graph(((1, 0), (8, 2), (7, 1), (7, 8)), 7, 2, (7, 8, 2))]
    assert task.training_batch(0, 4).input_ids_BT[0].tolist() == [
        13,
        2,
        5,
        10,
        8,
        7,
        10,
        5,
        1,
        10,
        2,
        8,
        11,
        2,
        1,
        12,
        2,
        5,
        1,
    ]


def test_an_epoch_holds_every_training_graph_once_in_an_order_of_its_own() -> None:
    task = build(**TINY, num_train_graphs=60)
    epochs = [
        [
            tuple(row)
            for step in range(first, first + 3)
            for row in task.training_batch(step, 20).input_ids_BT.tolist()
        ]
        for first in (0, 3)
    ]
    whole = [
        tuple(row) for row in task.batch(task.graphs("train", np.arange(60))).input_ids_BT.tolist()
    ]
    assert Counter(epochs[0]) == Counter(epochs[1]) == Counter(whole)
    assert epochs[0] != epochs[1]
    # A batch that spans two epochs takes the end of one and the beginning of the next.
    across = task.training_batch(1, 45).input_ids_BT.tolist()
    assert [tuple(row) for row in across] == [*epochs[0][45:], *epochs[1][:30]]


@pytest.mark.parametrize(
    ("values", "problems"),
    [
        ({"degree": 2, "path_length": 3, "num_nodes": 8}, 8 * 7 * 6 * 5 * 4),
        ({"degree": 3, "path_length": 2, "num_nodes": 9}, 9 * 8 * 7 * 6 // 2),
    ],
)
def test_no_training_graph_is_held_out_under_any_order_of_edges(
    values: dict[str, object], problems: int
) -> None:
    # So few problems that without a split by hash both sides would share most of them.
    task = build(**values)
    trained = {_unordered(graph) for graph in task.graphs("train", np.arange(20_000))}
    held = {
        _unordered(graph) for seed in range(3) for graph in build(seed, **values).held_out(1500)
    }
    assert not trained & held
    assert len(trained) + len(held) <= problems
    assert len(trained) > 0.8 * problems
    assert 0.1 < len(held) / problems < 0.15


def test_goals_lie_on_every_shown_arm_alike() -> None:
    task = build(degree=4, path_length=3, num_nodes=30)
    first = Counter()
    for graph in task.graphs("train", np.arange(3000)):
        openings = [b for a, b in graph.edges if a == graph.start]
        first[openings.index(graph.path[1])] += 1
    assert max(abs(count - 750) for count in first.values()) < 4 * (3000 * 3 / 16) ** 0.5


class WalkingSolver:
    """Completes with the oracle's path; a `lost` one takes the first arm shown and walks it to its
    end."""

    def __init__(self, task: PathStar, lost: bool = False) -> None:
        self.task, self.lost, self.largest_batch = task, lost, 0

    def complete(self, input_ids_BT: Tensor, num_tokens: int) -> Tensor:
        """Read the prompt back and answer."""
        self.largest_batch = max(self.largest_batch, len(input_ids_BT))
        answers = []
        for row in input_ids_BT.tolist():
            numbers = [token for token in row if token < self.task.config.num_nodes]
            edges = tuple(zip(numbers[:-2:2], numbers[1:-2:2], strict=True))
            path = oracle(Graph(edges, numbers[-2], numbers[-1], ()))
            if self.lost:
                after, path = dict(reversed(edges)), [numbers[-2]]
                while len(path) < num_tokens:
                    path.append(after[path[-1]])
            answers.append(path)
        return torch.tensor(answers)


def test_gold_answers_score_one_and_a_guessed_arm_scores_chance() -> None:
    task = build(degree=4, path_length=3, num_nodes=30)
    graphs = task.held_out(2000)
    gold = WalkingSolver(task)
    assert task.score(gold, graphs) == {  # type: ignore[arg-type]
        "accuracy": 1.0, "arm_accuracy": 1.0, "accuracy_by_position": [1.0, 1.0, 1.0], "chance": 0.25,
    }  # fmt: skip
    assert gold.largest_batch <= 512
    lost = task.score(WalkingSolver(task, lost=True), graphs)  # type: ignore[arg-type]
    assert (
        lost["accuracy"]
        == lost["arm_accuracy"]
        == pytest.approx(0.25, abs=4 * (3 / 16 / 2000) ** 0.5)
    )
    assert lost["accuracy_by_position"] == [1.0, lost["accuracy"], lost["accuracy"]]


def test_shapes_are_scored_apart_and_counted_together() -> None:
    task = build(degree=3, path_length=4, num_nodes=10)
    long = Graph(((0, 1), (1, 2), (2, 3), (0, 4), (4, 5), (5, 6)), 0, 3, (0, 1, 2, 3))
    short = Graph(((7, 9), (7, 8)), 7, 8, (7, 8))
    figures = task.score(WalkingSolver(task, lost=True), [short, long, short])  # type: ignore[arg-type]
    assert figures["accuracy"] == figures["arm_accuracy"] == pytest.approx(1 / 3)
    assert figures["accuracy_by_position"] == pytest.approx([1.0, 1 / 3, 1.0, 1.0])
    assert figures["chance"] == 0.5


def test_the_oracle_finds_no_path_where_there_is_none() -> None:
    assert oracle(Graph(((1, 2), (3, 4)), 1, 4, ())) == []
    assert oracle(Graph(((1, 2), (2, 1)), 0, 1, ())) == []


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("deg_2_path_3_nodes_10_test_20000.txt.gz", TINY),
        (
            "deg_2_path_5_nodes_50_test_20000.txt.gz",
            {"degree": 2, "path_length": 5, "num_nodes": 50},
        ),
    ],
)
def test_outside_graphs_are_solved_on_every_row(
    shared_data: Path, name: str, values: dict[str, object]
) -> None:
    task = build(**values)
    graphs = task.read(shared_data / "lab" / "path_star" / name)  # reading solves each row
    assert len(graphs) == 20_000
    assert {len(task.prompt(graph)) + len(graph.path) for graph in graphs} == {task.max_length}
    assert task.score(WalkingSolver(task), graphs[:600])["accuracy"] == 1.0  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2,8|5,2|5,9|9,3/5,8", "no / or no =; a row has the form a,b|c,d/start,goal=path"),
        (
            "2,8|5,2|5,9|9,13/5,8=5,2,8",
            "'13' is no node; nodes are 0 to 9: train with a larger task.num_nodes",
        ),
        ("2,8|5,2|5,-9/5,8=5,2,8", "'-9' is no node"),
        (
            "2,8|5,2|5/5,8=5,2,8",
            "'5' is no pair of nodes; write an edge, and start and goal, as a,b",
        ),
        ("2,8|5,2|5,9|9,3/5,8=5,9,3", "the path is not the graph's, [5, 2, 8]"),
        ("2,8|5,2|5,9|9,3/5,7=5,9,3", "the path is not the graph's, []"),
        (
            "2,8|5,2|5,9|9,3|3,1/5,8=5,2,8",
            "22 tokens; the model reads 19: train with a larger task.degree",
        ),
    ],
)
def test_malformed_rows_are_named(tmp_path: Path, row: str, said: str) -> None:
    path = tmp_path / "graphs.txt"
    path.write_text(f"2,8|5,2|5,9|9,3/5,8=5,2,8\n{row}\n")
    with pytest.raises(DataError, match=re.escape(f"{path}, line 2: {said}")):
        build(**TINY).read(path)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"degree": 1}, "task.degree=1, path_length=5: both must be 2 or more"),
        ({"path_length": 1}, "path_length=1: both must be 2 or more"),
        ({"num_nodes": 20}, "task.num_nodes=20: G(5,5) has 21 nodes; give 21 to 100000 names"),
        ({"num_train_graphs": 0}, "task.num_train_graphs=0: give at least 1"),
    ],
)
def test_bad_configurations_are_refused(values: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        build(**values)


def test_a_kind_of_which_nothing_is_held_out_is_refused() -> None:
    # G(2,2) of 3 names has 6 problems, and the hash holds none of them out.
    task = build(degree=2, path_length=2, num_nodes=3)
    with pytest.raises(
        UsageError, match="num_nodes=3: too few different graphs to split; give more names"
    ):
        task.held_out(1)
