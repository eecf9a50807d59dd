"""Every JSON document of the hub over an invented library, as one text of calls and answers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from command_calls import call
from invented_window import DAY, window_records
from starlette.testclient import TestClient

from academichub.gathering.gather import GatherReport, SourceReport
from academichub.hub import Hub, open_hub
from academichub.library.ledger import Ledger
from academichub.local_model.state import EngineState, write_state
from academichub.messages import plain
from academichub.web.app import create_app
from academichub.works.author import Author
from academichub.works.identifiers import Identifier
from academichub.works.work import Announcement, Record, Version

BASE = "http://127.0.0.1:8000"

WITH_EVERYTHING = Record(
    source="arxiv_announce",
    source_key="oai:arXiv.org:2606.00900v4",
    identifiers=(Identifier("arxiv", "2606.00900"), Identifier("doi", "10.5555/ferry.900")),
    title="Ferries in fog: timetables as belief states",
    authors=(Author("Inés Okonkwo-Lind", orcid="0000-0002-1825-0097"), Author("Bo Tran")),
    abstract="We show that ferry timetables compress into 12 belief states. Fog delays 9 of 10 ferries.",
    categories=("cs.LG", "cs.AI"),
    version=4,
    datestamp=DAY,
    published="2025-11-10",
    venue="Journal of Invented Results",
    journal_ref="J. Inv. Res. 3 (2026) 45",
    comment="12 pages",
    license="CC-BY-4.0",
    language="en",
    versions=(Version(1, "2025-11-10"), Version(4, DAY, DAY)),
    announcements=(
        Announcement("arxiv_announce", DAY, "replace", "cs.LG", 4),
        Announcement("arxiv_announce", DAY, "replace-cross", "cs.AI", 4),
    ),
)

REPORT = GatherReport(
    day=DAY,
    sources=[
        SourceReport("arxiv_oai", "partial", 3, 12, 11, 1, [plain("one page did not come")]),
        SourceReport("crossref"),
    ],
    works_before=4,
    works_after=15,
)

EVIDENCE = [
    {"n": 1, "title": "Ferries", "abstract": "The ferry takes 12 minutes. It burns no fuel."}
]


def fill(hub: Hub) -> None:
    """Put works, ledger rows and a local model's state into an empty hub."""
    hub.library.add([*window_records(), WITH_EVERYTHING])
    ledger = Ledger(hub.database)
    with_failure = ledger.open("arxiv_oai", "cs.LG 2026-06-16", DAY)
    with_failure.asked, with_failure.received, with_failure.expected = 2, 5, 7
    with_failure.fail("timeout", "after 30 s")
    ledger.close(with_failure)
    complete = ledger.open("crossref", "1234-5678")
    complete.asked = complete.received = complete.merged = 1
    ledger.close(complete)
    write_state(
        hub.settings.home,
        EngineState(
            "failed",
            "last line",
            plain("no memory"),
            plain("free some"),
            3,
            "http://127.0.0.1:1/v1",
        ),
    )


def masked(text: str, home: Path) -> str:
    """Return a text without what differs between runs and releases: moments, durations, last digits."""
    text = text.replace(str(home), "HOME")
    text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?", "MOMENT", text)
    text = re.sub(r'("version": ?")\d+\.\d+\.\d+"', r'\1VERSION"', text)
    text = re.sub(r'("database_ms": ?)[\d.]+', r"\1MS", text)
    text = re.sub(r'("(?:score|support|ndcg10|recall100)": ?\d\.\d)\d+', r"\1", text)
    return re.sub(r'("(?:fit_)?seconds": ?)[\d.]+', r"\1S", text)


def commands(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Yield each command line that prints JSON with what it prints."""
    monkeypatch.setattr("academichub.commands.gather.run_gather", lambda *_a, **_k: REPORT)
    monkeypatch.setattr("academichub.commands.gather._refit", lambda _hub: None)
    signals = folder / "radar.json"
    signals.write_text(
        json.dumps(
            {
                "format": "academichub-radar",
                "version": 1,
                "signals": {
                    "query": [{"value": "grid cells", "weight": 2.5}],
                    "author": ["Ada Example"],
                },
            }
        ),
        "utf-8",
    )
    library = folder / "library.bib"
    library.write_text(
        "@article{a, title={Ferries of winter}, author={Tran, Bo}, year={2020}, doi={10.5555/winter}}\n"
        "@article{b, author={Nobody}}\n",
        "utf-8",
    )
    for line in (
        "gather --json",
        "today --json -n 3",
        "today --json --author Nobody",
        "today --json --date 2026-06-16 --lang zh -n 2",
        "today --json -n 5 --batch 1 --seed 3",
        "search --json grid cells",
        "search --json 2606.00900",
        "search --json zzz",
        "radar add query ferries --weight 2 --json",
        "radar like arxiv:2606.00900 --json",
        "radar dislike arxiv:2606.00001 --json",
        "radar hide arxiv:2606.00002 --json",
        "radar remove query ferries --json",
        "radar undo --json",
        f"radar import {signals} --json",
        "radar show --json",
        "radar export",
        "today --json -n 3",
        "brief --json",
        "brief --json --lang zh --days 2 --limit 6",
        "ledger --json",
        "ledger --json --date 2026-06-16",
        f"import {library} --json",
        "engine --json",
        "export works --format jsonl",
    ):
        yield line.replace(str(folder), "FOLDER"), call(*line.split()).out
    asked = [
        {
            "sentence": "The ferry takes 12 minutes.",
            "citations": [1],
            "evidence": EVIDENCE,
            "lang": "en",
        },
        {
            "sentence": "The ferry takes 17 minutes.",
            "citations": [1],
            "evidence": EVIDENCE,
            "lang": "en",
        },
        {"sentence": "渡轮需要12分钟。", "citations": [1], "evidence": EVIDENCE, "lang": "zh"},
        {"sentence": "The ferry takes 12 minutes.", "citations": [2], "evidence": EVIDENCE},
        {"citations": [1]},
    ]
    yield "check", call("check", stdin="\n".join(map(json.dumps, asked))).out
    rewards = [
        {"completion": "The ferry takes 12 minutes.", "evidence": EVIDENCE},
        {
            "completion": "It takes the ferry 12 minutes.",
            "evidence": EVIDENCE,
            "extract": "We show that the ferry takes 12 minutes at most.",
        },
        {"completion": "", "evidence": EVIDENCE},
        {"evidence": []},
    ]
    yield "brief-reward", call("brief-reward", stdin="\n".join(map(json.dumps, rewards))).out
    yield "doctor --json", _without_surroundings(call("doctor", "--json").out)
    yield from _benchmarks(folder)


def _without_surroundings(text: str) -> str:
    """Return the findings of doctor without what depends on this computer."""
    document = json.loads(text)
    for finding in document["findings"]:
        finding["found"] = "FOUND"
        details: list[dict[str, object]] = []
        for detail in finding["details"]:
            masked_detail = {**detail, "params": dict.fromkeys(detail["params"], "FOUND")}
            if masked_detail not in details:  # how many folders use disk depends on the computer
                details.append(masked_detail)
        finding["details"] = details
    return json.dumps(document, ensure_ascii=False)


def _benchmarks(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield both benchmarks over collections so small that their figures are whole or halves."""
    files = {
        "corpus": "\n".join(
            json.dumps({"_id": key, "title": key, "text": text})
            for key, text in (("a", "grey wolf pack"), ("b", "burst telescope"))
        ),
        "queries": json.dumps({"_id": "q", "text": "wolf"}),
        "qrels": "q\ta\t1\nq\tb\t1",
        "items": "\n".join(
            f"11 {' '.join(f'{item % 2 * 40 + item * step % 31}:1' for step in range(1, 12))}"
            for item in range(240)
            if item % 31
        ),
        "users": "\n".join(
            f"30 {' '.join(str(user % 2 + 2 * ((user + n * 3) % 115)) for n in range(30))}"
            for user in range(24)
        ),
    }
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    for names, command in (
        (("corpus", "queries", "qrels"), "search"),
        (("items", "users"), "radar"),
    ):
        options = [part for name in names for part in (f"--{name}", folder / name)]
        options += ["--n-users", "8"] if command == "radar" else []
        yield f"bench {command} --json", call("bench", command, *options, "--json").out


def model_written(
    hub: Hub, client: TestClient, wait: Callable[[], object]
) -> Iterator[tuple[str, str]]:
    """Yield the documents of a brief that a language model rewrites; `wait` returns when it is done."""
    first = client.post("/api/brief", json={"days": 1, "lang": "en"}).json()
    wait()
    for path in ("/api/briefs/writing", "/api/briefs", "/api/brief"):
        answer = client.get(path)
        yield f"GET {path}", f"{answer.status_code}\n{answer.text}"
    again = client.post(f"/api/briefs/{first['id']}/model")
    wait()
    yield "POST /api/briefs/{id}/model", f"{again.status_code}\n{again.text}"


ROUTES = (
    ("GET", "/health", None),
    ("GET", "/api/today?size=3", None),
    ("GET", "/api/today?author=Nobody", None),
    ("GET", "/api/today?size=2&batch=1&seed=3&category=q-bio.NC", None),
    ("GET", "/api/search?q=grid+cells&limit=3", None),
    ("GET", "/api/search?q=zzz", None),
    ("GET", "/api/works/arxiv:2606.00900", None),
    ("GET", "/api/works/2606.00001", None),
    ("GET", "/api/brief", None),
    ("GET", "/api/briefs", None),
    ("GET", "/api/briefs/writing", None),
    ("POST", "/api/brief", {"days": 1, "lang": "en"}),
    ("GET", "/api/brief", None),
    ("GET", "/api/briefs", None),
    ("POST", "/api/briefs/none/model", None),
    ("DELETE", "/api/briefs/writing/9", None),
    ("GET", "/api/ledger", None),
    ("GET", "/api/ledger?date=2026-06-16", None),
    ("POST", "/api/radar/signals", {"kind": "query", "value": "ferries", "weight": 2}),
    ("POST", "/api/radar/signals", {"kind": "author", "value": "Ada Example"}),
    ("GET", "/api/radar", None),
    ("DELETE", "/api/radar/signals?kind=author&value=Ada+Example", None),
    ("POST", "/api/radar/undo", None),
    (
        "PUT",
        "/api/radar",
        {"format": "academichub-radar", "version": 1, "signals": {"category": ["cs.LG"]}},
    ),
    ("GET", "/api/gather", None),
    ("DELETE", "/api/gather/9", None),
    ("GET", "/api/engine", None),
    ("POST", "/api/engine/retry", None),
    ("GET", "/api/export/works", None),
    ("GET", "/api/nothing", None),
    ("GET", "/api/search", None),
    ("GET", "/api/today?date=soon", None),
    ("PUT", "/api/today", None),
)


def routes(hub: Hub) -> Iterator[tuple[str, str]]:
    """Yield each request to the API with its status and body."""
    with TestClient(create_app(hub), base_url=BASE, raise_server_exceptions=False) as client:
        for method, path, body in ROUTES:
            answer = client.request(method, path, json=body)
            if path == "/api/brief" and method == "POST":
                stored = answer.json()["id"]
                yield f"{method} {path}", f"{answer.status_code}\n{answer.text}"
                same = client.get(f"/api/briefs/{stored}")
                yield "GET /api/briefs/{id}", f"{same.status_code}\n{same.text}"
                file = client.get(f"/brief/{stored}.json")
                yield "GET /brief/{id}.json", f"{file.status_code}\n{file.text}"
                continue
            yield f"{method} {path}", f"{answer.status_code}\n{answer.text}"


def written(parts: Iterator[tuple[str, str]], home: Path) -> str:
    """Return parts as one text."""
    return "".join(f"=== {name}\n{masked(text, home).rstrip()}\n" for name, text in parts)


def opened() -> Hub:
    """Return a filled hub of the test's own data folder."""
    hub = open_hub()
    fill(hub)
    return hub
