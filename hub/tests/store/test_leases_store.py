"""Rows of leases: one a name, which only its holder removes."""

from __future__ import annotations

from academichub.store.database import Database
from academichub.store.leases_store import (
    LeaseRow,
    lease_row,
    remove_lease_row,
    write_lease_row,
)


def test_a_lease_is_removed_for_its_holder_only(database: Database) -> None:
    with database.write() as connection:
        assert lease_row(connection, "gather") is None
        write_lease_row(connection, "gather", LeaseRow("host:1", 100.0))
        write_lease_row(connection, "worker", LeaseRow("host:1", 150.5))
        write_lease_row(connection, "gather", LeaseRow("host:2", 200.25))
        assert lease_row(connection, "gather") == LeaseRow("host:2", 200.25)
        remove_lease_row(connection, "gather", "host:1")
        assert lease_row(connection, "gather") == LeaseRow("host:2", 200.25)
        remove_lease_row(connection, "gather", "host:2")
        assert lease_row(connection, "gather") is None
        assert lease_row(connection, "worker") == LeaseRow("host:1", 150.5)
