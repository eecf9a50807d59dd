"""Records of feed entries: the heading before an abstract is not part of it."""

from __future__ import annotations

import pytest

from academichub.sources.feeds.entries import Document, Entry
from academichub.sources.feeds.records import record_of


@pytest.mark.parametrize(
    ("text", "abstract"),
    [
        (
            "Abstract We show that lamps attract moths at night, and why.",
            "We show that lamps attract moths at night, and why.",
        ),
        (
            "<b>ABSTRACT</b>We show that lamps attract moths at night, and why.",
            "We show that lamps attract moths at night, and why.",
        ),
        ("Summary: lamps attract moths at night, always.", "lamps attract moths at night, always."),
        ("摘要灯光吸引飞蛾的机制研究。", "灯光吸引飞蛾的机制研究。"),
        ("Abstract algebra describes moths and lamps.", None),
        ("Summaries of lamps and moths are short.", None),
        ("Abstracts of the meeting on lamps and moths.", None),
    ],
)
def test_the_heading_of_an_abstract_is_left_out(text: str, abstract: str | None) -> None:
    entry = Entry(guid="1", links=["https://a.example/1"], title="A title", texts=[text])
    record = record_of(entry, Document(), title="J", field="", url="", shared=())
    assert record.abstract == (abstract or text)
