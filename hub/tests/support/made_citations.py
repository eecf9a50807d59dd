"""Strategies for what a citation needs: names in parts, editors, and the texts of Record and Work."""

from __future__ import annotations

from hypothesis import strategies as st

from academichub.works.author import Author, NameParts
from academichub.works.work import CITATION_TEXTS

PEOPLE = (
    Author("Ludwig van Beethoven", parts=NameParts("Beethoven", "Ludwig", "van")),
    Author("Ludwig van Beethoven"),
    Author("Ray Sample, III", "0000-0002-1825-0097", NameParts("Sample", "Ray", suffix="III")),
    Author("李明", parts=NameParts("李", "明")),
    Author("The Pebble Collaboration", parts=NameParts(literal="The Pebble Collaboration")),
    Author("Ada B. Curie"),
)


def people() -> st.SearchStrategy[tuple[Author, ...]]:
    """Lists of authors or editors, each name once, with and without parts."""
    return st.lists(st.sampled_from(PEOPLE), max_size=3, unique_by=lambda one: one.name).map(tuple)


@st.composite
def citations(draw: st.DrawFn) -> dict[str, object]:
    """Fields of a Record: a few texts that citations print, and editors."""
    texts = st.dictionaries(
        st.sampled_from(CITATION_TEXTS), st.sampled_from(["7", "11–19", "卷二"])
    )
    return {**draw(texts), "editors": draw(people())}
