"""The arXiv mirror as a process, and hubs that ask it."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from academichub.gathering.client import open_client
from academichub.gathering.gather import GatherReport, run_gather
from academichub.http.client import Limits
from academichub.hub import Hub
from academichub.library.ledger import Ledger, LedgerEntry
from academichub.settings import load_settings

SMALL = ("cs.GT", "q-fin.RM", "nlin.CD", "stat.CO")
"""Few works a day, with cross-lists among them."""

STREAM = "stream_2026-06-15_to_2026-06-29.jsonl.gz"


class Mirror:
    """A running mirror, and what a perfect client would hold."""

    def __init__(
        self, process: subprocess.Popen[str], url: str, archive: Any, truth: Callable[..., Any]
    ) -> None:
        self.process, self.url, self.archive, self._truth = process, url, archive, truth

    def control(self, **wanted: Any) -> dict[str, Any]:
        data = json.dumps(wanted).encode()
        with urllib.request.urlopen(f"{self.url}/control", data=data, timeout=20) as answer:
            return dict(json.load(answer))

    def log(self) -> list[dict[str, Any]]:
        return list(self.control()["log"])

    def truth(
        self, days: str | Sequence[str], categories: Sequence[str]
    ) -> dict[str, tuple[int, bool]]:
        """Return id -> (version, withdrawn) after gathering days of categories."""
        held: dict[str, tuple[int, bool]] = {}
        for day in [days] if isinstance(days, str) else days:
            for work in self._truth(self.archive, day, categories)["works"]:
                if work["version"] >= held.get(work["id"], (0,))[0]:
                    held[work["id"]] = work["version"], work["withdrawn"]
        return held

    def types(self, day: str, categories: Sequence[str]) -> dict[str, str]:
        """Return id -> strongest announcement type of a day."""
        works = self._truth(self.archive, day, categories)["works"]
        return {work["id"]: work["announce_type"] for work in works if work["announce_type"]}


class Site:
    """A hub with its own library that asks a mirror."""

    def __init__(
        self, mirror: Mirror, home: Path, categories: Sequence[str] = SMALL, **more: str
    ) -> None:
        self.mirror, self.categories = mirror, tuple(categories)
        self.environment = {
            "ACADEMICHUB_HOME": str(home),
            "ACADEMICHUB_SOURCES__ARXIV__CATEGORIES": json.dumps(list(categories)),
            "ACADEMICHUB_SOURCES__ARXIV__MIN_INTERVAL_S": "0",
            **{
                f"ACADEMICHUB_SOURCES__{name}__BASE_URL": mirror.url
                for name in ("ARXIV_ANNOUNCE", "ARXIV_OAI", "ARXIV_QUERY")
            },
            **more,
        }
        home.mkdir(exist_ok=True)
        self.hub = Hub(load_settings(self.environment))

    def gather(
        self,
        day: str | None = None,
        faults: Sequence[dict[str, Any]] = (),
        *,
        sources: Sequence[str] | None = None,
    ) -> GatherReport:
        """Set the mirror's day and faults, and gather."""
        self.mirror.control(**({"today": day} if day else {}), faults=list(faults))
        with open_client(self.hub, Limits(total_s=0.8, body_bytes=8 << 20)) as client:
            return run_gather(self.hub, sources, client=client)

    def held(self) -> dict[str, tuple[int, bool]]:
        """Return arXiv id -> (latest version, withdrawn) of the library."""
        return {
            work.public_identifiers["arxiv"]: (work.latest_version, work.withdrawn)
            for work in self.hub.library.all_works()
        }

    def types(self, day: str) -> dict[str, str]:
        """Return arXiv id -> strongest announcement type by the feeds on a day."""
        order = ("new", "cross", "replace", "replace-cross")
        found: dict[str, str] = {}
        for work in self.hub.library.all_works():
            kinds = [
                one.type
                for one in work.announcements
                if one.source == "arxiv_announce" and one.date == day
            ]
            if kinds:
                found[work.public_identifiers["arxiv"]] = min(kinds, key=order.index)
        return found

    def texts(self) -> dict[str, tuple[Any, ...]]:
        """Return everything readers see of every work."""
        return {
            work.key: (
                work.title,
                work.authors,
                work.abstract,
                work.categories,
                work.versions,
                work.announcements,
                work.withdrawn,
                work.comment,
            )
            for work in self.hub.library.all_works()
        }

    def ledger(self, source: str = "") -> list[LedgerEntry]:
        return [one for one in Ledger(self.hub.database).entries() if source in ("", one.source)]

    def failures(self) -> set[str]:
        return {one.failure for one in self.ledger() if one.failure}


def start_mirror(
    folder: Path, files: Sequence[Path], *arguments: str
) -> tuple[subprocess.Popen[str], str]:
    command = [
        sys.executable,
        str(folder / "arxiv_mirror.py"),
        "--data",
        *map(str, files),
        *arguments,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def stop_mirror(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(timeout=10)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture(autouse=True)
def quick_pace(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """Take the safety margin off the pace, which these tests set to 0 s; tests of the pace itself run as processes."""
    monkeypatch.setattr("academichub.http.pace.MARGIN_S", 0.0)


@pytest.fixture(scope="session")
def small_stream(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The works of the stream that any of the small categories lists: quick to load, whole for them."""
    path = tmp_path_factory.mktemp("stream") / "small.jsonl"
    with (
        gzip.open(shared_data / "arxiv" / STREAM, "rt", encoding="utf-8") as lines,
        path.open("w") as out,
    ):
        for n, line in enumerate(lines):
            # every 40th of the others keeps the announcement calendar and something that must not be gathered
            if n % 40 == 0 or set(json.loads(line)["categories"]) & set(SMALL):
                out.write(line)
    return path


@pytest.fixture(scope="session")
def mirror(shared_data: Path, shared_mirror: Path, small_stream: Path) -> Iterator[Mirror]:
    """The mirror of the small stream and of the seed page, with small OAI pages."""
    sys.path.insert(0, str(shared_mirror))
    try:
        from arxiv_works import Archive, truth  # type: ignore[import-not-found]
    finally:
        sys.path.pop(0)
    files = [small_stream, shared_data / "arxiv" / "seed_page.jsonl"]
    process, url = start_mirror(shared_mirror, files, "--page-size", "6")
    try:
        yield Mirror(process, url, Archive(files, 0), truth)
    finally:
        stop_mirror(process)


@pytest.fixture
def site(mirror: Mirror, tmp_path: Path) -> Iterator[Site]:
    """A fresh hub of the small categories."""
    mirror.control(faults=[], clear_log=True, min_gap=0)
    made = Site(mirror, tmp_path / "home")
    yield made
    made.hub.close()
    mirror.control(faults=[])
