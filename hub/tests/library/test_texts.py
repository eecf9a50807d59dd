"""Readable titles and abstracts: stored once, for old works too, whatever interrupts it."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from made_records import dump, record
from sqlalchemy import text

from academichub.errors import StorageError
from academichub.formats import jsonl_writer
from academichub.library import texts
from academichub.library.texts import convert_stored_works, stored_text
from academichub.library.works import Library
from academichub.store.database import Database, open_database
from academichub.text import latex
from academichub.works.work import Work

OLD_DATABASE = Path(__file__).parents[1] / "fixtures" / "library_466f080" / "hub.sqlite3.gz"

LATEX = record(1, title=r"$10^{-3}$ and Erd\H{o}s", abstract="Plain.")
PLAIN = record(2, title="A plain title", abstract=r"Of $\alpha$.")


def _shown(library: Library) -> list[tuple[str, str]]:
    return [(work.readable_title, work.readable_text) for work in library.all_works()]


EXPECTED = [("10⁻³ and Erdős", "Plain."), ("A plain title", "Of α.")]


def test_a_text_is_stored_where_it_reads_otherwise_than_it_is_written() -> None:
    assert stored_text("Plain") == "" and stored_text(r"$\alpha$") == "α"


def test_works_are_converted_when_they_are_stored(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([LATEX, PLAIN])
    monkeypatch.setattr(latex, "readable_latex", None)  # nothing is left to convert
    assert _shown(library) == EXPECTED
    assert [(work.title_text, work.abstract_text) for work in library.all_works()] == [
        ("10⁻³ and Erdős", ""), ("", "Of α."),
    ]  # fmt: skip


def test_exports_give_the_text_of_the_source(library: Library) -> None:
    library.add([LATEX])
    assert r'"$10^{-3}$ and Erd\\H{o}s"' in "".join(jsonl_writer.write(library.all_works()))


def test_the_readable_text_follows_the_title_that_wins(library: Library) -> None:
    library.add([LATEX])
    library.add([record(1, version=2, title=r"$\beta$ decay", abstract="Plain.")])
    assert _shown(library) == [("β decay", "Plain.")]


def test_an_older_library_is_converted_once(tmp_path: Path) -> None:
    path = tmp_path / "hub.sqlite3"
    path.write_bytes(gzip.decompress(OLD_DATABASE.read_bytes()))
    database = open_database(f"sqlite:///{path}")
    library = Library(database)
    before, shown = dump(library), _shown(library)
    assert {work.title_text for work in library.all_works()} == {None}
    assert "Gas in debris discs with α-rich grains" in {title for title, _ in shown}
    assert convert_stored_works(database) == 14
    assert convert_stored_works(database) == 0
    assert dump(library) == before and _shown(library) == shown  # readable before it was stored
    assert {work.title_text for work in library.all_works()} == {
        "",
        "Gas in debris discs with α-rich grains",
    }
    database.close()


def test_an_interrupted_conversion_goes_on_where_it_stopped(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add([record(n, title=rf"$\alpha_{n}$") for n in range(5)])
    with library.database.write() as connection:
        connection.execute(text("UPDATE works SET title_text = NULL, abstract_text = NULL"))
    monkeypatch.setattr(texts, "BATCH", 2)
    converted: list[str] = []

    def stopping(source: str) -> str:
        converted.append(source)
        if len(converted) == 7:  # the second text of the fourth work
            raise KeyboardInterrupt
        return stored_text(source)

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(texts, "stored_text", stopping)
        convert_stored_works(library.database)
    assert [work.title_text is None for work in library.all_works()] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert convert_stored_works(library.database) == 3
    assert [work.title_text for work in library.all_works()] == ["α₀", "α₁", "α₂", "α₃", "α₄"]


def test_a_library_that_cannot_be_written_is_read_as_it_is(
    library: Library, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    library.add([LATEX])
    with library.database.write() as connection:
        connection.execute(text("UPDATE works SET title_text = NULL"))

    def full(_database: Database) -> int:
        raise StorageError("the disk is full")

    monkeypatch.setattr(texts, "_convert_batch", full)
    assert convert_stored_works(library.database) == 0
    assert "the disk is full" in caplog.text
    assert _shown(library) == EXPECTED[:1]


def test_a_work_of_no_library_is_converted_when_it_is_shown() -> None:
    work = Work(id=0, key="a", identifiers=(), title=r"\'Etale", note=r"Our note")
    assert (work.readable_title, work.readable_text) == ("Étale", "Our note")
