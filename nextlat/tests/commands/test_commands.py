"""Every command at tiny size, for every task and objective, and its errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nextlat.cli import COMMANDS, main
from nextlat.objectives import OBJECTIVES
from nextlat.tasks import TASKS

FEW = ("loop.threads=1", "steps=3", "held_out=8")


def run(*arguments: str) -> None:
    main(list(arguments))


@pytest.mark.parametrize("task", list(TASKS))
@pytest.mark.parametrize("objective", list(OBJECTIVES))
def test_train_and_evaluate(
    task: str, objective: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(
        "train",
        f"{task}.tiny",
        f"objective.name={objective}",
        *FEW,
        "--out",
        str(tmp_path / "run"),
        "--quiet",
    )
    capsys.readouterr()
    run("evaluate", str(tmp_path / "run"), "--json")
    told = json.loads(capsys.readouterr().out)
    assert (told["task"], told["objective"], told["data"], told["problems"]) == (
        task,
        objective,
        "held_out",
        8,
    )
    saved = json.loads((tmp_path / "run" / "evaluation.json").read_text())
    assert {name: told[name] for name in saved if name in told and name != "problems"} == {
        name: value for name, value in saved.items() if name not in ("step", "problems")
    }


ROWS = {
    "path_star": ("0,1|2,3|0,2|1,4/0,4=0,1,4\n", "0,1|2,3/0,99=0\n", "99"),
    "group_words": ("seed,input,target\n0,1 2 3,1 5 0\n", "seed,input,target\n0,9 2,9 2\n", "9"),
    "hidden_markov": (
        "0 1 2 0 1 2 0 1 2 0 1 2\n2 2 1 0 0 1 2 0 1 2 1 1\n",
        "0 1 7 0 1 2 0 1 2 0 1 2\n",
        "7",
    ),
    "finite_field": (
        '{"type": "inversion", "known": 3, "operations": [["Add", 4], ["Multiply", 2]]}\n',
        '{"type": "evaluation", "known": 3, "operations": [["Multiply", 7]]}\n',
        "7",
    ),
    "stories": ("A kettle sang in the orchard until morning. " * 20, "", "empty"),
}


@pytest.mark.parametrize("task", list(TASKS))
def test_evaluate_reads_outside_files(
    task: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad, value = ROWS[task]
    if task == "group_words":
        good = _running_product(good)
    run("train", f"{task}.tiny", *FEW, "--out", str(tmp_path / "run"), "--quiet")
    (tmp_path / "good.txt").write_text(good)
    (tmp_path / "bad.txt").write_text(bad)
    capsys.readouterr()
    run("evaluate", str(tmp_path / "run"), "--data", str(tmp_path / "good.txt"), "--json")
    assert json.loads(capsys.readouterr().out)["problems"] >= 1
    with pytest.raises(SystemExit) as ended:
        run("evaluate", str(tmp_path / "run"), "--data", str(tmp_path / "bad.txt"))
    message = capsys.readouterr().err
    assert ended.value.code == 1
    assert "bad.txt" in message
    assert value in message


def _running_product(text: str) -> str:
    from nextlat.tasks.group_words import oracle

    head, row = text.strip().split("\n")
    word = [int(one) for one in row.split(",")[1].split()]
    return f"{head}\n0,{' '.join(map(str, word))},{' '.join(map(str, oracle('S3', word)))}\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("train", "nothing", "--out", "x"), 2, "unknown recipe 'nothing'"),
        (("train", "group_words.tiny", "stepz=3", "--out", "x"), 2, "did you mean 'steps'"),
        (("evaluate", "absent"), 1, "holds no run.json"),
        (("reproduce", "group-word", "--out", "x"), 2, "did you mean 'group-words'"),
        (("report", "absent"), 1, "cannot be read"),
        (("generate", "absent", "hello"), 1, "cannot be loaded as a causal language model"),
        (("generate", "."), 2, "the prompt is missing"),
        (("generate", "a", "b", "c"), 2, "3 arguments"),
        (("retrofit", "--out", "head", "--tokens", "5"), 2, "at least 1000 are needed"),
        (("retrofit", "--out", "head", "--horizon", "1"), 2, "give 2 or more"),
        (("retrofit", "absent.gguf", "--out", "head"), 1, "does not exist"),
    ],
)
def test_errors_name_value_and_remedy(
    arguments: tuple[str, ...], code: int, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        run(*arguments)
    assert ended.value.code == code
    assert said in capsys.readouterr().err


def test_generate_gives_the_same_text_with_and_without_drafts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run("train", "stories.tiny", *FEW, "task.length=64", "--out", str(tmp_path / "run"), "--quiet")
    told = []
    for length in ("none", "2", "adaptive"):
        for temperature in ("0", "0.8"):
            capsys.readouterr()
            run(
                "generate", str(tmp_path / "run" / "model"), "Otto found", "--max-new-tokens", "12",
                "--draft-length", length, "--temperature", temperature, "--seed", "5",
            )  # fmt: skip
            told.append(capsys.readouterr().out)
    assert told[0].startswith("Otto found")
    assert told[0] == told[2] == told[4]
    assert told[1] == told[3] == told[5]


@pytest.mark.parametrize("command", list(COMMANDS))
def test_every_command_has_a_help_text(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    main([command, "--help"])
    assert "Usage: nextlat" in capsys.readouterr().out
