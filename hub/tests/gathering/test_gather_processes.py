"""Gathers as processes of their own: two at once keep the pace, one killed at any moment leaves nothing half done."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from academichub.hub import Hub
from academichub.library.ledger import Ledger
from academichub.settings import load_settings

from .conftest import SMALL, Mirror, Site

pytestmark = pytest.mark.slow

DAY = "2026-06-24"
COMMAND = [sys.executable, "-m", "academichub.cli", "gather", "--json"]


def environment(mirror: Mirror, home: Path, **more: str) -> dict[str, str]:
    home.mkdir(exist_ok=True)
    urls = {
        f"ACADEMICHUB_SOURCES__{name}__BASE_URL": mirror.url
        for name in ("ARXIV_ANNOUNCE", "ARXIV_OAI", "ARXIV_QUERY")
    }
    return {
        **{
            name: value for name, value in os.environ.items() if not name.startswith("ACADEMICHUB_")
        },
        "ACADEMICHUB_HOME": str(home),
        "ACADEMICHUB_SOURCES__ARXIV__CATEGORIES": json.dumps(SMALL),
        "ACADEMICHUB_SOURCES__ARXIV__MIN_INTERVAL_S": "0",
        **urls,
        **more,
    }


def works(home: Path) -> dict[str, object]:
    hub = Hub(load_settings({"ACADEMICHUB_HOME": str(home)}))
    try:
        return {
            work.key: (
                work.title,
                work.authors,
                work.abstract,
                work.categories,
                work.versions,
                work.announcements,
                work.sources,
            )
            for work in hub.library.all_works()
        }
    finally:
        hub.close()


@pytest.mark.timeout(120)
def test_two_processes_keep_the_pace_together(mirror: Mirror, tmp_path: Path) -> None:
    interval = 0.35
    mirror.control(today=DAY, faults=[], clear_log=True, min_gap=interval)
    settings = environment(
        mirror, tmp_path / "home", ACADEMICHUB_SOURCES__ARXIV__MIN_INTERVAL_S=str(interval)
    )
    Hub(load_settings(settings)).close()
    processes = [
        subprocess.Popen(
            COMMAND, env=settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        for _ in range(2)
    ]
    answers = [process.communicate(timeout=100)[0] for process in processes]
    log = mirror.log()
    mirror.control(min_gap=0)
    assert [process.returncode for process in processes] == [0, 0]
    assert [json.loads(answer)["failed"] for answer in answers] == [False, False]
    assert len(log) >= 2 * len(SMALL) + len(SMALL)
    assert all(line["gap"] is None or line["gap"] >= interval for line in log), (
        "no two requests closer than the interval"
    )
    assert all(line["others_active"] == 0 for line in log), "one connection at a time"
    assert {line["status"] for line in log} <= {200, 304}
    assert all("AcademicHub/" in line["user_agent"] for line in log)


@pytest.mark.timeout(180)
def test_killed_at_random_moments_then_run_again_is_as_undisturbed(
    mirror: Mirror, tmp_path: Path
) -> None:
    mirror.control(today=DAY, faults=[], min_gap=0)
    undisturbed = environment(mirror, tmp_path / "undisturbed")
    started = time.monotonic()
    subprocess.run(COMMAND, env=undisturbed, check=True, capture_output=True, timeout=60)
    length = time.monotonic() - started
    moments = random.Random(4)
    home = tmp_path / "killed"
    killed = 0
    for _ in range(4):
        process = subprocess.Popen(
            COMMAND,
            env=environment(mirror, home),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(length * moments.uniform(0.35, 0.95))
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    assert killed, "at least one gather was under way when it was killed"
    subprocess.run(
        COMMAND, env=environment(mirror, home), check=True, capture_output=True, timeout=60
    )
    assert works(home) == works(tmp_path / "undisturbed")
    assert len(works(home)) == len(mirror.truth(DAY, SMALL))


def test_a_gather_cut_off_between_any_two_requests_is_mended_by_the_next(
    mirror: Mirror, site: Site, tmp_path: Path
) -> None:
    site.gather(DAY)
    whole = site.texts()
    requests = len(mirror.log())

    class Cut(BaseException):
        pass

    for cut in range(0, requests, 3):
        broken = Site(mirror, tmp_path / f"cut{cut}")
        count = 0

        def stop(limit: int = cut) -> bool:
            nonlocal count
            count += 1
            if count > limit:
                raise Cut
            return False

        from academichub.gathering.gather import run_gather

        with pytest.raises(Cut):
            run_gather(broken.hub, cancel=stop)
        unfinished = [
            one for one in Ledger(broken.hub.database).entries() if "not finished" in one.message
        ]
        assert unfinished or not cut
        broken.gather(DAY)
        assert broken.texts() == whole
        broken.hub.close()


def test_the_command_reports_failure_by_its_exit_code(mirror: Mirror, tmp_path: Path) -> None:
    mirror.control(today=DAY, faults=[{"name": "garbage", "path": "/atom/"}])
    settings = environment(mirror, tmp_path / "home")
    failed = subprocess.run(COMMAND, env=settings, capture_output=True, text=True, timeout=60)
    mirror.control(faults=[])
    assert failed.returncode == 1
    report = json.loads(failed.stdout)
    assert {one["source"]: one["status"] for one in report["sources"]}["arxiv_announce"] == "failed"
    assert report["works"]["after"] == len(mirror.truth(DAY, SMALL)), (
        "the rest is done all the same"
    )
    assert "arXiv OAI-PMH: cs.GT" in failed.stderr
    ledger = subprocess.run(
        [sys.executable, "-m", "academichub.cli", "ledger", "--date", DAY, "--json"],
        env=settings,
        capture_output=True,
        text=True,
        timeout=60,
    )
    entries = json.loads(ledger.stdout)["entries"]
    assert {one["window"] for one in entries if one["status"] == "failed"} == {
        f"{name} {DAY}" for name in SMALL
    }
    keys = {
        "source",
        "window",
        "asked",
        "expected",
        "received",
        "merged",
        "failed",
        "status",
        "message",
    }
    assert all(keys <= one.keys() for one in entries)
    wrong = subprocess.run(
        [*COMMAND, "arxiv_nothing"], env=settings, capture_output=True, text=True, timeout=60
    )
    assert wrong.returncode == 2
    assert "arxiv_nothing" in wrong.stderr
