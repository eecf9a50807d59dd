"""Tokens worked out in a second process are the same, and nothing depends on that process living."""

from __future__ import annotations

import os

import pytest
from made_records import dump, record

from academichub.index import parallel_tokens
from academichub.index.parallel_tokens import ParallelTokeniser, tokens_of
from academichub.library.works import Library
from academichub.store.database import open_database

TEXTS = [
    (
        "Diffusion models",
        "Score-based sampling of Schrödinger bridges.",
        "Ada B. Curie ; José Núñez",
        "J. Things",
    ),
    ("检索增强生成", "大语言模型的推理能力", "李 明", ""),
    ("", "", "", ""),
    (
        "$O(n^2)$ bounds",
        r"A \emph{tight} bound of $10^{-3}$, half \ud800 of a pair",
        "A. N. Other",
        "x",
    ),
]

pytestmark = pytest.mark.skipif(
    (os.cpu_count() or 1) < 2, reason="on one core nothing is tokenised in a second process"
)


def test_the_tokens_are_the_same_batch_after_batch() -> None:
    with ParallelTokeniser() as tokeniser:
        for batch in (TEXTS, TEXTS[:1], [], TEXTS * 300):
            tokeniser.ask(batch)
            assert tokeniser.answers() == {texts: tokens_of(texts) for texts in batch}
        assert tokeniser.answers() == {}


def test_answers_nobody_took_are_dropped() -> None:
    with ParallelTokeniser() as tokeniser:
        tokeniser.ask(TEXTS[:2])
        tokeniser.ask(TEXTS[2:])
        assert set(tokeniser.answers()) == set(TEXTS[2:])


def test_a_process_that_dies_is_done_without() -> None:
    with ParallelTokeniser() as tokeniser:
        tokeniser.ask(TEXTS)
        assert tokeniser.answers()
        assert tokeniser._child is not None
        tokeniser._child.kill()
        tokeniser._child.wait()
        tokeniser.ask(TEXTS * 500)
        assert tokeniser.answers() == {}
        tokeniser.ask(TEXTS)
        assert tokeniser.answers() == {}


def test_a_process_that_cannot_be_started_is_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OSError("no more processes")

    monkeypatch.setattr(parallel_tokens, "_start", refuse)
    with ParallelTokeniser() as tokeniser:
        tokeniser.ask(TEXTS)
        assert tokeniser.answers() == {}


def test_an_import_in_large_batches_gives_the_same_library_and_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    records = [record(n, abstract=f"Sampling number {n} of bridges") for n in range(1, 31)]
    found = []
    for batch in (10, 1000):
        monkeypatch.setattr("academichub.library.upsert.BATCH", batch)
        library = Library(open_database("sqlite://"))
        library.add(records)
        with library.database.read() as connection:
            index = connection.exec_driver_sql(
                "SELECT * FROM work_tokens ORDER BY rowid"
            ).fetchall()
        found.append((dump(library), [tuple(row) for row in index]))
        library.database.close()
    assert found[0] == found[1]
