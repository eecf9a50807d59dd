"""Evaluation of the order on judged readers: papers, examples, and the grades a reader gave others.

The order is the product's own line-up of all papers for the first K examples of a reader. It is
judged by the weighted Kendall loss over the pairs of papers with different grades: of the sum of
the differences in grade, the share that lies in pairs of the wrong order (0 best, .5 chance).
Source: Stelmakh et al. 2023, arXiv 2303.16750.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from academichub.errors import InputError
from academichub.radar.line_files import numbered_lines
from academichub.radar.lineup import Candidate, Meanings, line_up
from academichub.radar.model_store import LibraryModel, fit_library_model
from academichub.radar.profile import Profile
from academichub.works.identifiers import Identifier
from academichub.works.work import Work

MAX_LINES = 1_000_000
MAX_LINE_CHARS = 4_000_000

DAY = "2000-01-01"
"""The papers have no announcements; the day the order is made for does not matter."""

Order = Callable[[Sequence[Work]], Sequence[str]]
"""Examples -> the keys of all other papers, best first."""


@dataclass(frozen=True, slots=True)
class JudgedReader:
    """A reader of the evaluation.

    Attributes:
        id: Name in the file.
        examples: Keys of the works that are the signals, in the order they are given.
        grades: Key of a judged work -> its grade; more is better.
    """

    id: str
    examples: tuple[str, ...]
    grades: Mapping[str, float]


def read_papers(path: Path) -> list[Work]:
    """Read papers, JSON lines `{"id", "title", "abstract"}` (plain or gzip), as works.

    Raises:
        InputError: If a line is not of this form, or an id comes twice.
    """
    works: dict[str, Work] = {}
    for number, line in _lines(path):
        name, title, abstract = (line.get(field) for field in ("id", "title", "abstract"))
        if not isinstance(name, str) or not name or not isinstance(title, str):
            raise InputError(f'{path}:{number}: expected "id" and "title" as texts')
        if not isinstance(abstract, str | None):
            raise InputError(f'{path}:{number}: "abstract" must be a text or null')
        identifier = _identifier(name)
        if identifier.key in works:
            raise InputError(f"{path}:{number}: the id {name!r} comes twice")
        works[identifier.key] = Work(
            number, identifier.key, (identifier,), title, abstract=abstract or ""
        )
    if not works:
        raise InputError(f"{path} holds no papers")
    return list(works.values())


def read_readers(path: Path, papers: Sequence[Work]) -> list[JudgedReader]:
    """Read readers, JSON lines `{"id", "examples": [id...], "judged": {id: grade}}`.

    Raises:
        InputError: If a line is not of this form, or names a paper that is not there.
    """
    keys = {work.key for work in papers}
    readers = []
    for number, line in _lines(path):
        try:
            name = str(line["id"])
            examples = tuple(_identifier(paper).key for paper in line["examples"])
            grades = {
                _identifier(paper).key: _grade(grade) for paper, grade in line["judged"].items()
            }
        except (KeyError, TypeError, ValueError, AttributeError) as problem:
            raise InputError(
                f'{path}:{number}: expected {{"id", "examples": [id...], "judged": {{id: grade}}}}'
            ) from problem
        missing = next((key for key in (*examples, *grades) if key not in keys), None)
        if missing is not None:
            raise InputError(f"{path}:{number}: no paper has the id {missing!r}")
        readers.append(JudgedReader(name, examples, grades))
    if not readers:
        raise InputError(f"{path} holds no readers")
    return readers


def product_order(papers: Sequence[Work], meanings: Meanings | None = None) -> Order:
    """Return the product's order of papers for the examples of a reader."""
    model: LibraryModel | None = fit_library_model(
        [(work.title, work.text) for work in papers], len(papers)
    )

    def order(examples: Sequence[Work]) -> list[str]:
        given = {work.key for work in examples}
        candidates = [Candidate(work, None) for work in papers if work.key not in given]
        profile = Profile(liked=tuple((work, "example", 1.0) for work in examples))
        line = line_up(candidates, profile, model, DAY, meanings)
        return [candidate.work.key for candidate in line.candidates]

    return order


def mean_loss(
    papers: Sequence[Work], readers: Sequence[JudgedReader], order: Order, num_examples: int | None
) -> float:
    """Return the weighted Kendall loss over the pairs of all readers together.

    Args:
        papers: The papers.
        readers: Who judged some of them.
        order: How papers are put into order for a reader.
        num_examples: Examples that are the signals, the first ones; all if None.
    """
    work_of = {work.key: work for work in papers}
    wrong = total = 0.0
    for reader in readers:
        examples = [work_of[key] for key in reader.examples[:num_examples]]
        place_of = {key: place for place, key in enumerate(order(examples))}
        reader_wrong, reader_total = kendall_loss(place_of, reader.grades)
        wrong, total = wrong + reader_wrong, total + reader_total
    if not total:
        raise InputError(
            "no reader has judged two papers differently: there are no pairs to compare"
        )
    return wrong / total


def kendall_loss(place_of: Mapping[str, int], grades: Mapping[str, float]) -> tuple[float, float]:
    """Return the differences in grade in pairs of the wrong order, and those in all pairs.

    Args:
        place_of: Key -> place in the order; papers not in it (examples of the reader) are left out.
        grades: Key of a judged paper -> grade.
    """
    judged = [key for key in grades if key in place_of]
    wrong = total = 0.0
    for first, second in combinations(judged, 2):
        difference = grades[first] - grades[second]
        total += abs(difference)
        # The better one should have the smaller place.
        if difference * (place_of[first] - place_of[second]) > 0:
            wrong += abs(difference)
    return wrong, total


def _identifier(paper: Any) -> Identifier:
    if not isinstance(paper, str):
        raise TypeError(f"an id must be a text, not {paper!r}")
    return Identifier("local", paper)


def _grade(grade: Any) -> float:
    number = float(grade)
    if not math.isfinite(number):
        raise ValueError(f"a grade must be a finite number, not {grade!r}")
    return number


def _lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield the numbered objects of a JSON-lines file, plain or gzip.

    Raises:
        InputError: If it cannot be read, is over a limit, or a line is no JSON object.
    """
    lines = numbered_lines(path, "utf-8", max_lines=MAX_LINES, max_chars=MAX_LINE_CHARS)
    for number, text in lines:
        if text.isspace():
            continue
        try:
            line = json.loads(text)
        except (ValueError, RecursionError) as problem:
            raise InputError(f"{path} cannot be read: {problem}") from problem
        if not isinstance(line, dict):
            raise InputError(f"{path}:{number}: expected a JSON object")
        yield number, line
