"""Texts as word counts: the vocabulary of the text model. Pure; tokens come from index/tokens.py, as in search."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from scipy import sparse

from academichub.index.tokens import STOP_WORDS, pieces, stream

MAX_WORDS = 50_000
"""Words of a vocabulary: the most frequent ones."""

MAX_TEXT_CHARS = 20_000
"""Characters of a work that count; an abstract has about 1,500."""

TITLE_WEIGHT = 2
"""How often a title's word counts: a title is the shortest summary there is."""

COMMON_SHARE = 0.5
"""Words in a larger share of the works say nothing."""

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
    """The words a model knows; the place of a word is its column."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self._columns: Mapping[str, int] = {word: column for column, word in enumerate(self.words)}

    def __len__(self) -> int:
        return len(self.words)

    def counts(self, bags: Sequence[Mapping[str, int]]) -> sparse.csr_matrix:
        """Return counts as a matrix, a row a bag; words that are not known are left out."""
        columns: list[int] = []
        values: list[int] = []
        ends = [0]
        for one in bags:
            known = sorted(
                (self._columns[word], number)
                for word, number in one.items()
                if word in self._columns
            )
            columns.extend(column for column, _ in known)
            values.extend(number for _, number in known)
            ends.append(len(columns))
        table = (
            np.asarray(values, dtype=np.float32),
            np.asarray(columns, dtype=np.int32),
            np.asarray(ends),
        )
        return sparse.csr_matrix(table, shape=(len(bags), len(self)))


def fit_vocabulary(bags: Sequence[Mapping[str, int]]) -> Vocabulary:
    """Choose the words of a library.

    Words of one work only are left out where there are 200 works or more, words of more than COMMON_SHARE of the works
    where there are 50 or more; at most MAX_WORDS are kept, the most frequent first.
    """
    frequency: Counter[str] = Counter()
    for one in bags:
        frequency.update(one.keys())
    least = 2 if len(bags) >= 200 else 1
    most = COMMON_SHARE * len(bags) if len(bags) >= 50 else len(bags)
    kept = [(-number, word) for word, number in frequency.items() if least <= number <= most]
    return Vocabulary([word for _, word in sorted(kept)[:MAX_WORDS]])


def written_forms(words: Iterable[str], text: str) -> dict[str, str]:
    """Return token -> how a text itself writes it: the most frequent form, a capital at the beginning left out.

    Tokens are stems; a reader is shown words, hyphenated ones whole.
    """
    wanted = set(words)
    forms: dict[str, Counter[str]] = {}
    for piece in pieces(text[:MAX_TEXT_CHARS]):
        for token in wanted.intersection(piece.tokens):
            forms.setdefault(token, Counter())[text[piece.start : piece.end]] += 1
    found = {}
    for token, counted in forms.items():
        best = max(counted.items(), key=lambda pair: (pair[1], pair[0].islower(), pair[0]))[0]
        found[token] = best if best[1:] != best[1:].lower() else best.lower()
    return {word: found.get(word, word) for word in words}
