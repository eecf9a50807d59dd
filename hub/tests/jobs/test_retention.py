"""The daily job drops raw entries after the days that are set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from made_records import record

from academichub.gathering import gather
from academichub.hub import open_hub
from academichub.jobs import worker
from academichub.jobs.status import add_job
from academichub.library.upsert import add_records


@pytest.mark.parametrize(("raw_days", "left"), [(None, 2), ("7", 1)])
def test_old_raw_entries_are_dropped(
    monkeypatch: pytest.MonkeyPatch, raw_days: str | None, left: int
) -> None:
    report = gather.GatherReport("2026-06-16", [gather.SourceReport("arxiv_oai", "ok")], 2, 2)
    monkeypatch.setattr(gather, "run_gather", lambda *_, **__: report)
    monkeypatch.setattr(worker, "_write_brief", lambda hub: None)
    if raw_days is not None:
        monkeypatch.setenv("ACADEMICHUB_RETENTION__RAW_DAYS", raw_days)
    hub = open_hub()
    now = datetime.now(UTC)
    add_records(hub.database, [record(1)], now - timedelta(days=8))
    add_records(hub.database, [record(2)], now - timedelta(days=6))
    assert worker.run_job(hub, add_job(hub)) == "done"
    stored = [
        entry.record.raw
        for work in hub.library.all_works()
        for entry in hub.library.history(work.key)
    ]
    assert sum(raw != "" for raw in stored) == left
    hub.close()
