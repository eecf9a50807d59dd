"""The library on a real database: the same works as the pure merge, whatever the batches, order and crashes."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from made_citations import PEOPLE
from made_records import DAYS, dump, record

from academichub.errors import NotFoundError
from academichub.library.merge import resolve
from academichub.library.works import Library, WorkFilter
from academichub.store import schema
from academichub.store.database import open_database
from academichub.works.identifiers import Identifier
from academichub.works.work import Record

POOL = [
    *(record(number, day) for number in range(1, 5) for day in DAYS[:2]),
    record(1, DAYS[2], version=2, doi="10.1000/a"),
    record(2, DAYS[2], doi="10.1000/a"),
    record(3, DAYS[2], doi="10.1000/b"),
    Record("crossref", "10.1000/a", (Identifier("doi", "10.1000/a"),), "Article A", venue="J"),
    Record(
        "crossref",
        "10.1000/b",
        (Identifier("doi", "10.1000/b"), Identifier("pmid", "7")),
        "Article B",
        venue="J",
    ),
    record(
        2,
        source="crossref",
        volume="7",
        isbn="978-3-16-148410-0",
        kind="chapter",
        citation_key="curie2026",
        authors=(*PEOPLE[:1], *PEOPLE[2:]),
        editors=PEOPLE[2:5],
    ),
    record(2, source="feed", volume="8", pages="11-19", editors=PEOPLE[:1], kind="book"),
    Record("bibtex", "x", (Identifier("pmid", "7"), Identifier("arxiv", "2601.00004")), "A bridge"),
]


@given(st.lists(st.sampled_from(POOL), min_size=1, max_size=14), st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@pytest.mark.slow
def test_the_stored_library_equals_the_pure_merge_for_any_order_and_batches(
    records: list[Record], data: st.DataObject
) -> None:
    database = open_database("sqlite://")
    try:
        library = Library(database)
        cut = data.draw(st.integers(0, len(records)))
        counts = [library.add(part) for part in (records[:cut], records[cut:])]
        expected = [one.work for one in resolve(list(dict.fromkeys(records)))]
        assert dump(library) == expected
        assert sum(one.read for one in counts) == len(records)
        assert all(one.read == one.added + one.merged for one in counts)
        library.add(records)
        assert dump(library) == expected
    finally:
        database.close()


def test_counts_tell_new_from_joined(library: Library) -> None:
    first = library.add([record(1), record(2), record(1)])
    assert (first.read, first.added, first.merged) == (3, 2, 1)
    second = library.add([record(2), record(3)])
    assert (second.read, second.added, second.merged) == (2, 1, 1)
    assert library.count() == 3


def test_any_identifier_finds_the_work(library: Library) -> None:
    library.add([record(1, doi="10.1000/a")])
    for name in (
        "doi:10.1000/a",
        "arxiv:2601.00001",
        "2601.00001v3",
        "https://arxiv.org/abs/2601.00001",
        "https://doi.org/10.1000/A",
        "10.48550/arXiv.2601.00001",
    ):
        work = library.get(name)
        assert work is not None, name
        assert work.key == "doi:10.1000/a"
    assert library.get("2601.00009") is None
    with pytest.raises(NotFoundError, match=r"2601\.00009"):
        library.require("2601.00009")


def test_by_keys_follows_a_key_that_grew_stronger(library: Library) -> None:
    library.add([record(1), record(2)])
    library.add([record(1, DAYS[1], doi="10.1000/a")])
    found = library.by_keys(["arxiv:2601.00001", "arxiv:2601.00002", "arxiv:2601.00099"])
    assert {key: work.key for key, work in found.items()} == {
        "arxiv:2601.00001": "doi:10.1000/a",
        "arxiv:2601.00002": "arxiv:2601.00002",
    }


def test_selection_by_day_author_category_source_and_type(library: Library) -> None:
    library.add(
        [
            record(1),
            record(2, DAYS[1]),
            record(3, DAYS[2], version=2),
            record(4, DAYS[2], source="feed"),
        ]
    )

    def titles(**where: object) -> list[str]:
        return [work.title for work in library.select(WorkFilter(**where))]

    assert titles(first=DAYS[1], last=DAYS[1]) == ["Title 2"]
    assert titles(first=DAYS[0], last=DAYS[2]) == ["Title 3", "Title 4", "Title 2", "Title 1"]
    assert titles(authors=("ada b curie",)) == ["Title 3", "Title 4", "Title 2", "Title 1"]
    assert titles(authors=("Person 2", "Ada B. Curie")) == ["Title 2"]
    assert titles(categories=("math",)) == ["Title 3", "Title 1"]
    assert titles(categories=("q-bio.NC",), first=DAYS[2]) == ["Title 4"]
    assert titles(sources=("feed",)) == ["Title 4"]
    assert titles(types=("replace",)) == ["Title 3"]
    assert titles(categories=("ma",)) == []
    assert library.last_day() == DAYS[2]
    assert library.days("2026-02-01") == [(DAYS[2], 2), (DAYS[1], 1), (DAYS[0], 1)]


def test_history_keeps_the_raw_records(library: Library) -> None:
    library.add([record(1), record(1, DAYS[2], version=2, raw="<entry>later</entry>")])
    history = library.history("arxiv:2601.00001")
    assert [one.record.raw for one in history] == ["<entry>1</entry>", "<entry>later</entry>"]
    assert all(len(one.hash) == 32 for one in history)


def test_a_failing_batch_leaves_the_batches_before_it(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("academichub.library.upsert.BATCH", 2)

    def records() -> object:
        yield from (record(1), record(2), record(3))
        raise RuntimeError("the source broke")

    with pytest.raises(RuntimeError):
        library.add(records())
    assert library.count() == 2
    with library.database.read() as connection:
        assert connection.execute(schema.records.select()).rowcount in (-1, 2)


WRITER = """
    import sys
    sys.path.insert(0, sys.argv[2])
    from made_records import record, DAYS
    from academichub.store.database import open_database
    from academichub.library.works import Library
    import academichub.library.upsert as writing
    writing.BATCH = 7
    library = Library(open_database(sys.argv[1]))
    print("ready", flush=True)
    library.add(record(n, day, version=v) for v, day in enumerate(DAYS, 1) for n in range(1, 120))
"""


@pytest.mark.slow
def test_killed_at_random_moments_and_run_again_gives_the_same_library(tmp_path: Path) -> None:
    undisturbed = Library(open_database("sqlite://"))
    undisturbed.add(
        record(n, day, version=v) for v, day in enumerate(DAYS, 1) for n in range(1, 120)
    )
    url = f"sqlite:///{tmp_path / 'killed.sqlite3'}"
    command = [
        sys.executable,
        "-c",
        textwrap.dedent(WRITER),
        url,
        str(Path(__file__).parents[1] / "support"),
    ]
    rng, kills = random.Random(7), 0
    for _ in range(4):
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(rng.uniform(0.0, 0.25))
            kills += process.poll() is None
            process.send_signal(signal.SIGKILL)
    assert kills >= 2
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    library = Library(open_database(url))
    assert dump(library) == dump(undisturbed)
    library.database.close()
    undisturbed.database.close()
