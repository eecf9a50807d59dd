"""Path-Star graphs G(degree, length): find the goal's arm (Bachmann and Nagarajan 2024).

Text form: `a,b|c,d/start,goal=path`. Token form: BOS, the edges' nodes with `|` between edges, `/`,
start, goal, `=`, then the path. Everything up to `=` is prompt and no target of token terms.
Shape suffixes: N graphs, E edges, G arms, L nodes of a path.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import torch

from nextlat.batch import IGNORED, Batch
from nextlat.errors import UsageError
from nextlat.tasks.protocol import Metrics, Problems, Solver, Task, generator, rows_of
from nextlat.tasks.stable_hash import Integers, Words, is_held_out, random_words

Split = Literal["train", "held_out"]

CHUNK = 512
"""Most graphs given to a solver at once."""
MOST_ATTEMPTS = 300
"""Graphs drawn for one index before the kind is taken to have too few to split; one in eight is
held out."""


@dataclass(frozen=True)
class PathStarConfig:
    """Configuration of Path-Star.

    Attributes:
        degree: arms of the star.
        path_length: nodes of each path, the start counted.
        num_nodes: node names to draw from (the paper: 100).
        num_train_graphs: fixed training graphs, drawn epoch by epoch (the paper: 200,000).
    """

    degree: int = 5
    path_length: int = 5
    num_nodes: int = 100
    num_train_graphs: int = 200_000

    def __post_init__(self) -> None:
        if self.degree < 2 or self.path_length < 2:
            raise UsageError(
                f"task.degree={self.degree}, path_length={self.path_length}: both must be 2 or more"
            )
        needed = self.degree * (self.path_length - 1) + 1
        if not needed <= self.num_nodes <= 100_000:
            raise UsageError(
                f"task.num_nodes={self.num_nodes}: G({self.degree},{self.path_length}) has "
                f"{needed} nodes; give {needed} to 100000 names"
            )
        if self.num_train_graphs < 1:
            raise UsageError(f"task.num_train_graphs={self.num_train_graphs}: give at least 1")


@dataclass(frozen=True)
class Graph:
    """One problem.

    Attributes:
        edges: directed edges away from the start, in the order shown.
        start: centre of the star.
        goal: end of one arm.
        path: the answer, from start to goal.
    """

    edges: tuple[tuple[int, int], ...]
    start: int
    goal: int
    path: tuple[int, ...]


class PathStar(Task):
    """Path-Star as a language-modelling task.

    Ids are the node names, then `|`, `/`, `=`, BOS. Whether a graph is held out depends on a hash
    of its arms and its goal, whatever the order of its edges, and is the same for every seed.
    """

    name: ClassVar[str] = "path_star"
    Config: ClassVar[type] = PathStarConfig

    def __init__(self, config: PathStarConfig, seed: int) -> None:
        self.config, self.seed = config, seed
        self.edge_mark, self.query_mark, self.answer_mark, self.bos = range(
            config.num_nodes, config.num_nodes + 4
        )

    @property
    def vocab_size(self) -> int:
        """An id a node name, three marks and BOS."""
        return self.config.num_nodes + 4

    @property
    def max_length(self) -> int:
        """BOS, edges with marks between, `/`, start, goal, `=`, path."""
        return 3 * self.config.degree * (self.config.path_length - 1) + 4 + self.config.path_length

    def graphs(self, split: Split, indices: Integers) -> list[Graph]:
        """Return graphs of a split; each is a function of (seed, split, index) alone.

        Raises:
            UsageError: there are too few graphs of this kind to split.
        """
        indices = np.asarray(indices, dtype=np.int64)
        degree, length = self.config.degree, self.config.path_length
        graphs: list[Graph | None] = [None] * len(indices)
        left = np.arange(len(indices))
        for attempt in range(MOST_ATTEMPTS):
            stream = np.stack(
                np.broadcast_arrays(self.seed, split == "train", indices[left], attempt), axis=1
            )
            paths_NGL, shown_NE2 = self._drawn(
                random_words(stream, self.config.num_nodes + degree * (length - 1))
            )
            fits = is_held_out(_canonical(paths_NGL)) == (split == "held_out")
            for index, paths, shown in zip(
                left[fits], paths_NGL[fits, 0].tolist(), shown_NE2[fits].tolist(), strict=True
            ):
                graphs[index] = Graph(tuple(map(tuple, shown)), paths[0], paths[-1], tuple(paths))
            left = left[~fits]
            if not len(left):
                return [graph for graph in graphs if graph is not None]
        raise UsageError(
            f"task.num_nodes={self.config.num_nodes}: too few different graphs to split; give more "
            "names"
        )

    def _drawn(self, words_NC: Words) -> tuple[Integers, Integers]:
        """Return paths `[N, G, L]`, the goal's first, and edges `[N, E, 2]` as shown."""
        degree, rest = self.config.degree, self.config.path_length - 1
        num_nodes, num_edges = self.config.num_nodes, degree * rest
        names = words_NC[:, :num_nodes].argsort(axis=1, kind="stable")
        arms = names[:, 1 : num_edges + 1].reshape(-1, degree, rest)
        paths = np.concatenate(
            [np.broadcast_to(names[:, :1, None], (len(names), degree, 1)), arms], axis=2
        )
        edges = np.stack([paths[..., :-1], paths[..., 1:]], axis=-1).reshape(-1, num_edges, 2)
        order = words_NC[:, num_nodes:].argsort(axis=1, kind="stable")
        return paths, np.take_along_axis(edges, order[..., None], axis=1)

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return training graphs, epoch by epoch in a new order for each epoch."""
        count = self.config.num_train_graphs
        # The graphs of an epoch are numbered in a shuffled order; a batch takes the next ones.
        draws = range(step * batch_size, (step + 1) * batch_size)
        epochs = [divmod(draw, count) for draw in draws]
        indices = [_order(self.seed, epoch, count)[number] for epoch, number in epochs]
        return self.batch(self.graphs("train", np.array(indices)))

    def held_out(self, count: int) -> Problems:
        """Return graphs no training batch holds, under any order of their edges."""
        return self.graphs("held_out", np.arange(count))

    def read(self, path: Path) -> Problems:
        """Read graphs in the text form, one a line; other shapes too, where they fit.

        Raises:
            DataError: a row is malformed, a node has no name, the graph is too long, or the path is
                not its path.
        """
        return rows_of(path, self._parse)

    def _parse(self, line: str) -> Graph:
        question, equals, answer = line.partition("=")
        shown, slash, query = question.partition("/")
        if not equals or not slash:
            raise ValueError("no / or no =; a row has the form a,b|c,d/start,goal=path")
        edges = tuple(self._pair(part) for part in shown.split("|"))
        start, goal = self._pair(query)
        graph = Graph(edges, start, goal, tuple(self._node(node) for node in answer.split(",")))
        size = 3 * len(edges) + 4 + len(graph.path)
        if size > self.max_length:
            raise ValueError(
                f"{size} tokens; the model reads {self.max_length}: train with a larger "
                "task.degree or task.path_length"
            )
        if oracle(graph) != list(graph.path):
            raise ValueError(
                f"the path is not the graph's, {oracle(graph)}; a row ends with the path from "
                "start to goal"
            )
        return graph

    def _pair(self, text: str) -> tuple[int, int]:
        nodes = text.split(",")
        if len(nodes) != 2:
            raise ValueError(
                f"{text!r} is no pair of nodes; write an edge, and start and goal, as a,b"
            )
        return self._node(nodes[0]), self._node(nodes[1])

    def _node(self, text: str) -> int:
        if not text.isdecimal() or int(text) >= self.config.num_nodes:
            raise ValueError(
                f"{text!r} is no node; nodes are 0 to {self.config.num_nodes - 1}: train with a "
                "larger task.num_nodes"
            )
        return int(text)

    def batch(self, graphs: Sequence[Graph]) -> Batch:
        """Return graphs of one shape as a batch; the prompt's labels are masked."""
        prompts = torch.tensor([self.prompt(graph) for graph in graphs])
        paths = torch.tensor([graph.path for graph in graphs])
        labels = torch.cat([torch.full_like(prompts, IGNORED), paths], dim=1)
        return Batch(torch.cat([prompts, paths], dim=1), labels)

    def prompt(self, graph: Graph) -> list[int]:
        """Return a graph's prompt as token ids."""
        edges = [token for a, b in graph.edges for token in (a, b, self.edge_mark)][:-1]
        return [self.bos, *edges, self.query_mark, graph.start, graph.goal, self.answer_mark]

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return the shares of whole paths, of right arms, and of right nodes by position.

        A position's share is over the paths that reach it; `chance` is that of guessing the arm.
        """
        longest = max(len(graph.path) for graph in problems)
        right, seen, whole, arm = np.zeros(longest), np.zeros(longest), 0, 0
        for graphs in _alike(problems):
            paths = np.array([graph.path for graph in graphs])
            prompts = torch.tensor([self.prompt(graph) for graph in graphs])
            hits = solver.complete(prompts, paths.shape[1]).numpy() == paths
            right[: paths.shape[1]] += hits.sum(axis=0)
            seen[: paths.shape[1]] += len(hits)
            whole += int(hits.all(axis=1).sum())
            arm += int(hits[:, :2].all(axis=1).sum())
        return {
            "accuracy": whole / len(problems),
            "arm_accuracy": arm / len(problems),
            "accuracy_by_position": (right / seen).tolist(),
            "chance": sum((len(graph.path) - 1) / len(graph.edges) for graph in problems)
            / len(problems),
        }


def _alike(graphs: Sequence[Graph]) -> Iterator[list[Graph]]:
    """Yield the graphs in groups of one shape, at most a chunk each."""
    shapes: dict[tuple[int, int], list[Graph]] = {}
    for graph in graphs:
        shapes.setdefault((len(graph.edges), len(graph.path)), []).append(graph)
    for alike in shapes.values():
        for start in range(0, len(alike), CHUNK):
            yield alike[start : start + CHUNK]


def _canonical(paths_NGL: Integers) -> Integers:
    """Return `[N, G * L]`: the goal's path, then the other arms by first node.

    It is the same for any order of edges.
    """
    firsts_NG = paths_NGL[:, :, 1].copy()
    firsts_NG[:, 0] = -1
    order_NG = firsts_NG.argsort(axis=1)
    return np.take_along_axis(paths_NGL, order_NG[..., None], axis=1).reshape(len(paths_NGL), -1)


def oracle(graph: Graph) -> list[int]:
    """Return the path by walking back from the goal, or nothing where no path leads there.

    It looks at neither arms nor answer, as the generator does, but at the edges alone.
    """
    before = {b: a for a, b in graph.edges}
    path = [graph.goal]
    while path[-1] != graph.start:
        if path[-1] not in before or len(path) > len(graph.edges):
            return []
        path.append(before[path[-1]])
    return path[::-1]


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> Integers:
    """Return the order of an epoch's graphs."""
    return generator(seed, "order", epoch).permutation(count)
