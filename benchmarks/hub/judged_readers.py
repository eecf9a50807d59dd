"""The order of Today against readers whose relevant works are known, through the public commands.

    python benchmarks/hub/judged_readers.py --readers DIR --works FILE [--command academichub]
        [--curve]

A reader is a JSON file: what a new user would type (`queries`, `categories`, `authors`, and
`examples`, which are arXiv ids announced before the judged days), the judged `days`, and `grades`
(arXiv id -> 3 must read, 2 relevant, 1 marginal; absent = 0). FILE has the announced works of these
days and of those before, as JSON lines that `academichub import` reads (docs/data.md). Each reader
has a library of its own, which holds the works of the reader's categories up to the judged day.

Figures, for each reader as the mean of the judged days:

    ndcg20  nDCG of the first 20 cards, gain 2^grade - 1
    p20     share of the first 20 with grade 2 or 3, of as many as there are (at most 20)
    must40  share of the works of grade 3 that are among the first 40 cards

`--curve` adds a learning curve: the same on the last judged day with 0, 1, 3, 5, 10 and 20 works as
signals, first the examples, then works of grade 2 or 3 of the earlier days, as likes; once beside
what the reader typed, once with the works alone.

`--command` may be the program of another version: it is called by its documented commands only.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from result_file import DATA, write_result

PAGE = 20
CURVE = (0, 1, 3, 5, 10, 20)
FIGURES = ("ndcg20", "p20", "must40")
Work = dict[str, Any]
Reader = dict[str, Any]


def read_works(path: Path) -> list[Work]:
    """Return the works of a file, in its order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


class Program:
    """The program under test, with a data folder of its own."""

    def __init__(self, command: str, home: Path) -> None:
        self._command, self._home = command, home
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("ACADEMICHUB_")}
        self._environment = inherited | {
            "ACADEMICHUB_HOME": str(home / "home"),
            "ACADEMICHUB_SOURCES__ENABLED": "[]",
        }

    def run(self, *arguments: str) -> str:
        """Return what a command prints."""
        done = subprocess.run(
            [self._command, *arguments],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=900,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(arguments)}: {done.stderr.strip()[-400:]}")
        return done.stdout

    def add_works(self, works: Iterable[Work]) -> None:
        """Import works with the days they were announced on."""
        path = self._home / "works.jsonl"
        path.write_text("".join(json.dumps(work) + "\n" for work in works), "utf-8")
        self.run("import", str(path), "--json")

    def set_radar(self, signals: dict[str, Sequence[str]]) -> None:
        """Let the radar have these signals and no others."""
        radar = {"format": "academichub-radar", "version": 1, "signals": signals}
        path = self._home / "radar.json"
        path.write_text(json.dumps(radar, ensure_ascii=False), "utf-8")
        self.run("radar", "import", str(path), "--replace", "--json")

    def first_pages(self, day: str, pages: int) -> list[str]:
        """Return the arXiv ids of the first cards of a day."""
        shown: list[str] = []
        for batch in range(pages):
            arguments = ("today", "--date", day, "-n", str(PAGE), "--batch", str(batch), "--json")
            cards = json.loads(self.run(*arguments))["cards"]
            shown += [card["key"].removeprefix("arxiv:") for card in cards]
        return shown


def signals_of(reader: Reader, likes: Sequence[str] | None = None) -> dict[str, Sequence[str]]:
    """Return the signals of a reader's radar: what was typed, and works as examples.

    Args:
        reader: The reader.
        likes: arXiv ids of works instead of the reader's own examples.
    """
    works = reader["examples"] if likes is None else likes
    return {
        "category": reader["categories"],
        "query": reader["queries"],
        "author": reader["authors"],
        "example": [f"arxiv:{number}" for number in works],
    }


def gains(grades: Sequence[int]) -> float:
    """Return the discounted gain of grades in the order they are shown."""
    return sum((2.0**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades))


def figures_of(shown: Sequence[str], grades: dict[str, int]) -> dict[str, float]:
    """Return the figures of the first two pages; grades are those of works announced that day."""
    first = [grades.get(number, 0) for number in shown[:PAGE]]
    ideal = sorted(grades.values(), reverse=True)[:PAGE]
    good = sum(grade >= 2 for grade in grades.values())
    must = [number for number, grade in grades.items() if grade == 3]
    return {
        "ndcg20": gains(first) / max(gains(ideal), 1e-9),
        "p20": sum(grade >= 2 for grade in first) / max(1, min(PAGE, good)),
        "must40": sum(number in shown for number in must) / max(1, len(must)),
    }


def judge(reader: Reader, works: Sequence[Work], command: str, curve: bool) -> dict[str, Any]:
    """Return the figures of a reader, by day and on average, and the learning curve if asked."""
    categories = set(reader["categories"])
    own = [work for work in works if categories & set(work["categories"])]
    judged_days = sorted(reader["days"])
    by_day: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="reader-") as folder:
        program, before = Program(command, Path(folder)), ""
        for day in judged_days:
            program.add_works(work for work in own if before < work["day"] <= day)
            before = day
            grades = grades_of(reader, own, day)
            program.set_radar(signals_of(reader))
            by_day[day] = figures_of(program.first_pages(day, 2), grades)
        mean = {name: float(np.mean([row[name] for row in by_day.values()])) for name in FIGURES}
        judged: dict[str, Any] = {"days": by_day, "mean": mean}
        if curve:
            judged["curve"] = learning_curve(reader, own, program, judged_days)
    return judged


def grades_of(reader: Reader, works: Iterable[Work], day: str) -> dict[str, int]:
    """Return arXiv id -> grade of the graded works of a day."""
    of_day = {work["id"] for work in works if work["day"] == day}
    return {number: int(g) for number, g in reader["grades"].items() if number in of_day}


def learning_curve(
    reader: Reader, works: Sequence[Work], program: Program, judged_days: Sequence[str]
) -> dict[str, dict[str, float]]:
    """Return nDCG on the last judged day by kind of radar and number of works as signals."""
    *earlier, last = judged_days
    liked = [
        number
        for day in earlier
        for number, grade in sorted(grades_of(reader, works, day).items())
        if grade >= 2
    ]
    likes, grades = [*reader["examples"], *liked], grades_of(reader, works, last)
    rows: dict[str, dict[str, float]] = {"beside_what_was_typed": {}, "works_alone": {}}
    for number in CURVE:
        if number > len(likes):
            continue  # this reader has fewer works to like
        signals = signals_of(reader, likes[:number])
        alone = {"category": signals["category"], "example": signals["example"]}
        for kind, radar in zip(rows, (signals, alone), strict=True):
            program.set_radar(radar)
            shown = program.first_pages(last, 1)
            rows[kind][str(number)] = figures_of(shown, grades)["ndcg20"]
    return rows


def interval(values: Sequence[float], seed: int = 0) -> list[float]:
    """Return the 95 % interval of a mean over readers, by 10,000 bootstrap samples."""
    drawn = np.random.default_rng(seed).choice(np.asarray(values), (10_000, len(values)))
    return [float(edge) for edge in np.quantile(drawn.mean(axis=1), [0.025, 0.975])]


def summary(readers: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the means over readers with their intervals, and the mean curve."""
    rows: dict[str, Any] = {}
    for name in FIGURES:
        values = [judged["mean"][name] for judged in readers.values()]
        rows[name] = {"mean": float(np.mean(values)), "interval": interval(values)}
    curves = [judged["curve"] for judged in readers.values() if "curve" in judged]
    if curves:
        rows["curve"] = {
            kind: {
                number: {"mean": float(np.mean(at)), "readers": len(at)}
                for number in map(str, CURVE)
                if (at := [curve[kind][number] for curve in curves if number in curve[kind]])
            }
            for kind in curves[0]
        }
    return rows


def main() -> None:
    """Judge every reader of a folder and write the result file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    stream = "stream_2026-06-15_to_2026-06-29.jsonl.gz"
    parser.add_argument("--readers", type=Path, required=True)
    parser.add_argument("--works", type=Path, default=DATA / "arxiv" / stream)
    parser.add_argument("--command", default="academichub")
    parser.add_argument("--label", default="now", help="name of these figures in the result file")
    parser.add_argument("--curve", action="store_true")
    parser.add_argument("--name", default="judged_readers", help="name of the result file")
    args = parser.parse_args()
    works = read_works(args.works)
    readers = {}
    for path in sorted(args.readers.glob("*.json")):
        reader = json.loads(path.read_text("utf-8"))
        readers[reader["id"]] = judge(reader, works, args.command, args.curve)
        print(reader["id"], json.dumps(readers[reader["id"]]["mean"]), flush=True)
    config = {"label": args.label, "works": args.works.name, "curve": args.curve}
    print(json.dumps(summary(readers), indent=1))
    write_result(
        f"{args.name}_{args.label}", config, {"readers": readers, "summary": summary(readers)}
    )


if __name__ == "__main__":
    main()
