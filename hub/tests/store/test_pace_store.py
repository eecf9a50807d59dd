"""Rows of the pace: one for each group, read back to the fraction of a second."""

from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError

from academichub.store.database import Database
from academichub.store.pace_store import PaceRow, add_pace_row, change_pace_row, pace_row

ROW = PaceRow(1782302400.123456, "host:1:token", 1782302460.654321)


def test_a_row_is_read_back_and_changed_by_its_group_alone(database: Database) -> None:
    free = PaceRow(0.0, "", 0.0)
    with database.write() as connection:
        assert pace_row(connection, "arxiv") is None
        add_pace_row(connection, "arxiv", ROW)
        add_pace_row(connection, "feed a.example", ROW)
        change_pace_row(connection, "arxiv", free)
        assert pace_row(connection, "arxiv") == free
        assert pace_row(connection, "feed a.example") == ROW


def test_a_second_first_turn_is_refused_so_that_two_processes_notice(database: Database) -> None:
    with database.write() as connection:
        add_pace_row(connection, "arxiv", ROW)
        with pytest.raises(IntegrityError), connection.begin_nested():
            add_pace_row(connection, "arxiv", PaceRow(0.0, "other", 0.0))
        assert pace_row(connection, "arxiv") == ROW


def test_a_group_without_a_row_is_not_given_one_by_a_change(database: Database) -> None:
    with database.write() as connection:
        change_pace_row(connection, "arxiv", ROW)
        assert pace_row(connection, "arxiv") is None
