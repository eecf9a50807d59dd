"""Rows of background jobs: the latest of a kind, and changes that only a running job takes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from academichub.store.database import Connection, Database
from academichub.store.jobs_store import (
    RUNNING,
    add_job_row,
    change_job_row,
    change_running_job_row,
    job_row,
    latest_job_row,
    latest_job_state,
)

VALUES = {
    "kind": "gather", "state": "queued", "done": 0, "total": 0, "messages": [], "cancel_requested": False,
    "started_at": "2026-06-24T00:00:00", "heartbeat_at": "2026-06-24T00:00:00", "subject": "",
}  # fmt: skip


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    with database.write() as opened:
        yield opened


def add(connection: Connection, **values: object) -> int:
    return add_job_row(connection, {**VALUES, **values})


def test_the_latest_job_is_the_last_of_its_kind_and_subject(connection: Connection) -> None:
    assert latest_job_row(connection, "gather") is None
    assert latest_job_state(connection, "brief", "b1") is None
    first, second = add(connection), add(connection, state="done")
    add(connection, kind="brief", subject="b1", state="failed")
    add(connection, kind="brief", subject="b1", state="running")
    add(connection, kind="brief", subject="b2", state="cancelled")
    latest = latest_job_row(connection, "gather")
    assert latest is not None
    assert latest.id == second != first
    assert latest_job_state(connection, "brief", "b1") == "running"
    assert latest_job_state(connection, "brief", "b2") == "cancelled"
    assert latest_job_state(connection, "gather", "b1") is None


@pytest.mark.parametrize("state", ["queued", "running", "done", "failed", "cancelled"])
@pytest.mark.parametrize("cancel_requested", [False, True])
def test_only_a_job_that_has_not_ended_takes_progress(
    connection: Connection, state: str, cancel_requested: bool
) -> None:
    number = add(connection, state=state, cancel_requested=cancel_requested)
    answer = change_running_job_row(connection, number, {"done": 5})
    row = job_row(connection, number)
    assert row is not None
    if state in RUNNING:
        assert (answer, row.done) == (cancel_requested, 5)
    else:
        assert (answer, row.done) == (None, 0)


def test_a_change_concerns_its_row_alone_whatever_its_state(connection: Connection) -> None:
    first, second = add(connection, state="done"), add(connection)
    change_job_row(connection, first, {"state": "failed"})
    states = [row.state for number in (first, second) if (row := job_row(connection, number))]
    assert states == ["failed", "queued"]


def test_there_is_no_row_of_a_number_never_given(connection: Connection) -> None:
    assert job_row(connection, 1) is None
    assert change_running_job_row(connection, 1, {"done": 1}) is None
