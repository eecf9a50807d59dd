"""The works a brief may rest on: those of the radar's order with a text to quote, each with its field. Pure, no IO."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from academichub.briefs.terms import Terms, read_terms
from academichub.text.sentences import split_sentences
from academichub.works.fields import field_of_category
from academichub.works.work import Work

MIN_TEXT_CHARS = 60
MAX_TEXT_CHARS = 12_000
"""Longer texts are cut at a sentence: what calls itself an abstract and is longer is a body."""


@dataclass(frozen=True, slots=True)
class Source:
    """A work a brief may cite: its label on cards, its field, its text with white space folded, its terms."""

    work: Work
    label: str
    field: str
    text: str
    terms: Terms


def field_of(work: Work) -> str:
    """Return the field id of a work: that of its first category which has one, else the one its source implies."""
    for category in work.categories:
        if found := field_of_category(category):
            return found
    return work.field


def read_sources(works: Sequence[tuple[Work, str]]) -> list[Source]:
    """Return the works (with their labels) that have a text to quote and are not withdrawn, in order."""
    found = []
    for work, label in works:
        text = " ".join(work.text.split())
        if work.withdrawn or len(text) < MIN_TEXT_CHARS:
            continue
        text = _cut(text)
        found.append(Source(work, label, field_of(work), text, read_terms(work.title, text)))
    return found


def _cut(text: str) -> str:
    if len(text) <= MAX_TEXT_CHARS:
        return text
    kept = ""
    for sentence in split_sentences(text):
        if len(kept) + len(sentence) > MAX_TEXT_CHARS:
            break
        kept = f"{kept} {sentence}".strip()
    return kept or text[:MAX_TEXT_CHARS]


def uncovered(sources: Sequence[Source], taken: Sequence[int], limit: int) -> list[int]:
    """Return the best ranked work of each field that no taken work is of, in the radar's order, at most `limit`."""
    fields = {sources[place].field for place in taken}
    found: list[int] = []
    for place, one in enumerate(sources):
        if one.field not in fields and len(found) < limit:
            fields.add(one.field)
            found.append(place)
    return found
