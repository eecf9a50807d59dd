"""What one unforeseen exception costs a gather: its own row, and the one record at fault."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest
from made_records import record
from scripted_client import ScriptedClient, source_error

from academichub.errors import CancelledError, StorageError
from academichub.faults import MAX_TRACEBACKS
from academichub.gathering.asker import Asker
from academichub.gathering.last_guard import last_guard, merge, note_faults
from academichub.hub import Hub, open_hub
from academichub.library.ledger import Entry
from academichub.library.works import Library
from academichub.messages import Message, plain
from academichub.works.work import Record

SOURCE = "arxiv_oai"


@pytest.fixture
def hub() -> Iterator[Hub]:
    opened = open_hub()
    yield opened
    opened.close()


@pytest.fixture
def asker(hub: Hub) -> Asker:
    return Asker(hub, ScriptedClient())


def rows(asker: Asker) -> list[tuple[str, str, str]]:
    """Return window, status and failure of each row of the ledger."""
    return [(row.window, row.status, row.failure) for row in asker.ledger.entries()]


def test_a_fault_closes_the_rows_opened_inside_and_those_given_alone(asker: Asker) -> None:
    asker.open(SOURCE, "outside")
    given_row = asker.open(SOURCE, "given")
    with last_guard(asker, SOURCE, "window", given_row):
        asker.open(SOURCE, "inside")
        raise ZeroDivisionError
    assert rows(asker)[1:] == [("given", "failed", "our_fault"), ("inside", "failed", "our_fault")]
    assert [row.window for row in asker.open_rows.values()] == ["outside"]


def test_a_fault_before_any_row_opens_one_under_the_best_day(asker: Asker) -> None:
    asker.saw_day("2026-06-24")
    with last_guard(asker, SOURCE, "window"):
        raise ZeroDivisionError
    (row,) = asker.ledger.entries()
    assert (row.window, row.day, row.status) == ("window", "2026-06-24", "failed")
    activity = Message.of("fault.gathering", window="window")
    fault = Message.of("fault.logged", exception="ZeroDivisionError", activity=activity)
    assert row.messages[-1].params["why"] == fault


def test_a_row_closed_inside_stays_as_it_was_closed(asker: Asker) -> None:
    with last_guard(asker, SOURCE, "window"):
        asker.close(asker.open(SOURCE, "done"))
        raise ZeroDivisionError
    assert rows(asker) == [("done", "ok", ""), ("window", "failed", "our_fault")]


def test_a_failure_of_the_source_is_filed_as_such(asker: Asker) -> None:
    with last_guard(asker, SOURCE, "window"):
        raise source_error("truncated")
    (row,) = asker.ledger.entries()
    assert row.failure == "truncated"
    assert row.messages[-1].params["why"] == plain("truncated")


@pytest.mark.parametrize("ending", [CancelledError(), StorageError(), BrokenPipeError()])
def test_what_ends_the_gather_passes_the_guard(asker: Asker, ending: Exception) -> None:
    with pytest.raises(type(ending)), last_guard(asker, SOURCE, "window"):
        raise ending
    assert asker.ledger.entries() == []


def test_faults_are_counted_and_the_first_is_named() -> None:
    entry = Entry(SOURCE, "window")
    note_faults(entry, [])
    assert (entry.status, entry.failed) == ("ok", 0)
    note_faults(entry, [plain("a"), plain("b"), plain("c")])
    assert (entry.status, entry.failure, entry.failed) == ("partial", "our_fault", 3)
    expected = Message.of("fault.and_more", first=plain("a"), count=2)
    assert entry.messages[-1].params["why"] == expected


def fail_on(monkeypatch: pytest.MonkeyPatch, bad_titles: set[str], *, only_together: bool) -> None:
    """Let merging fail on records of some titles, or of more than one record."""
    add = Library.add

    def failing(self: Library, records: Sequence[Record]) -> object:
        if (only_together and len(records) > 1) or bad_titles & {each.title for each in records}:
            raise ZeroDivisionError
        return add(self, records)

    monkeypatch.setattr(Library, "add", failing)


def test_of_records_only_the_one_at_fault_is_lost(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, {"Title 2"}, only_together=False)
    entry = asker.open(SOURCE, "window")
    assert merge(asker, entry, [record(number) for number in (1, 2, 3)]) == 2
    assert {work.title for work in asker.hub.library.all_works()} == {"Title 1", "Title 3"}
    assert (entry.failed, entry.status, entry.has_our_fault) == (1, "partial", True)


def test_records_that_fail_only_together_are_all_merged_and_the_fault_is_noted(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    fail_on(monkeypatch, set(), only_together=True)
    entry = asker.open(SOURCE, "window")
    assert merge(asker, entry, [record(number) for number in (1, 2)]) == 2
    activity = Message.of("fault.merging", count=2, window="window")
    fault = Message.of("fault.logged", exception="ZeroDivisionError", activity=activity)
    assert entry.messages[-1].params["why"] == fault


def test_where_every_record_fails_merging_stops_after_a_bounded_number(
    asker: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def failing(self: Library, records: Sequence[Record]) -> object:
        tried.append(len(records))
        raise ZeroDivisionError

    monkeypatch.setattr(Library, "add", failing)
    entry = asker.open(SOURCE, "window")
    many = [record(number) for number in range(2 * MAX_TRACEBACKS)]
    with pytest.raises(ZeroDivisionError):
        merge(asker, entry, many)
    assert tried == [len(many)] + [1] * MAX_TRACEBACKS
