"""`import --examples` and `radar add example`: the counts of the page, whatever came before."""

from __future__ import annotations

import io
import itertools
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from literature_server import Literature, Paper, literature
from starlette.testclient import TestClient

from academichub.cli import main
from academichub.hub import Hub, open_hub
from academichub.radar.radar import Radar
from academichub.radar.radars import Radars
from academichub.web.app import create_app

ARXIV = (
    Paper("2606.00002", "Spiking networks on a chip", ("Cleo Dupont",)),
    Paper("2606.00006", "Quiet dwarf galaxies", ("Ada Example",)),
)
CROSSREF = (Paper("10.5555/brain", "The brain predicts its next state", ("Fay Grün",)),)
LIBRARIES = {
    "refs.bib": """@article{a, title={Soil and sound}, doi={10.5555/soil}}
@article{a2, title={Soil and sound, again}, doi={10.5555/soil}}
@article{b, title={Spiking networks on a chip}, author={Dupont, Cleo}}
@article{c, title={The brain predicts its next state}}
@article{d, title={Nobody ever wrote this work}}
@article{e, title={A preprint}, eprint={2606.00009}, archiveprefix={arXiv}}
""",
    "refs.ris": """TY  - JOUR
TI  - Soil and sound
DO  - 10.5555/soil
ER  -
TY  - JOUR
TI  - Quiet dwarf galaxies
ER  -
TY  - JOUR
TI  - Nobody ever wrote this work
ER  -
""",
    "refs.json": json.dumps(
        [
            {"id": "a", "type": "article", "title": "Soil and sound", "DOI": "10.5555/soil"},
            {"id": "b", "type": "article", "title": "脉冲网络", "DOI": "10.5555/mai"},
            {"id": "c", "type": "article", "title": "Nobody ever wrote this work"},
        ]
    ),
}
RESOLVABLE = {"refs.bib": 5, "refs.ris": 2, "refs.json": 2}
"""Entries of each file that carry an identifier or a title that resolves."""

Run = Callable[..., tuple[int, str, str]]
ORDERS = [order for n in (1, 2) for order in itertools.product(("page", "command"), repeat=n)]


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Literature]:
    with literature(ARXIV, CROSSREF) as served:
        for name, value in served.environment(tmp_path / "home").items():
            monkeypatch.setenv(name, value)
        yield served


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = 0
        try:
            main([str(argument) for argument in arguments])
        except SystemExit as done:
            code = int(done.code or 0)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def hub(sources: Literature) -> Iterator[Hub]:
    opened = open_hub()
    yield opened
    opened.close()


def examples(hub: Hub, radar: str | None = None) -> list[str]:
    return [signal.value for signal in Radar(hub.database, radar).signals("example")]


def by_command(run: Run, path: Path) -> int:
    code, out, _ = run("import", path, "--examples", "--json")
    assert code == 0
    report: dict[str, Any] = json.loads(out)
    assert report["read"] == report["added"] + report["merged"] + len(report["skipped"])
    return int(report["examples"])


def by_page(hub: Hub, path: Path) -> int:
    with TestClient(create_app(hub), base_url="http://127.0.0.1:8000") as client:
        [token] = set(re.findall(r'name="csrf" value="(\w{64})"', client.get("/radar").text))
        files = {"file": (path.name, path.read_bytes())}
        page = client.post("/radar/import", data={"csrf": token}, files=files).text
    [count] = re.findall(r"(\d+) entr(?:y is an example|ies are examples) now", page)
    return int(count)


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
@pytest.mark.parametrize("name", LIBRARIES)
def test_each_import_gives_as_many_examples_as_entries_that_resolve(
    hub: Hub, run: Run, tmp_path: Path, name: str, order: tuple[str, ...]
) -> None:
    path = tmp_path / name
    path.write_text(LIBRARIES[name], "utf-8")
    after: list[list[str]] = []
    for way in order:
        count = by_page(hub, path) if way == "page" else by_command(run, path)
        assert count == RESOLVABLE[name]
        after.append(examples(hub))
    assert all(keys == after[0] for keys in after)
    distinct = RESOLVABLE[name] - (name == "refs.bib")  # two of its entries are one work
    assert len(after[0]) == distinct


def test_an_import_before_makes_no_difference(hub: Hub, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "refs.bib"
    path.write_text(LIBRARIES["refs.bib"], "utf-8")
    run("import", path)
    assert examples(hub) == []
    assert by_command(run, path) == 5


def test_what_is_no_example_is_in_the_report(hub: Hub, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "refs.ris"
    path.write_text(LIBRARIES["refs.ris"], "utf-8")
    _, out, _ = run("import", path, "--examples", "--json")
    [unresolved] = json.loads(out)["unresolved"]
    assert unresolved["text"] == "Nobody ever wrote this work" and not unresolved["waits"]
    assert unresolved["details"][0]["code"] == "example.no_such_title"
    _, out, errors = run("import", path, "--examples")
    assert out == "3 read, 0 added, 3 merged, 0 skipped, 2 examples\n"
    assert errors.startswith(
        "no example: Nobody ever wrote this work: Crossref; arXiv (API): no work"
    )


def test_a_named_radar_gets_the_examples_and_an_unknown_one_imports_nothing(
    hub: Hub, run: Run, tmp_path: Path
) -> None:
    path = tmp_path / "refs.ris"
    path.write_text(LIBRARIES["refs.ris"], "utf-8")
    Radars(hub.database).create("Stars")
    assert run("import", path, "--examples", "--radar", "Sars")[0] == 1
    assert hub.library.is_empty()
    run("import", path, "--examples", "--radar", "stars")
    assert examples(hub) == [] and len(examples(hub, "Stars")) == 2
    assert run("import", path, "--radar", "Stars")[0] == 2


def test_radar_add_example_takes_many_lines(
    hub: Hub, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = run(
        "radar", "add", "example", "2606.00002\n10.5555/brain\nNo such title", "--json"
    )
    answer = json.loads(out)
    assert code == 0 and examples(hub) == ["arxiv:2606.00002", "doi:10.5555/brain"]
    assert [signal["value"] for signal in answer["added"]] == examples(hub)
    assert [entry["text"] for entry in answer["unresolved"]] == ["No such title"]
    monkeypatch.setattr(sys, "stdin", io.StringIO("Quiet dwarf galaxies\n"))
    assert run("radar", "add", "example", "-")[1].endswith("1 of 1 works are examples\n")
    assert examples(hub)[-1] == "arxiv:2606.00006"


def test_a_single_work_that_nobody_knows_is_an_error_and_one_that_waits_is_not(
    run: Run, sources: Literature
) -> None:
    code, _, errors = run("radar", "add", "example", "2606.09999")
    assert code == 1 and "arXiv (API) does not know 2606.09999" in errors
    sources.status = 503
    code, _, errors = run("radar", "add", "example", "2606.09999")
    assert code == 0 and "not yet resolved" in errors
    assert "no example: 2606.09999: not yet resolved" in run("radar", "show")[1]
    assert run("radar", "remove", "example", "2606.09999") == (0, "forget 2606.09999\n", "")
    assert "2606.09999" not in run("radar", "show")[1]
    assert run("radar", "remove", "example", "2606.09999")[0] == 1


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [("category", "cs.XX", "did you mean cs."), ("query", '"half', "closing one")],
)
def test_radar_add_refuses_what_does_not_exist(
    run: Run, sources: Literature, kind: str, value: str, words: str
) -> None:
    code, _, errors = run("radar", "add", kind, value)
    assert code == 2 and words in errors
