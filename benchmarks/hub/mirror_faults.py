"""Gather every day of the stream from the arXiv mirror under every fault it offers, and compare.

For each fault one library goes through all days: a gather under the fault, then one without. After
each the library's works are compared with the mirror's truth, id by id with version and withdrawal,
and the announcement types with those of its feeds. Faults that deceive (a stale or empty feed) are
run again on a fresh library for each day. Last, two processes gather at once at arXiv's own pace.

    python benchmarks/hub/mirror_faults.py [--shared ../shared] [--days N] [--only FAULT]

Writes results/mirror_faults.json.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from result_file import REPOSITORY, RESULTS, write_result

from academichub.gathering.client import LIMITS, open_client
from academichub.gathering.gather import run_gather
from academichub.http.client import Limits
from academichub.hub import Hub
from academichub.library.ledger import Ledger
from academichub.settings import load_settings

PACKAGES = ("SQLAlchemy", "lxml", "httpcore2")
CATEGORIES = ("cs.CL", "stat.ME", "math", "q-fin")
STREAM = "data/arxiv/stream_2026-06-15_to_2026-06-29.jsonl.gz"
PAGE_SIZE = 100
SLOW_LIMITS = Limits(
    total_s=3.0
)  # for the slow fault alone; all others run under the product's own LIMITS
FEEDS, OAI, BOTH = "/atom/", "/oai", "/"

FAULTS: list[tuple[str, dict[str, Any], set[str]]] = [  # (name, scope, ways the ledger may name it)
    ("none", {}, set()),
    *[
        ("rate_limit", {"path": path, "retry_after": 90}, {"rate_limited"})
        for path in (FEEDS, OAI, BOTH)
    ],
    ("rate_limit", {"path": FEEDS, "count": 2, "retry_after": 1}, {"asked again"}),
    *[("unavailable", {"path": path, "retry_after": 90}, {"unavailable"}) for path in (FEEDS, OAI)],
    *[("garbage", {"path": path}, {"not_the_format"}) for path in (FEEDS, OAI, BOTH)],
    *[("redirect_private", {"path": path}, {"redirect_blocked"}) for path in (FEEDS, OAI)],
    *[("truncated", {"path": path}, {"truncated"}) for path in (FEEDS, OAI)],
    *[("reset", {"path": path}, {"unreachable"}) for path in (FEEDS, OAI)],
    *[("wrong_encoding", {"path": path}, {"not_the_format"}) for path in (FEEDS, OAI)],
    *[("gzip_bomb", {"path": path}, {"too_large"}) for path in (FEEDS, OAI)],
    *[("slow", {"path": path}, {"timeout"}) for path in (FEEDS, OAI)],
    ("stale_feed", {}, {"stale", "announces nothing"}),
    ("stale_feed", {"path": OAI}, {"stale"}),
    ("stale_feed", {"path": BOTH}, {"stale", "the feed is empty"}),
    ("holiday", {}, {"holiday"}),
    ("duplicate_page", {"path": OAI}, {"protocol"}),
    ("bad_token", {}, {"protocol"}),
    *[
        ("oai_error", {"code": code}, {"protocol"})
        for code in ("noMetadataFormats", "badArgument", "badResumptionToken")
    ],
]
ON_FRESH = ("stale_feed", "holiday")


class Mirror:
    """A running mirror and its truth."""

    def __init__(self, shared: Path, *arguments: str) -> None:
        sys.path.insert(0, str(shared / "mirror"))
        import arxiv_works  # type: ignore[import-not-found,unused-ignore]

        files = [shared / STREAM]
        self._truth = arxiv_works.truth
        self.archive = arxiv_works.Archive(files, 0)
        command = [
            sys.executable,
            str(shared / "mirror/arxiv_mirror.py"),
            "--data",
            *map(str, files),
            *arguments,
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().strip()

    def control(self, **wanted: Any) -> dict[str, Any]:
        """Set the clock, the faults or the gap; return the mirror's state."""
        with urllib.request.urlopen(
            f"{self.url}/control", data=json.dumps(wanted).encode(), timeout=60
        ) as answer:
            return dict(json.load(answer))

    def truth(self, day: str) -> list[dict[str, Any]]:
        """Return the works of a perfect client after a day."""
        return list(self._truth(self.archive, day, CATEGORIES)["works"])


def environment(mirror: Mirror, home: Path, interval: float = 0) -> dict[str, str]:
    urls = {
        f"ACADEMICHUB_SOURCES__ARXIV_{name}__BASE_URL": mirror.url
        for name in ("ANNOUNCE", "OAI", "QUERY")
    }
    return {
        "ACADEMICHUB_HOME": str(home),
        "ACADEMICHUB_SOURCES__ARXIV__CATEGORIES": json.dumps(CATEGORIES),
        "ACADEMICHUB_SOURCES__ARXIV__MIN_INTERVAL_S": str(interval),
        **urls,
    }


def compare(hub: Hub, mirror: Mirror, days: Sequence[str]) -> dict[str, int]:
    """Return how the library differs from the truth of days: all zeros is exact."""
    due: dict[str, tuple[int, bool]] = {}
    for day in days:
        for true in mirror.truth(day):
            if true["version"] >= due.get(true["id"], (0, False))[0]:
                due[true["id"]] = true["version"], true["withdrawn"]
    held: dict[str, tuple[int, bool]] = {}
    types: dict[str, str] = {}
    doubled = 0
    order = ("new", "cross", "replace", "replace-cross")
    for work in hub.library.all_works():
        name = work.public_identifiers["arxiv"]
        doubled += name in held
        held[name] = work.latest_version, work.withdrawn
        kinds = [
            one.type
            for one in work.announcements
            if (one.source, one.date) == ("arxiv_announce", days[-1])
        ]
        if kinds:
            types[name] = min(kinds, key=order.index)
    told = {
        true["id"]: true["announce_type"]
        for true in mirror.truth(days[-1])
        if true["announce_type"]
    }
    return {
        "missing": len(due.keys() - held.keys()),
        "extra": len(held.keys() - due.keys()),
        "wrong_version": sum(held[name] != due[name] for name in held.keys() & due.keys()),
        "doubled": doubled,
        "wrong_type": sum(types.get(name) != told.get(name) for name in types.keys() | told.keys()),
    }


def gather(hub: Hub, limits: Limits = LIMITS) -> None:
    with open_client(hub, limits) as client:
        run_gather(hub, client=client, say=lambda _: None)


def is_named(hub: Hub, ways: set[str], seen: int) -> bool:
    """Whether the ledger rows since a count name the fault in one of the ways expected."""
    rows = Ledger(hub.database).entries()[seen:]
    return not ways or any(
        way in (row.failure, row.status) or way in row.message for row in rows for way in ways
    )


def run_case(
    mirror: Mirror,
    days: Sequence[str],
    name: str,
    scope: dict[str, Any],
    ways: set[str],
    *,
    fresh: bool,
) -> dict[str, Any]:
    """Gather all days under one fault and without it; return what differed."""
    started = time.perf_counter()
    under = {"missing": 0, "extra": 0, "wrong_version": 0, "doubled": 0, "wrong_type": 0}
    after, unnamed, works = dict(under), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        hub: Hub | None = None
        for n, day in enumerate(days):
            if hub is None or fresh:
                home = Path(folder) / str(n)
                home.mkdir()
                hub = Hub(load_settings(environment(mirror, home)))
            covered = [day] if fresh else days[: n + 1]
            seen = len(Ledger(hub.database).entries())
            mirror.control(today=day, faults=[] if name == "none" else [{"name": name, **scope}])
            gather(hub, SLOW_LIMITS if name == "slow" else LIMITS)
            struck = any(fault["hits"] for fault in mirror.control()["faults"])
            unnamed += struck and not is_named(hub, ways, seen if seen < 1000 else 0)
            add(under, compare(hub, mirror, covered))
            mirror.control(faults=[])
            gather(hub)
            add(after, compare(hub, mirror, covered))
            works = hub.library.count()
            if fresh:
                hub.close()
        if not fresh and hub is not None:
            hub.close()
    return {
        "fault": name,
        "scope": scope,
        "library": "fresh each day" if fresh else "one over all days",
        "days": len(days),
        "works": works,
        "days_not_named_in_ledger": unnamed,
        "under_fault": under,
        "after_rerun": after,
        "seconds": round(time.perf_counter() - started, 1),
    }


def add(total: dict[str, int], found: dict[str, int]) -> None:
    for name, value in found.items():
        total[name] += value


def run_pace(shared: Path, day: str) -> dict[str, Any]:
    """Let two processes gather one day at arXiv's pace; return what the server saw."""
    mirror = Mirror(shared, "--page-size", "500", "--today", day, "--min-gap", "3")
    try:
        with tempfile.TemporaryDirectory() as folder:
            settings = {**os.environ, **environment(mirror, Path(folder), 3)}
            Hub(load_settings(settings)).close()
            command = [sys.executable, "-m", "academichub.cli", "gather", "--json"]
            running = [
                subprocess.Popen(
                    command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
                )
                for _ in (1, 2)
            ]
            codes = [
                (process.communicate(timeout=900), process.returncode)[1] for process in running
            ]
            log = mirror.control()["log"]
            hub = Hub(load_settings(settings))
            differs = compare(hub, mirror, [day])
            hub.close()
    finally:
        mirror.process.terminate()
    gaps = [line["gap"] for line in log if line["gap"] is not None]
    return {
        "processes": 2,
        "requests": len(log),
        "smallest_gap_s": min(gaps),
        "most_at_once": 1 + max(line["others_active"] for line in log),
        "refused": sum(line["status"] == 429 for line in log),
        "exit_codes": codes,
        "differs": differs,
    }


def replaced(again: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], Any]:
    """Return the cases of the last result with those run again in their places, and its pace."""
    last = json.loads((RESULTS / "mirror_faults.json").read_text("utf-8"))["results"]
    names = ("fault", "scope", "library")
    fresh = {json.dumps([one[name] for name in names]): one for one in again}
    merged = [fresh.pop(json.dumps([one[name] for name in names]), one) for one in last["cases"]]
    return [*merged, *fresh.values()], last["pace"]


def table(cases: Sequence[dict[str, Any]]) -> str:
    """Return the Markdown table of a run."""
    lines = [
        "| fault | scope | library | days | not named | wrong works after rerun | wrong types "
        "after rerun | s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for case in cases:
        scope = ", ".join(f"{key}={value}" for key, value in case["scope"].items()) or "default"
        wrong = sum(
            case["after_rerun"][key] for key in ("missing", "extra", "wrong_version", "doubled")
        )
        lines.append(
            f"| {case['fault']} | {scope} | {case['library']} | {case['days']} | "
            f"{case['days_not_named_in_ledger']} | {wrong} | {case['after_rerun']['wrong_type']} | "
            f"{case['seconds']} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--shared",
        type=Path,
        default=REPOSITORY.parent / "shared",
        help="folder of mirror and data",
    )
    parser.add_argument("--days", type=int, default=0, help="only the first N days")
    parser.add_argument(
        "--only", default="", help="only this fault; the others keep their last result"
    )
    chosen = parser.parse_args()
    mirror = Mirror(chosen.shared, "--page-size", str(PAGE_SIZE))
    cases = []
    try:
        days = mirror.control()["days"][: chosen.days or None]
        for fresh in (False, True):
            for name, scope, ways in FAULTS:
                if (chosen.only and name != chosen.only) or (fresh and name not in ON_FRESH):
                    continue
                cases.append(run_case(mirror, days, name, scope, ways, fresh=fresh))
                print(table(cases[-1:]).splitlines()[-1], flush=True)
    finally:
        mirror.process.terminate()
    pace: Any = None
    if chosen.only:
        cases, pace = replaced(cases)
    else:
        pace = run_pace(chosen.shared, days[-1])
    config = {
        "categories": CATEGORIES,
        "days": days,
        "page_size": PAGE_SIZE,
        "total_s": {"slow": SLOW_LIMITS.total_s, "others": LIMITS.total_s},
    }
    results = {"cases": cases, "pace": pace, "table": table(cases).splitlines()}
    write_result("mirror_faults", config, results, PACKAGES)
    wrong = sum(
        sum(case["after_rerun"].values()) + case["days_not_named_in_ledger"] for case in cases
    )
    print(f"{len(cases)} cases; {wrong} differences after rerun or faults not named; pace {pace}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
