"""Rows of preferences: one a name, of any JSON value; None removes it."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from academichub.store.database import Database
from academichub.store.preferences_store import stored_preference, write_preference

JSON_VALUES = st.recursive(
    st.booleans() | st.integers(-(2**31), 2**31) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(first=JSON_VALUES, second=JSON_VALUES)
def test_a_preference_is_what_was_written_last(
    database: Database, first: object, second: object
) -> None:
    with database.write() as connection:
        for value in (first, second):
            write_preference(connection, "sources", value)
            assert stored_preference(connection, "sources", "default") == value
        assert stored_preference(connection, "never set", "default") == "default"
        write_preference(connection, "sources", None)
        assert stored_preference(connection, "sources", "default") == "default"
