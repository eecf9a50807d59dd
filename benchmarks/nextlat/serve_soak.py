"""Thousands of good, bad and broken-off requests at `nextlat serve`: answered, with steady memory?

    python benchmarks/nextlat/serve_soak.py [--requests 4000] [--connections 6] [--seed 0]

Writes results/timings/serve-soak.json. The server is a process of its own over a tiny random model;
one half of the requests goes to one with speculation, the other to one with --no-speculation. Good
requests must get their full answer (after 429, when asked again), bad ones a 4xx, and what a client
breaks off must leave nothing behind: at the end nothing runs or waits, the counters of /metrics add
up to what was sent, and the server still answers. Its resident memory is read all along; the slope
counts after the warm-up. Exits with 1 where a rule is broken.
"""

from __future__ import annotations

import argparse
import importlib
import os
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from serve_soak_requests import CLIENT_LEFT, KINDS, Answer, exchange, late_body

from nextlat.model.storage import write_json
from nextlat.training.provenance import provenance

HERE = Path(__file__).resolve().parent
SUPPORT = HERE.parents[1] / "nextlat" / "tests" / "support"
"""Where the tests' tiny models are made."""

RESULT = HERE / "results" / "timings" / "serve-soak.json"
WARM_UP = 0.25
"""Share of the requests after which memory is taken to have found its level."""

MAX_SLOPE_KB = 2_048
"""Growth of the memory, for each thousand requests after the warm-up, taken for none: 2 MB."""

READY_S, IDLE_S = 300.0, 60.0
MAX_QUEUED = 4
"""So few that 429 is met."""

PATIENCE = 200
"""Times a request is sent again after 429."""


@dataclass
class Tally:
    """What was sent and what came."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    statuses: dict[str, Counter[str]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    memory: list[tuple[int, int]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    generated: int = 0
    sent: int = 0

    def note(self, kind: str, answer: Answer, seconds: float, memory_kb: int) -> None:
        """Count an answer; keep the memory every 20 requests."""
        with self.lock:
            self.statuses.setdefault(kind, Counter())[str(answer.status)] += 1
            if answer.status == 429:
                return
            self.sent += 1
            self.seconds.setdefault(kind, []).append(seconds)
            self.generated += answer.tokens
            if answer.problem:
                self.problems.append(f"{kind}: {answer.problem}")
            if self.sent % 20 == 0:
                self.memory.append((self.sent, memory_kb))


def resident_kb(pid: int) -> int:
    """Return a process's resident memory."""
    found = re.search(r"VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text("utf-8"))
    assert found, "this benchmark reads /proc: run it on Linux"
    return int(found[1])


def start(model: Path, encoder: Path, port: int, *, speculation: bool) -> subprocess.Popen[bytes]:
    """Start the server and wait until it answers."""
    command = [
        sys.executable, "-m", "nextlat.cli", "serve", str(model), "--embedding-model", str(encoder),
        "--port", str(port), "--threads", "1", "--draft-length", "3",
        "--max-queued", str(MAX_QUEUED),
        *([] if speculation else ["--no-speculation"]),
    ]  # fmt: skip
    process = subprocess.Popen(
        command, stderr=subprocess.DEVNULL, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        health = exchange(port, "GET", "/health")
        if health.status == 200 and "loading" not in health.text:
            return process
        time.sleep(0.2)
    process.kill()
    raise SystemExit(f"the server was not ready after {READY_S:g} s")


def soak(port: int, pid: int, requests: int, connections: int, seed: int) -> Tally:
    """Send requests of all kinds, as many at a time as there are connections."""
    tally = Tally()
    names = list(KINDS)

    def one(number: int) -> None:
        rng = random.Random(f"{seed} {number}")  # the same requests whatever the threads do
        kind = names[number % len(names)]
        for _ in range(PATIENCE):
            began = time.perf_counter()
            answer = KINDS[kind](port, rng)
            tally.note(kind, answer, time.perf_counter() - began, resident_kb(pid))
            if answer.status != 429:
                return
            time.sleep(0.05)
        with tally.lock:
            tally.problems.append(f"{kind}: refused {PATIENCE} times")

    with ThreadPoolExecutor(connections) as pool:
        for future in [pool.submit(one, number) for number in range(requests)]:
            future.result()
    return tally


def metrics(port: int) -> dict[str, float]:
    """Return what /metrics says, by name with labels."""
    lines = exchange(port, "GET", "/metrics").text.splitlines()
    return {
        one.rpartition(" ")[0]: float(one.rpartition(" ")[2])
        for one in lines
        if one and not one.startswith("#")
    }


def at_rest(port: int) -> dict[str, float]:
    """Return the metrics once nothing runs or waits, or when that does not come about."""
    end = time.monotonic() + IDLE_S
    while True:
        told = metrics(port)
        busy = told["nextlat:num_requests_running"] + told["nextlat:num_requests_waiting"]
        if busy == 0 or time.monotonic() > end:
            return told
        time.sleep(0.2)


def check_metrics(told: dict[str, float], tally: Tally) -> list[str]:
    """Return what in the metrics does not fit what was sent."""
    counted: Counter[str] = Counter()
    for name, value in told.items():
        if found := re.match(
            r'nextlat:http_requests_total\{route="(?:/v1/[a-z/]+|none)",status="(\d+)"\}', name
        ):
            counted[found[1]] += int(value)
    wanted: Counter[str] = Counter()
    for statuses in tally.statuses.values():
        wanted.update(statuses)
    left = wanted.pop(str(CLIENT_LEFT), 0)
    problems = [
        f"/metrics counts {counted[status]} answers {status}, clients saw {wanted[status]}"
        for status in wanted
        if counted[status] < wanted[status]
    ]
    more = counted.total() - wanted.total()  # what nobody saw was for clients that had left
    if more > left or counted["500"]:
        problems.append(
            f"/metrics counts {dict(counted)}; clients saw {dict(wanted)} and left {left}"
        )
    problems += [
        f"{name} is {told[name]:g} {IDLE_S:g} s after the last request"
        for name in ("nextlat:num_requests_running", "nextlat:num_requests_waiting")
        if told[name]
    ]
    if told["nextlat:generation_tokens_total"] < tally.generated:
        problems.append("fewer tokens are counted than clients were given")
    return problems


def slope_kb(memory: list[tuple[int, int]], requests: int) -> float:
    """Return the growth of memory per thousand requests after the warm-up, by least squares."""
    late = [(sent, kb) for sent, kb in memory if sent >= WARM_UP * requests]
    return (
        1000
        * statistics.linear_regression([sent for sent, _ in late], [kb for _, kb in late]).slope
    )


def summary(tally: Tally, requests: int, told: dict[str, float], seconds: float) -> dict[str, Any]:
    """Return the figures of one run."""
    slope = slope_kb(tally.memory, requests)
    problems = tally.problems + check_metrics(told, tally)
    if slope > MAX_SLOPE_KB:
        problems.append(
            f"memory grows by {slope:.0f} kB in a thousand requests; {MAX_SLOPE_KB} are taken for "
            "none"
        )
    step = max(1, len(tally.memory) // 20)
    return {
        "requests": tally.sent,
        "seconds": round(seconds, 1),
        "statuses": {
            kind: dict(sorted(found.items())) for kind, found in sorted(tally.statuses.items())
        },
        "latency_s": {kind: _quantiles(found) for kind, found in sorted(tally.seconds.items())},
        "memory_kb": [{"after": sent, "kb": kb} for sent, kb in tally.memory[::step]],
        "memory_slope_kb_per_thousand": round(slope, 1),
        "tokens_generated": told["nextlat:generation_tokens_total"],
        "drafts_accepted": told["nextlat:spec_decode_num_accepted_tokens_total"],
        "problems": problems[:50],
    }


def _quantiles(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {name: round(ordered[min(len(ordered) - 1, int(share * len(ordered)))], 4)
            for name, share in (("p50", 0.5), ("p95", 0.95))}  # fmt: skip


def run(
    model: Path, encoder: Path, told: argparse.Namespace, *, speculation: bool
) -> dict[str, Any]:
    """Soak one server from start to stop."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    process = start(model, encoder, port, speculation=speculation)
    try:
        began = time.monotonic()
        each = told.requests // 2
        tally = soak(port, process.pid, each, told.connections, told.seed)
        figures = summary(tally, each, at_rest(port), time.monotonic() - began)
        late = late_body(port)
        if late.status != 408:
            figures["problems"].append(
                f"a body that never comes is answered {late.status}, not 408"
            )
        if exchange(port, "GET", "/health").status != 200:
            figures["problems"].append("the server is not well at the end")
        process.terminate()
        figures["exit_status"] = process.wait(30)
        if figures["exit_status"]:
            figures["problems"].append(f"the server ends with status {figures['exit_status']}")
        return figures
    finally:
        process.kill()
        process.wait()


def main() -> None:
    """Soak both servers and write the result."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--requests", type=int, default=4_000)
    parser.add_argument("--connections", type=int, default=6)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=RESULT)
    told = parser.parse_args()
    if told.requests < 400:
        parser.error(f"--requests {told.requests}: a slope of memory needs at least 400")
    sys.path.append(str(SUPPORT))
    tiny = importlib.import_module("tiny_chat")
    with tempfile.TemporaryDirectory() as name:
        model = tiny.save_chat_model(Path(name) / "tiny")
        encoder = tiny.save_sentence_encoder(Path(name) / "tiny-embed")
        results = {
            word: run(model, encoder, told, speculation=word == "speculation")
            for word in ("speculation", "plain")
        }
    config = {
        "requests": told.requests,
        "connections": told.connections,
        "max_queued": MAX_QUEUED,
        "threads": 1,
    }
    write_json(
        told.out,
        {
            "benchmark": "serve-soak",
            "command": "python benchmarks/nextlat/serve_soak.py",
            "config": {**config, "model": "random Llama, width 32, 2 layers", "warm_up": WARM_UP},
            "seed": told.seed,
            "provenance": provenance(),
            "results": results,
        },
    )
    for word, figures in results.items():
        slope = figures["memory_slope_kb_per_thousand"]
        print(
            f"{word}: {figures['requests']} requests, {slope:+.0f} kB a thousand, problems: "
            f"{figures['problems']}"
        )
    sys.exit(any(figures["problems"] for figures in results.values()))


if __name__ == "__main__":
    main()
