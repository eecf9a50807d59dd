"""Commands as scripts rely on them: the documents they print, what goes to which stream, exit codes.

Here: the starter shelf, commands that need no library, and what cannot be done. All works are invented.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from math import log2
from pathlib import Path

import pytest
from command_calls import Answer, assert_document, call

from academichub import documents
from academichub.cli import COMMANDS


def test_an_empty_home_shows_the_shelf() -> None:
    today = call("today", "--json").json
    assert_document(today, documents.Today)
    assert (
        today["cards"] and today["total"] >= len(today["cards"]) and today["empty_because"] is None
    )
    assert [card["rank"] for card in today["cards"]] == [*range(1, len(today["cards"]) + 1)]
    found = call("search", "the", today["cards"][0]["title"], "-n", "3", "--json").json
    assert_document(found, documents.SearchPage)
    assert found["hits"][0]["key"] == today["cards"][0]["key"] and len(found["hits"]) <= 3
    assert call("ledger", "--json").json == {"entries": []}
    assert call("export", "works", "--format", "jsonl") == Answer(0, "", ""), (
        "the shelf is not the reader's library"
    )


def test_a_day_without_works_says_why() -> None:
    empty = call("today", "--author", "Nobody At All", "--json").json
    assert_document(empty, documents.Today)
    assert (empty["total"], empty["cards"]) == (0, []) and empty["empty_because"]


def test_check_answers_every_line_in_order() -> None:
    evidence = [
        {"n": 1, "title": "Ferries", "abstract": "The ferry takes 12 minutes. It burns no fuel."}
    ]
    asked = [
        {
            "sentence": "The ferry takes 12 minutes.",
            "citations": [1],
            "evidence": evidence,
            "lang": "en",
        },
        {
            "sentence": "The ferry takes 17 minutes.",
            "citations": [1],
            "evidence": evidence,
            "lang": "en",
        },
        {
            "sentence": "The ferry takes 12 minutes.",
            "citations": [2],
            "evidence": evidence,
            "lang": "en",
        },
        {"sentence": "The ferry takes 12 minutes.", "citations": [1], "evidence": [], "lang": "en"},
        {"sentence": "x" * 200_000, "citations": [1], "evidence": evidence, "lang": "zh"},
        {"citations": [1]},
    ]
    answer = call("check", stdin="\n".join([*map(json.dumps, asked), "{not json"]))
    lines = [json.loads(line) for line in answer.out.splitlines()]
    assert (answer.code, answer.err, len(lines)) == (0, "", 7)
    for line in lines:
        assert_document(line, documents.Verdict)
        assert bool(line["ok"]) is not bool(line["reasons"])
    assert [line["ok"] for line in lines] == [True] + [False] * 6
    assert [line["checks"]["citation_resolves"] for line in lines[:4]] == [True, True, False, False]
    assert lines[1]["checks"]["numbers"] is False


def test_bench_search_gives_the_figures_one_computes_by_hand(tmp_path: Path) -> None:
    collection = [
        ("1", "Wolves", "grey wolf pack"),
        ("d/2", "Cells", "insulin"),
        ("3 x", "Rays", "burst telescope"),
    ]
    corpus = [
        json.dumps({"_id": key, "title": title, "text": text}) for key, title, text in collection
    ]
    queries = [
        json.dumps({"_id": f"q{n}", "text": text})
        for n, text in ((1, "wolf"), (2, "insulin"), (3, "zebra"))
    ]
    (tmp_path / "corpus.jsonl").write_bytes("\r\n\r\n".join(corpus).encode())
    (tmp_path / "queries.jsonl").write_text("\n".join(queries))
    (tmp_path / "qrels.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\t1\t1\nq2\td/2\t1\nq2\t3 x\t1\nq3\t1\t1"
    )
    paths = [
        flag
        for name in ("corpus", "queries", "qrels")
        for flag in (f"--{name}", next(tmp_path.glob(f"{name}.*")))
    ]
    result = call("bench", "search", *paths, "--json").json
    assert_document(result, documents.SearchBenchmark)
    assert result["n"] == 3
    assert result["ndcg10"] == pytest.approx((1 + 1 / (1 + 1 / log2(3)) + 0) / 3, abs=1e-6)
    assert result["recall100"] == pytest.approx((1 + 0.5 + 0) / 3, abs=1e-6)


def test_bench_radar_prints_its_figures(tmp_path: Path) -> None:
    words = [[(item % 2) * 40 + (item * step) % 31 for step in range(1, 12)] for item in range(240)]
    bags = [dict.fromkeys(one, 1) for one in words]
    items = "\n".join(
        f"{len(bag)} " + " ".join(f"{word}:{n}" for word, n in bag.items()) for bag in bags
    )
    users = "\n".join(
        f"30 {' '.join(str((user % 2) + 2 * ((user + n * 3) % 120)) for n in range(30))}"
        for user in range(24)
    )
    (tmp_path / "items.dat").write_text(items)
    (tmp_path / "users.dat").write_text(users + "\n\n")
    files = ["--items", tmp_path / "items.dat", "--users", tmp_path / "users.dat"]
    result = call("bench", "radar", *files, "--n-users", "8", "--json").json
    assert_document(result, documents.RadarBenchmark)
    assert result["n"] == 8 and result["recall100"] > 0.9, (
        "everything hidden of a user's topic is among the first 100"
    )


def _spelt(one: object) -> str:
    return " ".join(one) if isinstance(one, list) else str(one)


USAGE = 2
FAILED = 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ([], USAGE), (["nonsense"], USAGE), (["today", "--date", "2026-02-30"], USAGE), (["today", "--days", "0"], USAGE),
        (["today", "--batch", "-1"], USAGE), (["today", "--nonsense"], USAGE), (["search"], USAGE),
        (["search", "-n", "0", "x"], USAGE), (["ledger", "--date", "yesterday"], USAGE), (["gather", "nonsense"], USAGE),
        (["export", "works"], USAGE), (["export", "works", "--format", "word"], USAGE), (["import"], USAGE),
        (["import", "absent.bib"], FAILED), (["import", "."], FAILED), (["brief", "--lang", "fr"], USAGE),
        (["brief", "--date", "2026-99-01"], USAGE), (["bench", "search"], USAGE), (["bench", "radar", "--items", "x"], USAGE),
        (["restore", "absent.zip"], USAGE), (["backup", "/proc/absent/hub.zip"], FAILED), (["radar", "like", "nothing"], FAILED),
        (["run", "--host", "0.0.0.0", "--port", "0"], USAGE), (["serve", "--port", "text"], USAGE),
        (["serve", "--port", "70000"], USAGE), (["user", "remove", "nobody"], FAILED),
    ],
    ids=_spelt,
)  # fmt: skip
def test_what_cannot_be_done_is_said_on_standard_error(arguments: list[str], code: int) -> None:
    answer = call(*arguments)
    assert (answer.code, answer.out) == (code, "")
    assert answer.err.startswith(("academichub: ", "Usage: "))


READING = [
    ["today", "--json"],
    ["search", "x", "--json"],
    ["ledger", "--json"],
    ["export", "works", "--format", "ris"],
]


@pytest.mark.parametrize(
    "arguments", [*READING, ["brief", "--json"], ["backup", "hub.zip"]], ids=_spelt
)
def test_a_damaged_database_is_a_stated_failure(arguments: list[str]) -> None:
    (Path(os.environ["ACADEMICHUB_HOME"]) / "academichub.sqlite3").write_bytes(
        b"no database at all " * 999
    )
    answer = call(*arguments)
    assert (answer.code, answer.out) == (FAILED, "")
    assert "academichub restore FILE" in answer.err


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("ACADEMICHUB_SOURCES__ARXIV__CATEGORY", "[]", "ACADEMICHUB_SOURCES__ARXIV__CATEGORIES"),
        ("ACADEMICHUB_SOURCES__ENABLED", '["nature"]', "'nature' is no source"),
        ("ACADEMICHUB_SOURCES__ARXIV__MIN_INTERVAL_S", "1", "below 3"),
        ("ACADEMICHUB_HOME", "/dev/null", "ACADEMICHUB_HOME"),
    ],
)
def test_a_wrong_setting_is_bad_usage(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    monkeypatch.setenv(variable, value)
    for arguments in READING:
        answer = call(*arguments)
        assert (answer.code, answer.out) == (USAGE, "")
        assert said in answer.err


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_explains_itself(name: str) -> None:
    answer = call(name, "--help")
    assert (answer.code, answer.err) == (0, "")
    assert answer.out.startswith(f"Usage: academichub {name}") and "--help" in answer.out


def test_a_real_process_keeps_its_streams_apart() -> None:
    command = [sys.executable, "-m", "academichub.cli"]
    good = subprocess.run(
        [*command, "search", "zzz", "qqq", "--json"], capture_output=True, text=True, check=False
    )
    assert (good.returncode, json.loads(good.stdout)["query"]) == (0, "zzz qqq")
    bad = subprocess.run(
        [*command, "today", "--date", "x", "--json"], capture_output=True, text=True, check=False
    )
    assert (bad.returncode, bad.stdout) == (2, "") and bad.stderr.startswith(
        "academichub: 'x' is not a day"
    )
    with subprocess.Popen(
        [*command, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as closed:
        assert closed.stdout is not None and closed.stderr is not None
        closed.stdout.close()
        assert "Traceback" not in closed.stderr.read()
