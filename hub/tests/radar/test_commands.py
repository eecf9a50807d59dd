"""`academichub today` and `academichub radar` as outsiders call them."""

import io
import json
from pathlib import Path

import pytest

from academichub.cli import main
from academichub.hub import open_hub

from .conftest import two_worlds

Run = tuple[int, str, str]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> Run:
    code = 0
    try:
        main(list(arguments))
    except SystemExit as done:
        code = int(done.code or 0)
    told = capsys.readouterr()
    return code, told.out, told.err


@pytest.fixture
def library() -> None:
    hub = open_hub()
    hub.library.add(two_worlds(10))
    hub.close()


@pytest.mark.usefixtures("library")
def test_today_prints_json_alone_or_cards(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "today", "--json", "-n", "3", "--category", "cs")
    page = json.loads(out)
    assert (code, err) == (0, "")
    assert (page["date"], page["total"], [card["rank"] for card in page["cards"]]) == (
        "2026-03-11",
        20,
        [1, 2, 3],
    )
    code, out, _ = run(capsys, "today", "-n", "1", "--author", "grace hopper", "--days", "2")
    assert code == 0
    assert out.startswith("2026-03-10 to 2026-03-11: 20 works\n")
    assert "  1. arXiv (cs.LG) 2026-03-11 (also math.OC)" in out
    code, out, _ = run(capsys, "today", "--category", "hep-th")
    assert "nothing in these days matches the filters" in out


@pytest.mark.usefixtures("library")
def test_batch_without_seed_is_a_page_of_the_order(capsys: pytest.CaptureFixture[str]) -> None:
    whole = json.loads(run(capsys, "today", "--json", "-n", "20")[1])["cards"]
    page = json.loads(run(capsys, "today", "--json", "-n", "3", "--batch", "1")[1])
    assert (page["batch"], page["seed"], page["has_more"]) == (1, None, True)
    assert page["cards"] == whole[3:6]
    assert [card["rank"] for card in page["cards"]] == [4, 5, 6]
    assert json.loads(run(capsys, "today", "--json", "-n", "3", "--seed", "4")[1])["seed"] == 4


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "arguments", [("--date", "soon"), ("--days", "0"), ("--batch", "-1"), ("--seed", "x")]
)
def test_bad_usage_of_today_exits_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, str]
) -> None:
    code, out, err = run(capsys, "today", *arguments)
    assert (code, out) == (2, "")
    assert arguments[1] in err


@pytest.mark.usefixtures("library")
def test_a_radar_is_built_undone_exported_and_imported(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert "radar is empty" in run(capsys, "radar", "show")[1]
    run(capsys, "radar", "add", "query", "yacht", "--weight", "2")
    code, out, _ = run(capsys, "radar", "like", "https://arxiv.org/abs/2603.00003v1", "--json")
    assert code == 0
    assert [one["value"] for one in json.loads(out)["added"]] == ["arxiv:2603.00003"]
    _, out, _ = run(capsys, "radar", "show")
    assert "query     yacht  (weight 2)\n" in out
    assert "like      arxiv:2603.00003  Sailing study 1\n" in out
    _, out, _ = run(capsys, "today", "--json", "-n", "5")
    assert all("Sailing" in card["title"] for card in json.loads(out)["cards"])
    file = tmp_path / "radar.json"
    assert run(capsys, "radar", "export", str(file))[0] == 0
    assert json.loads(run(capsys, "radar", "export")[1]) == json.loads(file.read_text())
    run(capsys, "radar", "remove", "query", "yacht")
    run(capsys, "radar", "hide", "2603.00005")
    assert run(capsys, "radar", "undo")[1].startswith("undo: add hide arxiv:2603.00005")
    assert run(capsys, "radar", "import", str(file), "--replace")[0] == 0
    signals = json.loads(run(capsys, "radar", "show", "--json")[1])["signals"]
    assert {(one["kind"], one["value"], one["weight"]) for one in signals} == {
        ("query", "yacht", 2.0),
        ("like", "arxiv:2603.00003", 1.0),
    }


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("arguments", "expected", "words"),
    [
        (("like", "arxiv:2001.00001"), 1, "no work 'arxiv:2001.00001' in the library"),
        (("add", "wish", "x"), 2, "wish"),
        (("add", "category", "no such"), 2, "is not an arXiv category"),
        (("remove", "author", "Nobody"), 1, "has no author"),
    ],
)
def test_errors_of_radar(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], expected: int, words: str
) -> None:
    code, out, err = run(capsys, "radar", *arguments)
    assert (code, out) == (expected, "")
    assert words in err


def test_a_file_that_is_no_radar(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "x.json"
    for text, words in (
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[]", "not a radar"),
        ("\xff", "is not JSON"),
    ):
        file.write_text(text, "latin-1")
        code, _, err = run(capsys, "radar", "import", str(file))
        assert code == 1
        assert words in err


def test_undo_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "radar", "undo") == (0, "there is nothing to take back\n", "")


@pytest.mark.usefixtures("library")
def test_every_command_of_a_radar_takes_its_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "radar", "create", "baking")[0] == 0
    run(capsys, "radar", "add", "query", "yacht rudder")
    run(capsys, "radar", "add", "query", "dough oven", "--radar", "Baking")
    for key in ("arxiv:2603.00002", "arxiv:2603.00004"):
        run(capsys, "radar", "like", key, "--radar", "baking")
    run(capsys, "radar", "remove", "like", "arxiv:2603.00002", "--radar", "baking")
    run(capsys, "radar", "undo", "--radar", "baking")
    signals = {
        name: json.loads(run(capsys, "radar", "show", "--radar", name, "--json")[1])["signals"]
        for name in ("main", "baking")
    }
    assert {
        name: [signal["value"] for signal in of_radar] for name, of_radar in signals.items()
    } == {
        "main": ["yacht rudder"],
        "baking": ["dough oven", "arxiv:2603.00004", "arxiv:2603.00002"],
    }
    assert json.loads(run(capsys, "radar", "list", "--json")[1]) == {
        "radars": [{"name": "main", "signals": 1}, {"name": "baking", "signals": 3}]
    }
    assert run(capsys, "radar", "list")[1] == "main  1 signal\nbaking  3 signals\n"
    first = {
        name: json.loads(run(capsys, "today", "--radar", name, "--json")[1])["cards"][0]
        for name in ("main", "baking", "all")
    }
    assert first["main"]["title"].startswith("Sailing")
    assert first["baking"]["title"].startswith("Baking")
    assert first["all"]["radars"] and "radars" not in first["main"]
    assert "  [" in run(capsys, "today", "--radar", "all", "-n", "1")[1]
    brief = json.loads(run(capsys, "brief", "--radar", "baking", "--json")[1])
    assert brief["evidence"]


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    "arguments",
    [
        ("radar", "show"),
        ("radar", "add", "query", "x"),
        ("radar", "undo"),
        ("radar", "export"),
        ("today",),
        ("brief",),
    ],
)
def test_an_unknown_radar_ends_a_command_and_names_the_nearest(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    run(capsys, "radar", "create", "baking")
    code, out, err = run(capsys, *arguments, "--radar", "bakin")
    assert (code, out) == (1, "")
    assert "there is no radar 'bakin'; did you mean 'baking'?" in err


@pytest.mark.usefixtures("library")
def test_a_radar_is_renamed_copied_and_deleted_by_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(capsys, "radar", "add", "mute_author", "Hopper, Grace", "--weight", "2")
    file = tmp_path / "radar.json"
    assert run(capsys, "radar", "export", str(file))[0] == 0
    code, out, _ = run(capsys, "radar", "import", str(file), "--as", "copy", "--json")
    assert (code, [signal["value"] for signal in json.loads(out)["added"]]) == (0, ["Grace Hopper"])
    assert json.loads(run(capsys, "radar", "export", "--radar", "copy")[1]) == json.loads(
        file.read_text("utf-8")
    )
    assert run(capsys, "radar", "import", str(file), "--as", "copy")[0] == 2
    assert run(capsys, "radar", "import", str(file), "--as", "x", "--radar", "copy")[0] == 2
    file.write_text("{}", "utf-8")
    assert run(capsys, "radar", "import", str(file), "--as", "wrong")[0] != 0
    assert run(capsys, "radar", "rename", "copy", "second")[0] == 0
    assert [radar["name"] for radar in json.loads(run(capsys, "radar", "list", "--json")[1])["radars"]] == ["main", "second"]  # fmt: skip
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    code, _, err = run(capsys, "radar", "delete", "second")
    assert code != 0 and "Delete the radar second with 1 signal and its briefs?" in err
    assert run(capsys, "radar", "delete", "second", "--yes")[0] == 0
    code, _, err = run(capsys, "radar", "delete", "main", "--yes")
    assert (code, "is the only radar" in err) == (2, True)
