"""Texts as word counts: the vocabulary of the text model. Pure.

Tokens come from index/tokens.py, as in search.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise

import numpy as np
from scipy import sparse

from academichub.index.positions import places_of, singular_acronyms
from academichub.index.tokens import STOP_WORDS, pieces, stream

MAX_WORDS = 50_000
"""Size of the largest vocabulary: the most frequent words."""

MAX_TEXT_CHARS = 20_000
"""Characters of a text that are read; an abstract has about 1,500."""

COMMON_SHARE = 0.5
"""Words in a larger share of the works do not tell works apart."""

_SENTENCE_END = re.compile(r"[.!?;:]\s|[。！？；]")


def bag(title: str, text: str) -> Counter[str]:
    """Return the counted words of a work, and its pairs of neighbours: `world`, `world model`.

    Stop words, numbers and single letters are left out. `real-world model` has the pair `real
    world`, but not `world model`.
    """
    counted: Counter[str] = Counter()
    for part in (title, text):
        places = places_of(part)
        telling = {
            position: token
            for position, token in places.tokens.items()
            if len(token) > 1 and not token[0].isdigit()
        }
        counted.update(telling.values())
        # Places have gaps between sentences, so that no pair reaches over one's end.
        counted.update(
            f"{token} {telling[position + 1]}"
            for position, token in telling.items()
            if position + 1 in telling and not places.ends_compound(position)
        )
    return counted


class Vocabulary:
    """The words of a model; the position of a word is its column."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._columns: Mapping[str, int] = {word: column for column, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def counts(self, bags: Sequence[Mapping[str, int]]) -> sparse.csr_matrix:
        """Return counts as a matrix with a row for each bag; other words are left out."""
        columns: list[int] = []
        values: list[int] = []
        ends = [0]
        for word_counts in bags:
            columns_and_counts = sorted(
                (self._columns[word], number)
                for word, number in word_counts.items()
                if word in self._columns
            )
            columns.extend(column for column, _ in columns_and_counts)
            values.extend(number for _, number in columns_and_counts)
            ends.append(len(columns))
        table = (
            np.asarray(values, dtype=np.float32),
            np.asarray(columns, dtype=np.int32),
            np.asarray(ends),
        )
        return sparse.csr_matrix(table, shape=(len(bags), len(self)))


def fit_vocabulary(bags: Sequence[Mapping[str, int]]) -> Vocabulary:
    """Choose the words of a library.

    Words in more than COMMON_SHARE of the works are left out if there are 50 or more. Of the rest,
    the MAX_WORDS most frequent are used.
    """
    frequency: Counter[str] = Counter()
    for word_counts in bags:
        frequency.update(word_counts.keys())
    most = COMMON_SHARE * len(bags) if len(bags) >= 50 else len(bags)
    frequent = [(-number, word) for word, number in frequency.items() if number <= most]
    return Vocabulary([word for _, word in sorted(frequent)[:MAX_WORDS]])


def written_forms(words: Iterable[str], text: str) -> dict[str, str]:
    """Return word or pair -> its most frequent form in a text, without a capital at the beginning.

    Tokens are stems, whereas a reader is shown words, hyphenated ones whole.

    Args:
        words: Words and pairs of neighbours; those that the text lacks are left out.
        text: The text.
    """
    requested = set(words)
    forms: dict[str, Counter[str]] = {}
    for name, form in _named_forms(text[:MAX_TEXT_CHARS]):
        if name in requested:
            forms.setdefault(name, Counter())[form] += 1
    return {word: _uncapitalised(_most_frequent(counted)) for word, counted in forms.items()}


def _named_forms(text: str) -> Iterator[tuple[str, str]]:
    """Yield each word and each pair of neighbours: as the vocabulary has it, and as written."""
    last_token, start = "", 0
    for piece in pieces(text):
        written = text[piece.start : piece.end]
        tokens = [] if written.lower() in STOP_WORDS else stream(singular_acronyms(written))
        if not tokens:
            continue
        for token in tokens:
            yield token, written
        for first, second in pairwise(tokens):
            yield f"{first} {second}", written
        # Neighbours with a stop word between them are a pair, the ends of two sentences are none.
        pair = text[start : piece.end]
        if last_token and not _SENTENCE_END.search(pair):
            yield f"{last_token} {tokens[0]}", pair
        last_token, start = tokens[-1], piece.start


def _most_frequent(counted: Counter[str]) -> str:
    return max(counted.items(), key=lambda pair: (pair[1], pair[0].islower(), pair[0]))[0]


def _uncapitalised(form: str) -> str:
    """Return a form without a capital at the beginning of its words; names stay as written."""
    # Capitals after the first letter belong to a name (`LaTeX`), which is shown as written.
    return " ".join(word if word[1:] != word[1:].lower() else word.lower() for word in form.split())
