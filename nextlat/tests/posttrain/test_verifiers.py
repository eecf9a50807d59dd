"""The user's functions: how they are found, what they may return, and that a failing one stops the
run."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from nextlat.errors import UsageError, VerifierError
from nextlat.posttrain.callables import load_callable
from nextlat.posttrain.problems import Problem
from nextlat.posttrain.strategies import Strategies
from nextlat.posttrain.verifiers import (
    Verdict,
    Verifier,
    as_score,
    exact_answer,
    final_answer,
    normalised,
)

Own = Callable[..., str]
PROBLEM = Problem("p1", "2+2=", "4", extra={"note": "x"})


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("nothing", "not of the form module:function"),
        (":f", "not of the form"),
        ("module:", "not of the form"),
        ("no_such_module:f", "no module 'no_such_module'"),
        ("absent.py:f", "there is no file absent.py"),
        ("own_functions:absent", "has no 'absent'; it has verify"),
        ("own_functions:NUMBER", "is of type int; name a function"),
        ("breaks:f", "importing it raised ZeroDivisionError"),
        ("leaves:f", "importing it raised SystemExit"),
        ("imports:f", "it imports 'no_such_package', which is not installed"),
    ],
)
def test_what_cannot_be_loaded_is_told(reference: str, told: str, own_module: Own) -> None:
    own_module("NUMBER = 3\ndef verify(completion, problem): return True\n")
    own_module("1 / 0\n", "breaks")
    own_module("import sys\nsys.exit(3)\n", "leaves")
    own_module("import no_such_package\n", "imports")
    with pytest.raises(UsageError) as error:
        load_callable(reference, "--verifier")
    assert told in str(error.value)
    assert "--verifier" in str(error.value)


def test_a_file_is_found_by_path_and_imports_its_siblings(own_module: Own, tmp_path: Path) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "sibling_of_verifier.py").write_text("RIGHT = 'yes'\n")
    (folder / "verifier_by_path.py").write_text(
        "from sibling_of_verifier import RIGHT\ndef verify(completion, problem): return completion "
        "== RIGHT\n"
    )
    verifier = Verifier(f"{folder}/verifier_by_path.py:verify", tmp_path)
    assert (verifier("yes", PROBLEM).reward, verifier("no", PROBLEM).reward) == (1.0, 0.0)


def test_what_a_verifier_may_say() -> None:
    assert as_score(True) is not None
    score = as_score(0.25)
    assert score is not None
    assert (score.reward, score.verdict.correct, score.verified) == (0.25, False, None)
    assert as_score(1.0).verdict.correct  # type: ignore[union-attr]
    told = as_score(Verdict(True, steps_correct=False))
    assert told is not None
    assert (told.reward, told.verified) == (1.0, False)
    assert as_score(Verdict(True, True)).verified  # type: ignore[union-attr]
    graded = as_score(Verdict(True, reward=0.75))
    assert graded is not None and (graded.reward, graded.verdict.correct) == (0.75, True)
    for wrong in (
        None,
        "yes",
        2,
        -0.1,
        float("nan"),
        float("inf"),
        [True],
        Verdict("yes"),
        Verdict(True, 1),
        Verdict(True, reward=2),
    ):  # type: ignore[arg-type]
        assert as_score(wrong) is None


FAILING = {
    "raise KeyError('lost')": "raised KeyError",
    "import sys; sys.exit(0)": "raised SystemExit",
    "return None": "returned None",
    "return 'right'": "returned 'right'",
    "return 7": "returned 7",
    "return float('nan')": "returned nan",
}


@pytest.mark.parametrize("body", list(FAILING))
def test_a_failing_verifier_stops_and_leaves_the_sample(
    body: str, own_module: Own, tmp_path: Path
) -> None:
    path = own_module(f"def verify(completion, problem):\n    {body}\n")
    with pytest.raises(VerifierError, match="p1") as error:
        Verifier(f"{path}:verify", tmp_path / "run")("four", PROBLEM)
    told = json.loads((tmp_path / "run" / "verifier_failure.json").read_text())
    assert FAILING[body] in str(error.value)
    assert FAILING[body] in told["what"]
    assert (told["prompt"], told["completion"], told["problem"]["answer"]) == ("2+2=", "four", "4")
    assert told["problem"]["extra"] == {"note": "x"}
    assert ("Traceback" in told["traceback"]) == ("return" not in body)


@pytest.mark.parametrize(
    ("completion", "answer", "right"),
    [
        ("4", "4", True),
        ("2 + 2\nAnswer: 4.", "4", True),
        ("ANSWER: 5\nAnswer: 4", "4", True),
        ("so #### 1,024", "1024", True),
        ("1,24", "124", False),
        ("it is $7.0$", "7", False),
        ("Answer: $7.0$", "7", True),
        ("thus \\boxed{ -0.50 }", "-.5", True),
        ("a\nb\n\n", "B", True),
        ("", "4", False),
        ("Answer:", "", True),
        ("the answer is 4", "4", True),
        ("44", "4", False),
        ("Answer: ４", "4", True),
    ],
)
def test_exact_answer(completion: str, answer: str, right: bool) -> None:
    assert exact_answer(completion, Problem("p", "q", answer)) is right


def test_exact_answer_follows_the_rows_delimiter_and_needs_an_answer() -> None:
    assert exact_answer("x => 4", Problem("p", "q", "4", extra={"answer_delimiter": "=>"}))
    assert final_answer("Answer: 5\nx => 4", "=>") == " 4"
    assert normalised("-0") == "0"
    assert normalised("007") == "7"
    with pytest.raises(ValueError, match='no "answer"'):
        exact_answer("4", Problem("p", "q"))


def test_strategies_label_and_force(own_module: Own, tmp_path: Path) -> None:
    path = own_module(
        "PREFIXES = {'up': lambda p: 'Up ' + p.answer}\ndef label(c, p): return 'up' if 'Up' in c "
        "else 'other'\n"
    )
    told = Strategies(f"{path}:label", tmp_path)
    assert told.forcible
    assert told("Up 4", PROBLEM) == "up"
    assert told.prefixes(PROBLEM) == {"up": "Up 4"}
    path = own_module(
        "def prefixes(p): return {'a': p.answer}\ndef label(c, p): return 'a'\n", "by_function"
    )
    assert Strategies(f"{path}:label", tmp_path).prefixes(PROBLEM) == {"a": "4"}
    path = own_module("def label(c, p): return 'a'\n", "none")
    assert not Strategies(f"{path}:label", tmp_path).forcible
    assert Strategies(f"{path}:label", tmp_path).prefixes(PROBLEM) == {}


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def label(c, p): return 3", "returned 3 of type int"),
        ("def label(c, p): return ' '", "must return a label"),
        ("def label(c, p): return 'x' * 65", "at most 64 characters"),
        ("def label(c, p): raise OSError('gone')", "raised OSError"),
        (
            "import itertools\nN = itertools.count()\ndef label(c, p): return f'l{next(N)}'",
            "strategies are at most 32",
        ),
    ],
)
def test_a_failing_labeller_stops_too(
    code: str, told: str, own_module: Own, tmp_path: Path
) -> None:
    strategies = Strategies(f"{own_module(code)}:label", tmp_path)
    with pytest.raises(VerifierError) as error:
        for _ in range(40):
            strategies("x", PROBLEM)
    assert told in str(error.value)
    assert (tmp_path / "verifier_failure.json").exists()


def test_prefixes_of_another_form_are_refused(own_module: Own, tmp_path: Path) -> None:
    label = "def label(c, p): return 'a'\n"
    for at, code in enumerate(("PREFIXES = {'a': 'text'}\n", "PREFIXES = {}\n", "prefixes = 3\n")):
        with pytest.raises(UsageError, match=r"PREFIXES|prefixes"):
            Strategies(f"{own_module(label + code, f'wrong_{at}')}:label", tmp_path)
    for at, code in enumerate(
        ("def prefixes(p): return ['a']\n", "def prefixes(p): return {'a': ''}\n")
    ):
        told = Strategies(f"{own_module(label + code, f'bad_{at}')}:label", tmp_path)
        with pytest.raises(VerifierError, match="must map each strategy to text"):
            told.prefixes(PROBLEM)
