"""The works a brief may cite: those with a text to quote, and their numbers. Pure, no IO."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from academichub.briefs.brief import CitedWork
from academichub.briefs.terms import Terms, read_terms
from academichub.checker.check import Evidence
from academichub.text.sentences import split_sentences
from academichub.works.fields import field_of_category
from academichub.works.work import Work

MIN_TEXT_CHARS = 60
MAX_TEXT_CHARS = 12_000
"""Longer texts are cut at a sentence: an "abstract" of this length is the body of the work."""


@dataclass(frozen=True, slots=True)
class Source:
    """A work a brief may cite.

    Attributes:
        work: The work.
        label: Its label on cards.
        field: Its field id; empty where unknown.
        title: Its title, LaTeX made readable.
        text: Its text, LaTeX made readable and white space collapsed.
        terms: The terms of its title and text.
    """

    work: Work
    label: str
    field: str
    title: str
    text: str
    terms: Terms


def field_of(work: Work) -> str:
    """Return the field id of a work: from its first category that has one, else from its source."""
    for category in work.categories:
        if field_id := field_of_category(category):
            return field_id
    return work.field


def read_sources(works: Sequence[tuple[Work, str]]) -> list[Source]:
    """Return the labelled works that have a text to quote and are not withdrawn, in order."""
    sources = []
    for work, label in works:
        text = " ".join(work.readable_text.split())
        if work.withdrawn or len(text) < MIN_TEXT_CHARS:
            continue
        text = _cut(text)
        title = work.readable_title
        terms = read_terms(title, text)
        sources.append(Source(work, label, field_of(work), title, text, terms))
    return sources


def _cut(text: str) -> str:
    """Return a text, or its first sentences that fit into MAX_TEXT_CHARS."""
    if len(text) <= MAX_TEXT_CHARS:
        return text
    shortened = ""
    for sentence in split_sentences(text):
        if len(shortened) + len(sentence) > MAX_TEXT_CHARS:
            break
        shortened = f"{shortened} {sentence}".strip()
    return shortened or text[:MAX_TEXT_CHARS]


def uncovered(sources: Sequence[Source], taken: Sequence[int], limit: int) -> list[int]:
    """Return the positions of the best ranked work of each field that no taken work belongs to.

    They come in the radar's order, at most `limit` of them.
    """
    fields = {sources[position].field for position in taken}
    chosen: list[int] = []
    for position, source in enumerate(sources):
        if source.field not in fields and len(chosen) < limit:
            fields.add(source.field)
            chosen.append(position)
    return chosen


@dataclass(frozen=True, slots=True)
class NumberedWorks:
    """The works that sentences are drafted over.

    Attributes:
        sources: All works of the window, in the radar's order.
        numbers: Number of each work that may be cited, from 1, by its position in `sources`.
        works: These works, in the order of their numbers.
        texts: What sentences are checked against: the same works for the checker.
    """

    sources: Sequence[Source]
    numbers: Mapping[int, int]
    works: tuple[CitedWork, ...]
    texts: Sequence[Evidence]


def number_works(sources: Sequence[Source], citable: Iterable[int]) -> NumberedWorks:
    """Return the works at some positions, numbered in the order given; a repetition is ignored."""
    numbers = {position: number for number, position in enumerate(dict.fromkeys(citable), 1)}
    works = tuple(_cited_work(number, sources[position]) for position, number in numbers.items())
    texts = [Evidence(work.n, work.title, work.abstract) for work in works]
    return NumberedWorks(sources, numbers, works, texts)


def _cited_work(number: int, source: Source) -> CitedWork:
    work = source.work
    return CitedWork(
        n=number,
        key=work.key,
        title=source.title,
        abstract=source.text,
        url=work.url,
        authors=tuple(author.name for author in work.authors),
        label=source.label,
        field=source.field,
        date=work.published,
    )
