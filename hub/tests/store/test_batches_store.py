"""Rows of shown batches: each scope has its own, and old days go."""

from __future__ import annotations

from dataclasses import replace

from academichub.store.batches_store import (
    BatchScope,
    add_shown_works,
    remove_shown_before,
    shown_works,
)
from academichub.store.database import Database
from academichub.store.radars_store import add_radar

NOW = "2026-06-15T06:30:00+00:00"


def test_what_was_shown_is_read_by_batch_and_key_in_its_scope_only(database: Database) -> None:
    with database.write() as connection:
        scope = BatchScope(add_radar(connection, "", "main", NOW), "2026-06-15", "all", 1)
        add_shown_works(connection, scope, [(1, "d"), (0, "c"), (1, "b"), (0, "a")])
        add_shown_works(connection, scope, [])
        other_radar = replace(scope, radar=add_radar(connection, "", "other", NOW))
        other_day, other_seed = replace(scope, day="2026-06-16"), replace(scope, seed=2)
        for number, elsewhere in enumerate((other_radar, other_day, other_seed), 1):
            add_shown_works(connection, elsewhere, [(number, "a")])
    with database.read() as connection:
        assert shown_works(connection, scope) == [(0, "a"), (0, "c"), (1, "b"), (1, "d")]
        for number, elsewhere in enumerate((other_radar, other_day, other_seed), 1):
            assert shown_works(connection, elsewhere) == [(number, "a")]


def test_days_before_one_go_in_every_scope_of_a_radar(database: Database) -> None:
    with database.write() as connection:
        main, other = (
            add_radar(connection, "", "main", NOW),
            add_radar(connection, "", "other", NOW),
        )
        scopes = [
            BatchScope(radar, day, "all", seed)
            for radar in (main, other)
            for day in ("2026-06-14", "2026-06-15", "2026-06-16")
            for seed in (1, 2)
        ]
        for scope in scopes:
            add_shown_works(connection, scope, [(0, "a")])
        remove_shown_before(connection, main, "2026-06-15")
        stay = [scope for scope in scopes if shown_works(connection, scope)]
    assert stay == [scope for scope in scopes if scope.radar == other or scope.day != "2026-06-14"]
