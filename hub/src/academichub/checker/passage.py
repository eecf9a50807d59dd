"""A text prepared for the checker: folded, split, stemmed, its numbers and names read. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from academichub.checker.entity_check import NameIndex, index_names
from academichub.checker.number_check import Numbered
from academichub.checker.quantities import read_quantities
from academichub.checker.word_weights import fold, is_content, tokens
from academichub.text.sentences import split_sentences


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence, or a work's title and abstract, prepared for comparison.

    Attributes:
        numbered: Folded text, its words and numbers.
        names: The names it contains, and the words that could spell one out.
        stems: Content stems of the whole text.
        title: Content stems of the title.
        windows: Content stems, in order, of every run of one, two and three sentences; the title
            counts as a sentence.
        pairs: Ordered pairs of content stems at most two apart within a sentence.
    """

    numbered: Numbered
    names: NameIndex
    stems: frozenset[str]
    title: frozenset[str]
    windows: tuple[tuple[str, ...], ...]
    pairs: frozenset[tuple[str, str]]


@lru_cache(maxsize=2048)
def read_passage(title: str, text: str) -> Passage:
    """Return a title and a text prepared for comparison."""
    folded_title = fold(title)
    rows = [content_stems(folded_title)] if title else []
    sentences = [fold(sentence) for sentence in split_sentences(text)]
    rows += [content_stems(sentence) for sentence in sentences]
    # The title gets a full stop, so that no phrase runs on from it into the abstract.
    folded = ". ".join(part for part in (folded_title.rstrip("."), " ".join(sentences)) if part)
    windows = tuple(
        tuple(word for row in rows[i : i + size] for word in row)
        for size in (1, 2, 3)
        for i in range(len(rows) - size + 1)
    )
    return Passage(
        numbered=read_numbered(folded),
        names=index_names(folded),
        stems=frozenset(word for row in rows for word in row),
        title=frozenset(rows[0]) if title else frozenset(),
        windows=windows or ((),),
        pairs=frozenset(pair for row in rows for pair in near_pairs(row)),
    )


def read_numbered(folded: str) -> Numbered:
    """Return a folded text with its words and numbers."""
    return Numbered(folded, tuple(tokens(folded)), tuple(read_quantities(folded)))


def content_stems(folded: str) -> tuple[str, ...]:
    """Return the stems of the words of a folded text that carry meaning, in order."""
    return tuple(token.stem for token in tokens(folded) if is_content(token))


def near_pairs(stems: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the ordered pairs of stems that are at most two apart (skip-bigrams)."""
    return [
        (stems[i], stems[j]) for i in range(len(stems)) for j in (i + 1, i + 2) if j < len(stems)
    ]
