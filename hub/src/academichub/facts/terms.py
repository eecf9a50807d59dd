"""The glossary of scientific terms in Chinese and English: facts/terms_zh_en.tsv. Pure data.

A query typed in one language is carried over to the other term by term: the longest term of the
glossary that begins at each place is taken. What the glossary lacks stays as it is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from academichub.text.simplified import simplified

MAX_TERM_CHARACTERS = 16
"""Longest Chinese term that is looked up."""


@cache
def english_of_terms() -> Mapping[str, tuple[str, ...]]:
    """Return simplified Chinese term -> its English forms, the most usual first."""
    lines = files("academichub.facts").joinpath("terms_zh_en.tsv").read_text("utf-8").splitlines()
    pairs = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return MappingProxyType({chinese: tuple(english.split("|")) for chinese, english in pairs})


def chinese_parts(run: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the terms of a run of Chinese text, each with its English forms.

    A character that begins no term comes alone, without English forms.

    Args:
        run: Chinese characters without blanks, in either script.
    """
    # The few terms with Latin letters have capitals (`X射线`).
    run, terms, start = simplified(run).upper(), english_of_terms(), 0
    while start < len(run):
        longest = min(MAX_TERM_CHARACTERS, len(run) - start)
        sizes = (size for size in range(longest, 0, -1) if run[start : start + size] in terms)
        size = next(sizes, 1)
        part = run[start : start + size]
        yield part, terms.get(part, ())
        start += size
