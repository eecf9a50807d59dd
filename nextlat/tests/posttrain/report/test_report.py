"""The report of post-training: its numbers are the file's, its page is valid, escaped and
self-contained."""

from __future__ import annotations

import copy
import itertools
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from posttrain_simulation import own_task, simulated_curves, simulated_results

from nextlat.cli import main
from nextlat.errors import DataError
from nextlat.posttrain.report.estimates import accuracy, pooled
from nextlat.posttrain.report.report import is_posttrain, write_posttrain_report
from nextlat.posttrain.report.seeds import read_study
from nextlat.posttrain.report.tables import tables
from nextlat.posttrain.rows import select

pytestmark = pytest.mark.slow

HOSTILE = '<script>alert("x")</script>&amp;$\\frac|`_"\''
VOID = {"meta"}


class Page(HTMLParser):
    """Checks that elements nest, and collects elements, ids and what could reach outside."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open, f"left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: told or "" for name, told in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: told or "" for name, told in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def all(self, name: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.elements if tag == name]


def write(folder: Path, results: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results), "utf-8")
    return folder


def check_page(text: str) -> Page:
    """What holds of every page: it nests, names its parts, and reaches nothing outside."""
    page = Page(text)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in page.elements:
        assert tag not in {"script", "iframe", "img", "link", "object", "embed", "form"}
        for name, told in attributes.items():
            assert not name.startswith("on")
            if name in {"href", "src", "xlink:href"}:
                assert told.startswith("#")
                assert told[1:] in ids
    assert not re.search(r"url\((?!#)|@import|(?:src|href)\s*=\s*[\"']?(?:https?:)?//", text)
    assert "http" not in "".join(
        value for _, attributes in page.elements for value in attributes.values()
    ).replace("Content-Security-Policy", "")
    for name in re.findall(r"url\(#([^)]+)\)", text):
        assert name in ids
    assert len(page.all("h1")) == 1
    assert "default-src 'none'" in text
    assert page.all("html") == [{"lang": "en"}]
    assert page.all("meta")[2]["name"] == "viewport"
    assert len(page.all("caption")) == len(page.all("table"))
    assert all("scope" in cell for cell in page.all("th"))
    for figure in page.all("svg"):
        assert figure["role"] == "img"
    assert len(page.all("desc")) == len(page.all("svg"))
    assert len(page.all("figcaption")) == len(page.all("figure")) == len(page.all("svg"))
    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    return page


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write(
        tmp_path_factory.mktemp("study"),
        simulated_results(n=64, steps=70, sizes=(2, 5, 6, 7, 8, 9)),
    )
    write_posttrain_report(folder)
    return folder


def test_the_page_of_a_study(study: Path) -> None:
    text = (study / "report.html").read_text("utf-8")
    page = check_page(text)
    headings = {attributes["id"] for attributes in page.all("h2")}
    assert headings == {
        "short",
        "criteria",
        "accuracy",
        "splits",
        "strategies",
        "training",
        "decoding",
        "pass",
        "provenance",
    }
    assert len(text) < 1_000_000
    assert "prefers-color-scheme: dark" in text
    assert "var(--ink)" in text
    assert "#1c1e24" not in text.split("</style>")[1]  # every colour follows the theme
    words = " ".join(page.words)
    assert "Not run yet" not in words
    assert "a made-up processor" in words
    assert "rl.num_generations" in words


def test_every_figure_is_there_as_svg_and_png(study: Path) -> None:
    names = {path.stem for path in (study / "figures").glob("*.svg")}
    assert names == {path.stem for path in (study / "figures").glob("*.png")}
    assert {"curve-reward", "curve-kl", "curve-entropy", "curve-frac-reward-zero-std"} <= names
    assert {"curve-route-forward-evaluation", "curve-route-backward-inversion"} <= names
    assert "curve-route-forward-inversion" not in names  # the other share of the same whole
    for arm in ("0-f", "1-b", "2-fb"):
        assert {f"splits-{arm}", f"routing-{arm}", f"execution-{arm}"} <= names
    for path in (study / "figures").glob("*.svg"):
        assert path.read_text("utf-8").rstrip().endswith("</svg>")
    assert (study / "figures" / "curve-reward.png").read_bytes().startswith(b"\x89PNG")
    text = (study / "report.md").read_text("utf-8")
    for name in names:
        assert f"](figures/{name}.svg)" in text


def test_the_same_results_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (write_posttrain_report(write(tmp_path / name, own_task())) for name in "ab")
    assert len(first) > 4
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_numbers_of_the_table_are_the_files(study: Path) -> None:
    told = json.loads((study / "results.json").read_text("utf-8"))
    rows = [
        row
        for row in told["rows"]
        if (row["arm"], row["stage"]) == ("FB", "rl_hard") and row["steps"] > 5
    ]
    by_hand = {
        kind: sum(row["accuracy"] for row in rows if row["type"] == kind) / 4
        for kind in ("evaluation", "inversion")
    }
    everything = sum(by_hand.values()) / 2
    results = read_study(study)
    main_table = next(one for one in tables(results) if one.name == "accuracy-0")
    assert main_table.head == ("arm", "stage", "All", "Inversion", "Evaluation")
    line = next(row for row in main_table.rows if row[:2] == ("FB", "RL on 6-9"))
    assert [getattr(cell, "text", "") for cell in line[2:]] == [
        f"{100 * share:.1f}" for share in (everything, by_hand["inversion"], by_hand["evaluation"])
    ]
    assert [str(cell) for cell in main_table.rows[-1]] == ["chance", "a guess", "9.1", "9.1", "9.1"]
    # The pooled interval is narrower than a row's and holds the mean.
    mine = select(results.rows, "FB", "rl_hard", ("inversion",), (6, 7, 8, 9))
    mean, ends = pooled(mine, accuracy) or (0.0, None)
    assert ends is not None
    one = mine[0].sampled.interval
    assert one is not None
    assert ends[0] < mean < ends[1]
    assert ends[1] - ends[0] < 0.6 * (one[1] - one[0])


def test_the_guessing_line_of_pass_at_k(study: Path) -> None:
    table = next(one for one in tables(read_study(study)) if one.name == "pass-at-k")
    assert [str(cell) for cell in table.rows[-1]][3:] == [
        "9.1",
        "31.7",
        "78.2",
        "n/a",
        "n/a",
        "n/a",
    ]
    assert table.head[3:] == (
        *(f"answers, k={k}" for k in (1, 4, 16)),
        *(f"traces, k={k}" for k in (1, 4, 16)),
    )


def test_the_papers_table_stands_beside_ours(study: Path) -> None:
    table = next(one for one in tables(read_study(study)) if one.name == "paper")
    line = next(row for row in table.rows if row[:2] == ("FB", "RL on 6-9"))
    assert (line[3], line[5], line[7]) == ("95.7", "94.1", "97.1")


def test_seeds_give_mean_and_spread(tmp_path: Path) -> None:
    runs = [simulated_results(seed, n=32, steps=5, sizes=(5, 6, 9)) for seed in range(3)]
    for run in runs:
        run["curves"] = [point for point in run["curves"] if point["arm"] == "FB"]
        write(tmp_path / f"seed-{run['seed']}", run)
    assert is_posttrain(tmp_path)
    write_posttrain_report(tmp_path)
    shares = [
        sum(row["accuracy"] for row in run["rows"] if _is(row, "B", "sft", "inversion")) / 2
        for run in runs
    ]
    mean = sum(shares) / 3
    sd = (sum((share - mean) ** 2 for share in shares) / 2) ** 0.5
    text = (tmp_path / "report.md").read_text("utf-8")
    assert f"{100 * mean:.1f} ± {100 * sd:.1f}" in text
    assert "of 3 seeds" in text
    assert "3 seeds (0, 1, 2)" in text
    check_page((tmp_path / "report.html").read_text("utf-8"))


def _is(row: dict[str, Any], arm: str, stage: str, kind: str) -> bool:
    return (row["arm"], row["stage"], row["type"]) == (arm, stage, kind) and row["steps"] > 5


def test_a_users_own_task(tmp_path: Path) -> None:
    assert main_report(write(tmp_path, own_task())) is None
    page = check_page((tmp_path / "report.html").read_text("utf-8"))
    words = " ".join(page.words)
    assert "Post-training of your task" in words
    assert "work backwards" in words
    assert "chance" not in words
    assert "2606" not in words
    assert (tmp_path / "figures" / "curve-reward.svg").exists()


def test_compositions_are_told_by_parts_apart_from_the_other_types(tmp_path: Path) -> None:
    results = simulated_results(n=16, steps=2, sizes=(3, 7))
    plain = [row for row in results["rows"] if (row["arm"], row["stage"]) == ("FB", "sft")]
    rows = [
        {**row, "arm": "FB-seeded", "stage": stage} for row in plain for stage in ("sft", "rl_hard")
    ]
    rows += [
        {
            **plain[0],
            "arm": "FB-seeded",
            "stage": "rl_hard",
            "type": "composition",
            "steps": parts,
            "accuracy": accuracy,
        }
        for parts, accuracy in ((3, 0.9), (4, 0.6), (5, 0.3))
    ]
    rows = [
        {**row, "execution": {} if row["type"] == "composition" else row["execution"]}
        for row in rows
    ]
    partial = {**results, "rows": rows, "splits": [], "curves": [], "criteria": {}, "missing": []}
    write_posttrain_report(write(tmp_path, partial))
    found = {one.name: one for one in tables(read_study(tmp_path))}
    line = {row[1]: row for row in found["accuracy-0"].rows}["RL on 3-5 parts"]
    assert found["accuracy-0"].head == (
        "arm",
        "stage",
        "All",
        "Inversion",
        "Evaluation",
        "Composition",
    )
    hard = [row["accuracy"] for row in plain if row["steps"] == 7]
    assert [getattr(cell, "text", "") for cell in (line[2], line[5])] == [
        f"{100 * sum(hard) / 2:.1f}",
        "60.0",
    ]
    assert "Composition" not in found["accuracy-1"].head
    check_page((tmp_path / "report.html").read_text("utf-8"))


def test_strategies_that_were_not_forced_are_told_by_what_they_reach_where_chosen(
    tmp_path: Path,
) -> None:
    results = own_task()
    for row in results["rows"]:
        row["execution"] = {}
        row["conditional"] = {
            "work backwards": {"accuracy": 0.4321, "n": 30},
            "other": {"accuracy": None, "n": 0},
        }
    results["notes"] = ["Execution was not measured."]
    results["greedy_splits"] = results["splits"]
    for split in results["splits"]:
        split["of"] = "verified_accuracy"
    write_posttrain_report(write(tmp_path, results))
    text = (tmp_path / "report.md").read_text("utf-8")
    assert "work backwards, right where chosen" in text
    assert "43.2" in text
    assert "\nExecution was not measured.\n" in text
    assert "**Change of greedy accuracy of whole traces in percentage points, split**" in text
    assert not list((tmp_path / "figures").glob("execution-*"))
    check_page((tmp_path / "report.html").read_text("utf-8"))


def test_routes_of_a_users_task_are_drawn(tmp_path: Path) -> None:
    results = own_task()
    results["splits"] = []
    routes = {
        "route/easy/work backwards": 0.4,
        "route/work backwards": 0.5,
        "route/easy/unheard of": 0.6,
    }
    results["curves"] = [{"arm": "run", "stage": "rl", "step": step, **routes} for step in range(3)]
    write_posttrain_report(write(tmp_path, results))
    assert [path.stem for path in (tmp_path / "figures").glob("curve-*.svg")] == [
        "curve-route-easy-work-backwards"
    ]
    assert "Share of work backwards on easy during training" in (tmp_path / "report.md").read_text(
        "utf-8"
    )


def test_a_task_without_labels_has_accuracies_alone(tmp_path: Path) -> None:
    results = own_task()
    results["splits"] = []
    for row in results["rows"]:
        row["routing"] = row["execution"] = {}
    write_posttrain_report(write(tmp_path, results))
    page = check_page((tmp_path / "report.html").read_text("utf-8"))
    assert [attributes["id"] for attributes in page.all("h2")] == [
        "accuracy",
        "training",
        "provenance",
    ]


def main_report(folder: Path) -> None:
    """Run the command."""
    main(["report", str(folder)])


def test_hostile_names_are_text(tmp_path: Path) -> None:
    results = own_task()
    results["curves"] = simulated_curves(np.random.default_rng(0), "FB", "rl", 3)
    results["scale"] = results["command"] = results["rows"][0]["type"] = HOSTILE
    results["provenance"] = {HOSTILE: {HOSTILE: HOSTILE}}
    results["criteria"] = {
        HOSTILE: {"met": True, "condition": HOSTILE, "figures": {HOSTILE: 1}, "missing": [HOSTILE]}
    }
    results["missing"] = [HOSTILE, "\x00\x1b[31m"]
    results["notes"] = [HOSTILE]
    for one in (*results["rows"], *results["splits"], *results["curves"]):
        for key in ("arm", "stage", "from", "to"):
            if key in one:
                one[key] = f"{HOSTILE}{one[key]}"
    for row in results["rows"]:
        row["routing"] = {f"{HOSTILE}{name}": share for name, share in row["routing"].items()}
    results["curves"] += [
        {**point, f"route/{HOSTILE}|{HOSTILE}": 0.5} for point in results["curves"]
    ]
    write_posttrain_report(write(tmp_path, results))
    text = (tmp_path / "report.html").read_text("utf-8")
    page = check_page(text)
    assert "<script" not in text
    assert "\x00" not in text
    assert '<script>alert("x")</script>' in " ".join(page.words)
    markdown = (tmp_path / "report.md").read_text("utf-8")
    assert "<script" not in re.sub("`[^`\n]*`", "", markdown)  # a code span is text
    for path in (tmp_path / "figures").iterdir():
        assert re.fullmatch(r"[a-z0-9-]+\.(svg|png)", path.name)
        if path.suffix == ".svg":
            assert "<script" not in path.read_text("utf-8")


def test_a_partial_run_says_what_is_missing(tmp_path: Path) -> None:
    results = simulated_results(n=8, steps=3, sizes=(5, 6))
    rows = [row for row in results["rows"] if (row["arm"], row["stage"]) != ("F", "rl_hard")]
    rows = [
        {key: one for key, one in row.items() if key not in ("greedy", "pass_at_k", "interval")}
        for row in rows
    ]
    partial = {"study": "finite-field", "rows": rows}
    write(tmp_path / "seed-0", {**partial, "seed": 0})
    write(tmp_path / "seed-1", {**partial, "seed": 1, "missing": ["FB-75-rl_hard"]})
    (tmp_path / "seed-2").mkdir()
    write_posttrain_report(tmp_path)
    text = (tmp_path / "report.html").read_text("utf-8")
    check_page(text)
    assert "F-rl_hard (seed 0), FB-75-rl_hard (seed 1)." in text
    assert "<strong>Not run yet:</strong> seed-2," in text
    assert "Not run yet: seed-2" in (tmp_path / "report.md").read_text("utf-8")


def changed(path: str, told: object) -> dict[str, Any]:
    """A result file with another value in one place."""
    results = copy.deepcopy(own_task())
    inside: Any = results
    *keys, last = path.split(".")
    for key in keys:
        inside = inside[int(key) if key.isdigit() else key]
    inside[last] = told
    return results


@pytest.mark.parametrize(
    ("path", "told", "message"),
    [
        ("study", "another", "one of finite-field, posttrain-run"),
        ("rows", [], "at least one row"),
        ("rows", {"a": 1}, "must be a list"),
        ("rows.0.accuracy", 1.5, r"rows\[0\]: accuracy is '1.5'; it must be a share"),
        ("rows.0.accuracy", True, "a finite number"),
        ("rows.0.n", 0, "at least one problem"),
        ("rows.0.n", 2.5, "a whole number"),
        ("rows.0.arm", None, "it must be a name"),
        ("rows.0.interval", [0.9, 0.1], r"an interval \[low, high\]"),
        ("rows.0.routing", {"a": -1}, "a share from 0 to 1"),
        ("rows.0.pass_at_k", {"one": 0.1}, "numbers of samples"),
        ("splits.0.change", 0.9, "add up to the change"),
        ("criteria", {"S1": {"met": "yes"}}, "true, false or null"),
        ("curves", [{"arm": "run"}], "has no 'stage'"),
        ("provenance", "me", "an object"),
        ("seed", -1, "a whole number"),
    ],
)
def test_a_file_that_is_no_result_is_refused(
    path: str, told: object, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message):
        write_posttrain_report(write(tmp_path, changed(path, told)))


def test_files_and_seeds_must_be_there_and_belong_together(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(DataError, match="neither"):
        write_posttrain_report(tmp_path)
    (tmp_path / "results.json").write_text("{", "utf-8")
    with pytest.raises(DataError, match="cannot be read"):
        write_posttrain_report(tmp_path)
    with pytest.raises(SystemExit):
        main_report(tmp_path)
    assert "cannot be read" in capsys.readouterr().err
    for number, scale in enumerate(("tiny", "desk")):
        write(tmp_path / "two" / f"seed-{number}", {**own_task(), "seed": number, "scale": scale})
    with pytest.raises(DataError, match="scale tiny, desk do not belong together"):
        write_posttrain_report(tmp_path / "two")
    for number in range(2):
        write(tmp_path / "same" / f"seed-{number}", own_task())
    with pytest.raises(DataError, match="repeat one"):
        write_posttrain_report(tmp_path / "same")
    assert not is_posttrain(tmp_path / "absent")
