"""The glossary of scientific terms in Chinese and English: facts/terms_zh_en.tsv. Pure data.

A query typed in one language is carried over to the other term by term: the longest term of the
glossary that begins at each place is taken. What the glossary lacks stays as it is written. A term
may be written with the words of Taiwan (facts/words_of_taiwan.tsv): `神經網路` is 神经网络.
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
    rows = _rows("terms_zh_en.tsv")
    return MappingProxyType({chinese: tuple(english.split("|")) for chinese, english in rows})


@cache
def words_of_taiwan() -> Mapping[str, str]:
    """Return word as Taiwan writes it, in simplified characters -> the glossary's word for it."""
    return MappingProxyType(dict(_rows("words_of_taiwan.tsv")))


def chinese_parts(run: str) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield the terms of a run of Chinese text, each with its English forms.

    A term comes as the glossary writes it. A character that begins no term comes alone, without
    English forms.

    Args:
        run: Chinese characters without blanks, in either script.
    """
    # The few terms with Latin letters have capitals (`X射线`).
    run, terms, english, start = simplified(run).upper(), _terms_by_form(), english_of_terms(), 0
    while start < len(run):
        longest = min(MAX_TERM_CHARACTERS, len(run) - start)
        sizes = (size for size in range(longest, 0, -1) if run[start : start + size] in terms)
        size = next(sizes, 1)
        part = run[start : start + size]
        term = terms.get(part, part)
        yield term, english.get(term, ())
        start += size


def _rows(name: str) -> Iterator[list[str]]:
    lines = files("academichub.facts").joinpath(name).read_text("utf-8").splitlines()
    return (line.split("\t") for line in lines if line and not line.startswith("#"))


@cache
def _terms_by_form() -> Mapping[str, str]:
    """Return each form in which a term may be written -> the term; a term is a form of its own."""
    of_taiwan: dict[str, list[str]] = {}
    for taiwanese, word in words_of_taiwan().items():
        of_taiwan.setdefault(word, []).append(taiwanese)
    terms = {term: term for term in english_of_terms()}
    for term in english_of_terms():
        words = {word: forms for word, forms in of_taiwan.items() if word in term}
        for form in _forms(term, words):
            terms.setdefault(form, term)
    return terms


def _forms(term: str, of_taiwan: Mapping[str, Sequence[str]]) -> list[str]:
    """Return a term with each of its words as it is, or as in Taiwan."""
    if not any(word in term for word in of_taiwan):
        return [term]
    forms = [term[0] + rest for rest in _forms(term[1:], of_taiwan)]
    for word, taiwanese in of_taiwan.items():
        if term.startswith(word):
            rests = _forms(term[len(word) :], of_taiwan)
            forms += [form + rest for form in taiwanese for rest in rests]
    return forms
