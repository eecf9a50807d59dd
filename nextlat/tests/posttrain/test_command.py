"""`nextlat posttrain run` from the command line: the worked example whole, resuming, and every exit
code."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nextlat.cli import main
from nextlat.posttrain.problems import Problem, read_demonstrations, read_problems
from nextlat.posttrain.recipes import posttrain_config
from nextlat.posttrain.result_reader import read_results
from nextlat.posttrain.run import run_posttraining
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import Verifier

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "own_task"
TASK = [
    *("--prompts", str(EXAMPLE / "problems.jsonl"), "--sft", str(EXAMPLE / "demonstrations.jsonl")),
    *(
        "--verifier",
        f"{EXAMPLE}/verifier.py:verify",
        "--strategies",
        f"{EXAMPLE}/strategies.py:label",
    ),
]
Write = Callable[..., Path]


def run(*arguments: object) -> int:
    """Return the exit code of `nextlat posttrain run`."""
    try:
        main(["posttrain", "run", "--quiet", *map(str, arguments)])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_the_examples_demonstrations_are_right_and_its_data_are_made_by_its_script(
    tmp_path: Path,
) -> None:
    verifier = Verifier(f"{EXAMPLE}/verifier.py:verify", tmp_path)
    strategies = Strategies(f"{EXAMPLE}/strategies.py:label", tmp_path)
    shown = read_demonstrations(EXAMPLE / "demonstrations.jsonl")
    labels = []
    for one in shown:
        problem = Problem("p", one.prompt, one.completion.rpartition(" ")[2])
        assert verifier(one.completion, problem).verified
        assert not verifier(one.completion.replace(": ", ": 99 ", 1), problem).verified
        labels.append(strategies(one.completion, problem))
    assert labels.count("left") == labels.count("right") == 16
    found = read_problems(EXAMPLE / "problems.jsonl")
    assert (len(found.train), len(found.held_out)) == (64, 64)
    assert not {one.prompt for one in shown} & {
        one.prompt for one in (*found.train, *found.held_out)
    }  # type: ignore[misc]
    shutil.copy(EXAMPLE / "make_data.py", tmp_path)
    runpy.run_path(str(tmp_path / "make_data.py"), run_name="__main__")
    for name in ("problems.jsonl", "demonstrations.jsonl"):
        assert (tmp_path / name).read_bytes() == (EXAMPLE / name).read_bytes()


@pytest.mark.slow
def test_the_worked_example_whole(
    model: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    assert (
        run("--model", model, *TASK, "--recipe", "tiny", "evaluation.samples=4", "--out", out) == 0
    )
    told = capsys.readouterr()
    assert told.out == ""
    assert f"results in {out / 'results.json'}" in told.err
    assert "Execution is the accuracy where a strategy's first words are forced." in told.err
    results = json.loads((out / "results.json").read_text())
    assert results["stages"] == ["base", "sft", "rl"]
    cells = {(row["stage"], row["type"], row["steps"]) for row in results["rows"]}
    assert cells == {
        (stage, *cell) for stage in results["stages"] for cell in (("short", 3), ("long", 5))
    }
    for row in results["rows"]:
        assert (row["arm"], row["samples"], row["greedy"]["samples"]) == ("run", 4, 1)
        assert sum(row["routing"].values()) == pytest.approx(1)
        assert set(row["execution"]) == {"left", "right"}
        assert set(row["pass_at_k"]) == {"1", "2", "4"}
        low, high = row["interval"]
        assert 0 <= low <= row["accuracy"] <= high <= 1
    assert {(one["from"], one["to"]) for one in results["splits"]} == {
        ("base", "sft"),
        ("sft", "rl"),
        ("base", "rl"),
    }
    for split in (*results["splits"], *results["greedy_splits"]):
        assert split["selection"] + split["improvement"] + split["residual"] == pytest.approx(
            split["change"], abs=1e-9
        )
        assert split["execution_by"] == "forcing"
    assert str(tmp_path) not in json.dumps(results)
    assert results["provenance"]["versions"]["trl"]
    assert {point["stage"] for point in results["curves"]} == {"sft", "rl"}
    read = read_results(out / "results.json")
    assert len(read.rows) == len(results["rows"])
    lines = [json.loads(line) for line in (out / "completions.jsonl").read_text().splitlines()]
    assert {line["stage"] for line in lines} == {"base", "sft", "rl"}
    forced = lines[0]["completions"]["forced: left"][0]
    assert (forced["text"][:5], forced["strategy"]) == ("left:", "left")
    main(["report", str(out)])
    assert "selection" in (out / "report.md").read_text().lower()
    before = (out / "results.json").read_bytes()
    assert (
        run("--model", model, *TASK, "--recipe", "tiny", "evaluation.samples=4", "--out", out) == 0
    )
    assert (out / "results.json").read_bytes() == before  # nothing is done twice
    assert run("--model", model, *TASK, "--recipe", "tiny", "seed=1", "--out", out) == 1
    message = capsys.readouterr().err
    assert "config.evaluation.samples, config.seed" in message


@pytest.mark.slow
def test_an_interrupted_run_gives_the_same_results(model: str, tmp_path: Path) -> None:
    given = {
        "model": model,
        "prompts": str(EXAMPLE / "problems.jsonl"),
        "sft_data": str(EXAMPLE / "demonstrations.jsonl"),
    }
    given |= {"verifier": f"{EXAMPLE}/verifier.py:verify"}
    config = posttrain_config(
        "tiny", given, ["evaluation.max_problems=2", "grpo.max_completion_length=4"]
    )
    whole = run_posttraining(config, tmp_path / "whole")
    assert run_posttraining(config, tmp_path / "cut", stop=lambda step: step == 1) is None
    assert run_posttraining(config, tmp_path / "cut", stop=lambda step: step == 1) is None
    cut = run_posttraining(config, tmp_path / "cut")
    assert whole is not None
    assert cut is not None
    assert whole.rows == cut.rows
    assert whole.notes == (
        "No labeller was given: accuracy alone is told, and no change is split.",
    )
    assert whole.splits == ()


VERIFIERS = {"good": "return False", "raises": "raise ValueError('bad')", "text": "return 'no'"}


@pytest.mark.parametrize(
    ("case", "code", "told"),
    [
        ("raises", 1, "raised ValueError: bad"),
        ("text", 1, "returned 'no' of type str"),
        ("absent file", 1, "absent.jsonl cannot be read"),
        ("bad row", 1, 'problems.jsonl, line 2: "prompt" is absent'),
        ("no model", 1, "cannot be loaded"),
        ("no loss type", 2, "grpo.loss_type is not set"),
        ("no verifier", 2, "no module 'absent_module'"),
        ("group of one", 2, "a group of one has none"),
        ("batch", 2, "no multiple of num_generations"),
        ("unknown key", 2, "unknown key 'grpo.betta'; did you mean 'beta'?"),
        ("too long", 2, "more than the model's context"),
        ("no option", 2, "Missing option"),
    ],
)
def test_exit_codes(
    case: str,
    code: int,
    told: str,
    model: str,
    jsonl: Write,
    own_module: Callable[..., str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    rows = [
        {"prompt": f"ab{at}=", "answer": at, "split": ("train", "held_out")[at % 2]}
        for at in range(6)
    ]
    good = own_module(
        f"def verify(completion, problem): {VERIFIERS.get(case, VERIFIERS['good'])}\n", "judge"
    )
    prompts = jsonl(rows[0], {"answer": 1}, *rows[1:]) if case == "bad row" else jsonl(*rows)
    given = {
        "--model": "nobody/none" if case == "no model" else model,
        "--prompts": tmp_path / "absent.jsonl" if case == "absent file" else prompts,
        "--verifier": "absent_module:f" if case == "no verifier" else f"{good}:verify",
        "--out": tmp_path / "run",
    }
    if case == "no option":
        del given["--prompts"]
    words = {
        "group of one": ["grpo.num_generations=1"],
        "batch": ["grpo.per_device_train_batch_size=3"],
        "unknown key": ["grpo.betta=1"],
        "too long": ["grpo.max_completion_length=999"],
    }.get(case, [])
    recipe = [] if case == "no loss type" else ["--recipe", "tiny"]
    assert run(*(part for pair in given.items() for part in pair), *recipe, *words) == code
    message = capsys.readouterr()
    assert told in message.err
    assert message.out == ""
    assert not (tmp_path / "run" / "results.json").exists()
    assert (tmp_path / "run" / "verifier_failure.json").exists() == (case in ("raises", "text"))


def test_help_loads_no_libraries() -> None:
    told = (
        "import sys; from nextlat.cli import main\n"
        "try: main(['posttrain', 'run', '--help'])\n"
        "except SystemExit: pass\n"
        "assert 'trl' not in sys.modules and 'torch' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert "--verifier" in done.stdout
    done = subprocess.run(
        [sys.executable, "-m", "nextlat.cli", "posttrain", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "finite-field" in done.stdout
    assert "run" in done.stdout
