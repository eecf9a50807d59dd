"""OPML that we write: our reader reads the same feeds and folders back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from academichub.formats import opml, opml_writer
from academichub.formats.protocol import FileFeed

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=10)


@given(
    st.lists(
        st.tuples(NAMES, st.integers(0, 99), st.lists(NAMES.filter(str.strip), max_size=3)),
        max_size=6,
    )
)
def test_opml_comes_back_through_our_reader(rows: list[tuple[str, int, list[str]]]) -> None:
    feeds = [
        FileFeed(" ".join(title.split()) or f"https://example.org/{n}?a=1&b={m}", f"https://example.org/{n}?a=1&b={m}", "", tuple(" ".join(one.split()) for one in folder))
        for n, (title, m, folder) in enumerate(rows)
    ]  # fmt: skip
    read = opml.parse(opml_writer.write(feeds)).feeds
    assert sorted(read, key=lambda one: one.url) == sorted(feeds, key=lambda one: one.url)
