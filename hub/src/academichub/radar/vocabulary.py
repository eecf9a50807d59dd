"""Texts as word counts: the vocabulary of the text model. Pure.

Tokens come from index/tokens.py, as in search.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy import sparse

from academichub.index.tokens import STOP_WORDS, pieces, stream

MAX_WORDS = 50_000
"""Size of the largest vocabulary: the most frequent words."""

MAX_TEXT_CHARS = 20_000
"""Characters of a text that are read; an abstract has about 1,500."""

TITLE_WEIGHT = 2
"""How often a word of the title counts: a title is the shortest summary of a work."""

COMMON_SHARE = 0.5
"""Words in a larger share of the works do not tell works apart."""

_STOPPED = frozenset(token for word in STOP_WORDS for token in stream(word))


def bag(title: str, text: str) -> Counter[str]:
    """Return the counted tokens of a work: no stop words, no numbers, no single letters."""
    counted: Counter[str] = Counter()
    for part, weight in ((title, TITLE_WEIGHT), (text, 1)):
        for token, number in Counter(stream(part[:MAX_TEXT_CHARS])).items():
            if len(token) > 1 and token not in _STOPPED and not token[0].isdigit():
                counted[token] += weight * number
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

    Words that occur in a single work are left out if there are 200 works or more, and words in more
    than COMMON_SHARE of the works if there are 50 or more. Of the rest, the MAX_WORDS most frequent
    are used.
    """
    frequency: Counter[str] = Counter()
    for word_counts in bags:
        frequency.update(word_counts.keys())
    least = 2 if len(bags) >= 200 else 1
    most = COMMON_SHARE * len(bags) if len(bags) >= 50 else len(bags)
    frequent = [(-number, word) for word, number in frequency.items() if least <= number <= most]
    return Vocabulary([word for _, word in sorted(frequent)[:MAX_WORDS]])


def written_forms(words: Iterable[str], text: str) -> dict[str, str]:
    """Return token -> its most frequent form in a text, without a capital at the beginning.

    Tokens are stems, whereas a reader is shown words, hyphenated ones whole.

    Args:
        words: Tokens; one that the text lacks is returned as it is.
        text: The text.
    """
    tokens = set(words)
    forms: dict[str, Counter[str]] = {}
    for piece in pieces(text[:MAX_TEXT_CHARS]):
        for token in tokens.intersection(piece.tokens):
            forms.setdefault(token, Counter())[text[piece.start : piece.end]] += 1
    form_of = {}
    for token, counted in forms.items():
        best = max(counted.items(), key=lambda pair: (pair[1], pair[0].islower(), pair[0]))[0]
        # Capitals after the first letter belong to a name (`LaTeX`), which is shown as written.
        form_of[token] = best if best[1:] != best[1:].lower() else best.lower()
    return {word: form_of.get(word, word) for word in words}
