"""The job in which a model writes a brief: beside pages and gathers, cancelled, killed, one after the other."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from made_writers import echo, honest
from model_hub import end, model_hub, until
from model_server import ModelServer, slow, status

from academichub.briefs.brief_store import get_brief, latest_brief, list_briefs, write_brief
from academichub.gathering import gather
from academichub.hub import Hub, open_hub
from academichub.jobs import worker
from academichub.jobs.status import BRIEF, add_job, cancel, job_status
from academichub.settings import load_settings


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer(honest) as opened:
        yield opened


@pytest.fixture
def open_one(server: ModelServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with model_hub(monkeypatch, server.url) as opened:
        yield opened


def test_a_gather_ends_with_the_extracts_and_the_model_writes_after_it(
    open_one: Hub, server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = gather.GatherReport("2026-06-16", [gather.SourceReport("arxiv_oai")], 0, 14)
    monkeypatch.setattr(gather, "run_gather", lambda *_, **__: report)
    server.script = [slow(0.5)] * 2
    assert worker.run_job(open_one, add_job(open_one)) == "done"
    shown = latest_brief(open_one)
    assert shown is not None and shown.model is None
    until(lambda: (latest := latest_brief(open_one)) is not None and latest.model == "tiny-135m")
    job = end(open_one)
    assert job is not None and (job.state, job.subject, job.message) == (
        "done",
        shown.id,
        "written with tiny-135m",
    )
    assert job.done == job.total == len(shown.sentences())


def test_briefs_are_written_one_after_the_other(open_one: Hub, server: ModelServer) -> None:
    first, second = write_brief(open_one, 1, "en"), write_brief(open_one, 1, "en", limit=8)
    server.script = [slow(0.3)]
    number = worker.start_writing(open_one, first.id)
    assert worker.start_writing(open_one, second.id) == number
    assert worker.start_writing(open_one, first.id) == number, "it is being written already"
    until(lambda: sum(one.model is not None for one in list_briefs(open_one)) == 2)
    end(open_one)


def test_no_model_no_job(monkeypatch: pytest.MonkeyPatch) -> None:
    opened = open_hub()
    assert worker.start_writing(opened, "x") is None and job_status(opened, kind=BRIEF) is None
    opened.close()


def test_a_cancelled_job_leaves_the_extracts(open_one: Hub, server: ModelServer) -> None:
    brief = write_brief(open_one, 1, "en")
    server.script = [slow(60)] * 9
    number = worker.start_writing(open_one, brief.id)
    assert number is not None
    until(lambda: server.questions)
    assert cancel(open_one, number)
    job = end(open_one)
    assert job is not None and job.state == "cancelled" and latest_brief(open_one) == brief


@pytest.mark.parametrize(
    ("trouble", "state", "words"),
    [(status(401), "failed", "check llm.api_key"), (status(503), "failed", "HTTP 503"), (None, "done", "the extracts stay")],
)  # fmt: skip
def test_what_kept_the_extracts_is_in_the_job(
    open_one: Hub, server: ModelServer, trouble: Any, state: str, words: str
) -> None:
    brief = write_brief(open_one, 1, "en")
    server.script = [trouble] * 99 if trouble else []
    server.write = echo
    worker.start_writing(open_one, brief.id)
    job = end(open_one)
    assert job is not None and job.state == state and words in job.message
    assert latest_brief(open_one) == brief


@pytest.mark.slow
def test_killed_at_any_moment_a_whole_brief_is_there(
    open_one: Hub, server: ModelServer, tmp_path: Path
) -> None:
    """The process that writes is killed while the model answers; the extracts stand, and the next run goes on."""
    brief = write_brief(open_one, 1, "en")
    server.script = [slow(0)] * 4 + [slow(60)] * 99
    code = (
        "import sys, time; from academichub.hub import open_hub; from academichub.jobs.worker import start_writing; "
        "hub = open_hub(); start_writing(hub, sys.argv[1]); time.sleep(60)"
    )
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen([sys.executable, "-c", code, brief.id], env=environ) as process:
        until(lambda: len(server.questions) >= 5, 60)
        process.send_signal(signal.SIGKILL)
    assert latest_brief(open_one) == brief == get_brief(open_one, brief.id)
    asked = len(server.questions)
    server.script = []
    until(lambda: not (job := job_status(open_one, kind=BRIEF)) or not job.is_running)
    dead = job_status(open_one, kind=BRIEF)
    assert dead is not None and dead.state == "failed" and "the extracts stay" in dead.message
    worker.start_writing(open_one, brief.id)
    job = end(open_one)
    assert job is not None and job.state == "done"
    shown = latest_brief(open_one)
    assert shown is not None and shown.model == "tiny-135m"
    assert len(server.questions) - asked < 2 * len(brief.sentences()), (
        "answers before the kill are not asked for again"
    )


def test_the_settings_of_the_test_are_the_environments(server: ModelServer, open_one: Hub) -> None:
    assert load_settings().llm.base_url == server.url
