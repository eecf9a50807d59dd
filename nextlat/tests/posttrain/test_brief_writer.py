"""The example that trains a writer of briefs: its data, its verifier's line protocol, and the real
command where it is."""

from __future__ import annotations

import json
import runpy
import shlex
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nextlat.errors import VerifierError
from nextlat.posttrain.problems import Problem, read_demonstrations, read_problems
from nextlat.posttrain.verifiers import Verifier

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "brief_writer"
REAL = Path(sys.executable).with_name("academichub")
PROBLEM = Problem(
    "p", "Shorten it.", extra={"extract": "It is long, long.", "evidence": [{"n": 1}]}
)
ANSWERING = """
import json, sys
for line in sys.stdin:
    told = json.loads(line)
    short = len(told["completion"]) < len(told["extract"])
    print(json.dumps({"reward": 0.75 if short else 0.0, "reasons": [] if short else ["it is no shorter"]}), flush=True)
"""


@pytest.fixture
def verifier(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Any]:
    """The verifier with a command of the test's; loaded anew, so that each test starts its own."""
    started = []

    def opened(command: str) -> Verifier:
        monkeypatch.setenv("BRIEF_REWARD", command)
        found = Verifier(f"{EXAMPLE}/verifier.py:verify", tmp_path)
        started.append(found._guarded.function.__globals__["checks"])  # type: ignore[attr-defined]
        started[-1].cache_clear()
        return found

    yield opened
    for checks in started:
        if checks.cache_info().currsize:
            process = checks()
            process.kill()
            process.communicate()
        checks.cache_clear()


def python(code: str) -> str:
    return shlex.join([sys.executable, "-c", code])


def test_rewards_come_line_by_line_from_one_process(verifier: Any) -> None:
    verify = verifier(python(ANSWERING))
    told = [
        verify(text, PROBLEM)
        for text in ("It is short.", "It is as long as it ever was.", "Line\nbreak.")
    ]
    assert [(score.reward, score.verdict.correct) for score in told] == [
        (0.75, True),
        (0.0, False),
        (0.75, True),
    ]
    assert told[1].verdict.reason == "it is no shorter"


@pytest.mark.parametrize(
    ("command", "message"),
    [(python("pass"), "run it by hand"), ("no-such-command-here", "set BRIEF_REWARD")],
)
def test_a_command_that_ends_or_is_absent_stops_the_run(
    verifier: Any, command: str, message: str
) -> None:
    verify = verifier(command)
    with pytest.raises(VerifierError, match=message):
        verify("It is short.", PROBLEM)


def test_the_data_are_made_by_the_script_and_held_out_subjects_are_not_shown(
    tmp_path: Path,
) -> None:
    shutil.copy(EXAMPLE / "make_data.py", tmp_path)
    runpy.run_path(str(tmp_path / "make_data.py"), run_name="__main__")
    for name in ("problems.jsonl", "demonstrations.jsonl"):
        assert (tmp_path / name).read_bytes() == (EXAMPLE / name).read_bytes()
    found = read_problems(EXAMPLE / "problems.jsonl")
    subjects = [
        {problem.extra["evidence"][0]["title"].partition(" for ")[0] for problem in rows}
        for rows in (found.train, found.held_out)
    ]
    assert len(found.train) == len(found.held_out) == 60 and not subjects[0] & subjects[1]


@pytest.mark.skipif(
    not REAL.exists(), reason="the command academichub is not installed beside this Python"
)
def test_the_demonstrations_pass_the_real_checks_and_the_sentence_itself_does_not(
    verifier: Any,
) -> None:
    verify = verifier(shlex.join([str(REAL), "brief-reward"]))
    problems = {one.text: one for one in read_problems(EXAMPLE / "problems.jsonl").train}
    for shown in read_demonstrations(EXAMPLE / "demonstrations.jsonl"):
        problem = problems[json.loads(json.dumps(shown.prompt))[0]["content"]]
        assert verify(shown.completion, problem).reward == 1
        assert verify(problem.extra["extract"], problem).reward == 0
