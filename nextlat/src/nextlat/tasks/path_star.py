"""Path-Star graphs G(degree, length): find the arm that leads to the goal (Bachmann and Nagarajan 2024).

Text form: `a,b|c,d/start,goal=path`. Token form: BOS, the edges' nodes with `|` between edges, `/`, start, goal, `=`,
then the path. Everything up to `=` is prompt and no target of token terms.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from nextlat.batch import IGNORED, Batch
from nextlat.errors import DataError, UsageError
from nextlat.tasks.protocol import Metrics, Problems, Solver, generator, rows_of


HELD_OUT_SHARE = 8
"""One graph in this many is held out."""


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
        needed = self.degree * (self.path_length - 1) + 1
        if self.degree < 2 or self.path_length < 2:
            raise UsageError(f"task.degree={self.degree}, path_length={self.path_length}: both are at least 2")
        if self.num_nodes < needed:
            raise UsageError(
                f"task.num_nodes={self.num_nodes}: G({self.degree},{self.path_length}) has {needed} nodes; give as many names"
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


class PathStar:
    """Path-Star as a language-modelling task."""

    name = "path_star"
    Config = PathStarConfig

    def __init__(self, config: PathStarConfig, seed: int) -> None:
        self.config, self.seed = config, seed
        self.edge_mark, self.query_mark, self.answer_mark, self.bos = range(config.num_nodes, config.num_nodes + 4)

    @property
    def vocab_size(self) -> int:
        """An id a node name, three marks and BOS."""
        return self.config.num_nodes + 4

    @property
    def num_edges(self) -> int:
        """Edges of a graph."""
        return self.config.degree * (self.config.path_length - 1)

    @property
    def prompt_length(self) -> int:
        """BOS, edges with marks between, `/`, start, goal, `=`."""
        return 1 + 3 * self.num_edges - 1 + 4

    @property
    def max_length(self) -> int:
        """Prompt and path."""
        return self.prompt_length + self.config.path_length

    def graph(self, split: str, index: int) -> Graph:
        """Return graph `index` of a split, "train" or "held out": a function of (seed, split, index)."""
        random = generator(self.seed, split, index)
        while True:
            graph = self._graph(random)
            if is_held_out(graph) == (split == "held out"):
                return graph

    def _graph(self, random: np.random.Generator) -> Graph:
        degree, length = self.config.degree, self.config.path_length
        names = random.permutation(self.config.num_nodes)[: self.num_edges + 1].tolist()
        start, rest = names[0], names[1:]
        arms = [[start, *rest[arm * (length - 1) : (arm + 1) * (length - 1)]] for arm in range(degree)]
        edges = [edge for arm in arms for edge in zip(arm, arm[1:], strict=False)]
        chosen = arms[int(random.integers(degree))]
        shown = tuple(edges[at] for at in random.permutation(len(edges)))
        return Graph(shown, start, chosen[-1], tuple(chosen))

    def training_batch(self, step: int, batch_size: int) -> Batch:
        """Return training graphs, epoch by epoch in an order drawn anew for each epoch."""
        count = self.config.num_train_graphs
        graphs = []
        for place in range(step * batch_size, (step + 1) * batch_size):
            epoch, at = divmod(place, count)
            graphs.append(self.graph("train", int(_order(self.seed, epoch, count)[at])))
        return self.batch(graphs)

    def held_out(self, count: int) -> Problems:
        """Return graphs that no training batch holds, in whatever order their edges are shown."""
        return [self.graph("held out", index) for index in range(count)]

    def read(self, path: Path) -> Problems:
        """Read graphs in the text form, one a line; all of the configured degree and length.

        Raises:
            DataError: a row is malformed, a node has no name, or the shape is another.
        """
        return rows_of(path, self._parse)

    def _parse(self, line: str) -> Graph:
        question, equals, answer = line.partition("=")
        shown, slash, query = question.partition("/")
        if not equals or not slash:
            raise ValueError("a row has the form a,b|c,d/start,goal=path")
        edges = tuple(_pair(part) for part in shown.split("|"))
        start, goal = _pair(query)
        path = tuple(int(node) for node in answer.split(","))
        for node in {node for edge in edges for node in edge} | {start, goal, *path}:
            if not 0 <= node < self.config.num_nodes:
                raise ValueError(f"node {node} has no name; the model was trained with task.num_nodes={self.config.num_nodes}")
        if len(edges) != self.num_edges or len(path) != self.config.path_length:
            raise ValueError(
                f"{len(edges)} edges and a path of {len(path)}; G({self.config.degree},{self.config.path_length}) has "
                f"{self.num_edges} and {self.config.path_length}"
            )
        graph = Graph(edges, start, goal, path)
        if oracle(graph) != list(path):
            raise ValueError("the path is not the graph's path from start to goal")
        return graph

    def batch(self, graphs: Sequence[Graph]) -> Batch:
        """Return graphs as a batch; the prompt's labels are masked."""
        ids = torch.tensor([[*self.prompt(graph), *graph.path] for graph in graphs])
        labels = ids.clone()
        labels[:, : self.prompt_length] = IGNORED
        return Batch(ids, labels)

    def prompt(self, graph: Graph) -> list[int]:
        """Return a graph's prompt as token ids."""
        edges = [token for a, b in graph.edges for token in (a, b, self.edge_mark)][:-1]
        return [self.bos, *edges, self.query_mark, graph.start, graph.goal, self.answer_mark]

    def score(self, solver: Solver, problems: Problems) -> Metrics:
        """Return the share of paths found whole, of first steps into the right arm, and of nodes by position."""
        prompts = torch.tensor([self.prompt(graph) for graph in problems])
        wanted = torch.tensor([graph.path for graph in problems])
        right = solver.complete(prompts, self.config.path_length) == wanted
        return {
            "accuracy": float(right.all(dim=1).double().mean()),
            "arm_accuracy": float(right[:, :2].all(dim=1).double().mean()),
            "accuracy_by_position": right.double().mean(dim=0).tolist(),
            "chance": 1 / self.config.degree,
        }


def oracle(graph: Graph) -> list[int]:
    """Return the path by walking back from the goal; it looks at neither arms nor answer.

    Raises:
        DataError: no path leads there.
    """
    before = {b: a for a, b in graph.edges}
    path = [graph.goal]
    while path[-1] != graph.start:
        if path[-1] not in before or len(path) > len(graph.edges) + 1:
            raise DataError(f"no path leads from {graph.start} to {graph.goal}")
        path.append(before[path[-1]])
    return path[::-1]


def is_held_out(graph: Graph) -> bool:
    """Return whether a graph is held out: one in eight, by a hash of its edges as a set, start and goal."""
    told = repr((sorted(graph.edges), graph.start, graph.goal))
    return zlib.crc32(told.encode()) % HELD_OUT_SHARE == 0


def _pair(text: str) -> tuple[int, int]:
    numbers = [int(part) for part in text.split(",")]
    if len(numbers) != 2:
        raise ValueError(f"{text!r} is no pair of nodes")
    return numbers[0], numbers[1]


@lru_cache(maxsize=2)
def _order(seed: int, epoch: int, count: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the order of an epoch's graphs."""
    return generator(seed, "order", epoch).permutation(count)
