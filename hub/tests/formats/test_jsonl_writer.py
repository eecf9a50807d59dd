"""JSON lines that we write: the order of a line's fields. `test_jsonl` reads them back."""

from __future__ import annotations

from made_records import record

from academichub.formats.jsonl_writer import work_document
from academichub.library.merge import resolve


def test_an_exported_line_has_the_further_facts_last() -> None:
    told = resolve(
        [record(1, doi="10.5555/1", venue="Pebbles", published="2026-01-02", kind="article")]
    )[0].work
    line = work_document(told).json_object()
    assert [*line][9:] == ["withdrawn", "published", "updated", "kind", "venue", "url", "field"]
    assert line["versions"] == [{"version": 1, "date": "2026-01-05"}]
