"""Hubs of the invented day with a language model, for tests of what a model writes beside pages and gathers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from invented_window import window_records

from academichub.hub import Hub, open_hub
from academichub.jobs import heartbeat, worker
from academichub.jobs.status import BRIEF, EMBED, Job, job_status
from academichub.llm import wire


def until(true: Callable[[], Any], seconds: float = 30) -> None:
    """Wait until something holds; fail where it does not come about."""
    stop = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < stop, "it never came about"
        time.sleep(0.02)


def end(hub: Hub) -> Job | None:
    """Wait until no model works for a hub, and return the last job in which one wrote."""
    until(lambda: (job := job_status(hub, kind=BRIEF)) is None or not job.is_running)
    until(lambda: not hub.part(worker.WritingQueue).waiting)
    until(lambda: (job := job_status(hub, kind=EMBED)) is None or not job.is_running)
    return job_status(hub, kind=BRIEF)


@contextmanager
def model_hub(monkeypatch: pytest.MonkeyPatch, url: str | None) -> Iterator[Hub]:
    """Open a hub of the invented day whose settings name an endpoint, or none; jobs and retries are quick."""
    monkeypatch.setattr(heartbeat, "HEARTBEAT_S", 0.02)
    monkeypatch.setattr(wire, "FIRST_PAUSE_S", 0.01)
    if url is not None:
        monkeypatch.setenv("ACADEMICHUB_LLM__BASE_URL", url)
    opened = open_hub()
    opened.library.add(window_records())
    yield opened
    end(opened)
    opened.close()
