"""RIS that we write: other people's readers read it."""

from __future__ import annotations

import rispy
from exported_works import exported_work

from academichub.formats import ris_writer
from academichub.works.author import Author


def test_ris_is_read_by_rispy() -> None:
    told = exported_work(
        authors=(Author("Ludwig van Beethoven"), Author("王小明")),
        abstract="One\n\nTwo",
        kind="article",
    )
    entries = rispy.loads("".join(ris_writer.write([told, told])).replace("\r\n", "\n"))
    assert len(entries) == 2
    assert entries[0]["authors"] == ["van Beethoven, Ludwig", "王小明"]
    assert (entries[0]["title"], entries[0]["doi"], entries[0]["abstract"]) == (
        "A Title",
        "10.5555/abc_1",
        "One Two",
    )
    assert entries[0]["type_of_reference"] == "JOUR"
