"""Evaluation of the ranking on public data: new items only, bags of words, paired bootstrap.

Protocol (that of the CiteULike-t baselines we compare with): every item is drawn into one of five
folds with numpy's default_rng(seed); fold 0 is hidden from every profile; users with at least 10
seen and 2 hidden items are eligible and `num_users` of them are drawn; all hidden items are ranked
for each user. The weights and the latent space are fitted on seen items only. The scores come from
ranking.text_scores, one of the lists that lineup.py joins; reader_evaluation.py measures them all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from academichub.errors import InputError, UsageError
from academichub.radar.line_files import numbered_lines
from academichub.radar.ranking import Taste, best_first, text_scores
from academichub.radar.text_model import Floats, Ints, fit_text_model

NUM_FOLDS = 5
MIN_SEEN = 10
MIN_HIDDEN = 2
NDCG_CUT = 10
RECALL_CUT = 100

MAX_LINES = 5_000_000
MAX_LINE_CHARS = 2_000_000
MAX_WORDS = 2_000_000


@dataclass(frozen=True, slots=True)
class Split:
    """A split of the items.

    Attributes:
        hidden: True for each item that no profile contains.
        users: Numbers of the users who are measured.
    """

    hidden: NDArray[np.bool_]
    users: Ints


@dataclass(frozen=True, slots=True)
class Scores:
    """The measures of a ranking.

    Attributes:
        ndcg10: Binary nDCG at 10 of each user, the ideal list cut at min(10, hidden items).
        recall100: Share of each user's hidden items among the first 100.
        fit_s: Seconds spent on fitting, once before the first user.
        rank_s: Seconds spent on ranking all users.
        rank_cpu_s: Processor seconds spent on it, which are comparable on a busy machine too.
    """

    ndcg10: Floats
    recall100: Floats
    fit_s: float
    rank_s: float
    rank_cpu_s: float


Ranker = Callable[[Ints], Floats]
"""Row numbers of a user's seen items -> a score for each hidden item, in the order of the items."""


def read_bags(path: Path) -> sparse.csr_matrix:
    """Read items as word counts: line i is `n word:count ...` for item i (plain or gzip).

    Raises:
        InputError: If a line is not of this form, or the file is over a limit.
    """
    rows: list[int] = []
    columns: list[int] = []
    counts: list[int] = []
    number = 0
    for number, line in enumerate(_lines(path), 1):
        pieces = line.split()
        try:
            pairs = [
                (int(word), int(count))
                for word, _, count in (piece.partition(":") for piece in pieces[1:])
            ]
            if not pieces or int(pieces[0]) != len(pairs):
                raise ValueError("the first number must be the number of pairs that follow")
            if any(not 0 <= word < MAX_WORDS or count < 0 for word, count in pairs):
                raise ValueError(f"a word must be from 0 to {MAX_WORDS - 1}, a count not negative")
        except ValueError as problem:
            raise InputError(
                f"{path}:{number}: expected `n word:count ...` ({problem})"
            ) from problem
        rows.extend([number - 1] * len(pairs))
        columns.extend(word for word, _ in pairs)
        counts.extend(count for _, count in pairs)
    if not columns:
        raise InputError(f"{path} holds no words: expected a line `n word:count ...` for each item")
    return sparse.csr_matrix(
        (np.asarray(counts, dtype=np.float64), (rows, columns)), shape=(number, max(columns) + 1)
    )


def read_profiles(path: Path, num_items: int) -> list[Ints]:
    """Read users: line u is `n item item ...` (plain or gzip); repeated items count once.

    Raises:
        InputError: If a line is not of this form, or an item number is out of range.
    """
    users = []
    for number, line in enumerate(_lines(path), 1):
        try:
            first, *items = (int(piece) for piece in line.split())
            if first != len(items):
                raise ValueError("the first number must be the number of items that follow")
            if any(not 0 <= item < num_items for item in items):
                raise ValueError(f"an item must be from 0 to {num_items - 1}")
        except ValueError as problem:
            raise InputError(
                f"{path}:{number}: expected `n item item ...` ({problem})"
            ) from problem
        users.append(np.unique(np.asarray(items, dtype=np.int64)))
    return users


def _lines(path: Path) -> Iterator[str]:
    """Yield the lines of a plain or gzip file, without blank lines at its end.

    Raises:
        InputError: If the file cannot be read or is over a limit.
    """
    blank = 0
    for _, line in numbered_lines(path, "ascii", max_lines=MAX_LINES, max_chars=MAX_LINE_CHARS):
        if line.isspace():
            blank += 1
            continue
        # Blank lines inside the file count as lines, or the numbers of items would shift.
        yield from [""] * blank
        blank = 0
        yield line


def draw_split(num_items: int, users: Sequence[Ints], num_users: int, seed: int) -> Split:
    """Draw the split of the protocol.

    Raises:
        UsageError: If no user is eligible.
    """
    generator = np.random.default_rng(seed)
    hidden = generator.integers(0, NUM_FOLDS, size=num_items) == 0
    eligible = [
        number
        for number, items in enumerate(users)
        if np.sum(~hidden[items]) >= MIN_SEEN and np.sum(hidden[items]) >= MIN_HIDDEN
    ]
    if not eligible:
        raise UsageError(
            f"no user has at least {MIN_SEEN} seen and {MIN_HIDDEN} hidden items; "
            "give a larger data set"
        )
    return Split(hidden, np.asarray(generator.permutation(eligible)[:num_users], dtype=np.int64))


def ndcg(relevant: NDArray[np.bool_], num_relevant: int, cut: int = NDCG_CUT) -> float:
    """Return binary nDCG of a list (best first), the ideal list cut at min(cut, num_relevant)."""
    discount = 1 / np.log2(np.arange(2, cut + 2))
    gained = float(np.sum(discount[: len(relevant)][relevant[:cut]]))
    return gained / float(np.sum(discount[: min(cut, num_relevant)]))


def recall(relevant: NDArray[np.bool_], num_relevant: int, cut: int = RECALL_CUT) -> float:
    """Return the share of the relevant items among the first `cut` of a list (best first)."""
    return float(np.sum(relevant[:cut])) / num_relevant


def product_ranker(counts: sparse.csr_matrix, split: Split) -> Ranker:
    """Return the product's text ranking, fitted on the seen items."""
    model = fit_text_model(sparse.csr_matrix(counts[~split.hidden]))
    vectors = model.vectors(counts)
    candidates = vectors.rows(np.flatnonzero(split.hidden))
    return lambda profile: text_scores(model, Taste(vectors.rows(profile)), candidates)


def evaluate(users: Sequence[Ints], split: Split, make_ranker: Callable[[], Ranker]) -> Scores:
    """Fit a ranker, then rank all hidden items for each user of the split and measure."""
    started = time.perf_counter()
    ranker = make_ranker()
    fitted = time.perf_counter()
    candidates = np.flatnonzero(split.hidden)
    measured, rank_s, rank_cpu_s = [], 0.0, 0.0
    for number in split.users:
        items = users[number]
        before, before_cpu = time.perf_counter(), time.process_time()
        order = best_first(ranker(items[~split.hidden[items]]))
        rank_s += time.perf_counter() - before
        rank_cpu_s += time.process_time() - before_cpu
        relevant = np.isin(candidates[order], items)
        total = int(np.sum(split.hidden[items]))
        measured.append((ndcg(relevant, total), recall(relevant, total)))
    table = np.asarray(measured)
    return Scores(table[:, 0], table[:, 1], fitted - started, rank_s, rank_cpu_s)


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Mean of a - b over users, with its percentile bootstrap interval."""

    mean: float
    low: float
    high: float


def paired_bootstrap(
    a: Floats, b: Floats, *, draws: int = 10_000, level: float = 0.95, seed: int = 0
) -> PairedDifference:
    """Resample users with replacement and return the mean difference with its percentile interval.

    Raises:
        ValueError: If the two are not paired (different lengths) or empty.
    """
    if len(a) != len(b) or len(a) == 0:
        raise ValueError(
            f"paired bootstrap needs two equal, non-empty rows; got {len(a)} and {len(b)}"
        )
    difference = a - b
    generator = np.random.default_rng(seed)
    # In chunks, so that the table of drawn users stays below 5 million numbers.
    chunk = max(1, min(draws, 5_000_000 // len(difference)))
    sizes = [chunk] * (draws // chunk) + ([draws % chunk] if draws % chunk else [])
    means = np.concatenate(
        [
            difference[generator.integers(0, len(difference), (size, len(difference)))].mean(axis=1)
            for size in sizes
        ]
    )
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return PairedDifference(float(difference.mean()), float(low), float(high))
