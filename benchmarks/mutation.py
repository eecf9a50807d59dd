"""How many small faults in the domain the tests find: 200 seeded mutants of five subjects.

    python benchmarks/mutation.py [SUBJECT ...]

A subject is a few modules whose tests lie together (`SUBJECTS`). Of all the places where one of the
operators of `mutation_operators.py` applies, 40 are drawn for each subject. Every mutant is written
into a copy of the package that stands first on the import path, never into the source, and the
subject's tests run on it until the first failure. It is killed if a test fails, if the modules can
no longer be imported, or if the tests take more than `SLOWER` times the processor time that they
take on the sound copy. Property tests draw the examples of every run, but do not shrink a failure.

Mutants that no test can kill, because they do the same, are listed with the reason in
`mutation_equivalents.json`; they count neither as killed nor in the total of the rate.

Writes `results/mutation.json`; with subjects named, renews these alone. With `--survivors`, only
the mutants that survived last time run again: what more tests kill shows in a tenth of the time,
and is refused where a module has changed since. `tables.py` makes the table. Needs a system with
`fork`: the slow imports are done once, and each mutant's tests run in a child.
"""

from __future__ import annotations

import argparse
import ast
import gc
import hashlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypedDict

from mutation_operators import sites

os.environ["OMP_NUM_THREADS"] = "1"  # read when torch is imported; threads do not survive a fork
os.environ["HYPOTHESIS_PROFILE"] = "mutants"

REPOSITORY = Path(__file__).resolve().parents[1]
RESULT = Path(__file__).parent / "results" / "mutation.json"
EQUIVALENTS = Path(__file__).parent / "mutation_equivalents.json"
SEED = 20261130
MUTANTS = 40
SLOWER = 4
LEAST_LIMIT_S = 20
WALL_LIMIT_S = 900
MEMORY_LIMIT = 12 * 2**30
NOT_THE_COPY = 71
"""Exit status of a child that would have tested the source."""


class Figures(TypedDict):
    """What is written of one subject; `modules` are files and the beginning of their SHA-256."""

    modules: dict[str, str]
    tests: list[str]
    total: int
    killed: int
    equivalent: list[dict[str, str | int]]
    survivors: list[dict[str, str | int]]
    rate: float


@dataclass(frozen=True)
class Subject:
    """Modules and the tests that are to find faults in them.

    Attributes:
        package: import name.
        source: folder of the package, below the repository.
        modules: files, below `source`.
        tests: files or folders, below the repository.
        imports: what is imported once, before all mutants.
    """

    package: str
    source: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]
    imports: tuple[str, ...] = ()

    @property
    def files(self) -> list[str]:
        """The modules, below the repository."""
        return [f"{self.source}/{name}" for name in self.modules]


def _hub(modules: Sequence[str], tests: Sequence[str]) -> Subject:
    return Subject("academichub", "hub/src/academichub", tuple(modules), tuple(tests))


def _nextlat(modules: Sequence[str], tests: Sequence[str], imports: Sequence[str]) -> Subject:
    return Subject("nextlat", "nextlat/src/nextlat", tuple(modules), tuple(tests), tuple(imports))


_CHECKER = ("check", "entity_check", "number_check", "polarity_check", "support_score")
_CHANGES = ("changes", "rows", "splits")
_CHOICE = ("acceptance", "token_choice")
SUBJECTS = {
    "merge": _hub(["library/merge.py"], ["hub/tests/library/test_merge.py"]),
    "identity": _hub(["works/identifiers.py"], ["hub/tests/works/test_identifiers.py"]),
    "checker": _hub([f"checker/{name}.py" for name in _CHECKER], ["hub/tests/checker"]),
    "acceptance": _nextlat(
        [f"decoding/{name}.py" for name in _CHOICE],
        [f"nextlat/tests/decoding/test_{name}.py" for name in (*_CHOICE, "draft_vocabulary")],
        ["torch"],
    ),
    "split": _nextlat(
        [f"posttrain/{name}.py" for name in _CHANGES],
        [f"nextlat/tests/posttrain/test_{name}.py" for name in _CHANGES],
        ["torch"],
    ),
}


@dataclass(frozen=True)
class Mutant:
    """One fault.

    Attributes:
        file: below the repository.
        line: of the unchanged file.
        code: that line.
        operator: name of the mutation operator.
        before: the code that is changed.
        after: what it becomes.
        text: the whole module with the fault.
    """

    file: str
    line: int
    code: str
    operator: str
    before: str
    after: str
    text: str

    @property
    def shown(self) -> dict[str, str | int]:
        """All but the text of the module."""
        return {name: part for name, part in asdict(self).items() if name != "text"}


def draw_mutants(subject: Subject, seed: int, count: int) -> list[Mutant]:
    """Return mutants of a subject; the same source and seed give the same."""
    texts = {file: (REPOSITORY / file).read_text("utf-8") for file in subject.files}
    places = [
        (file, index, len(site))
        for file, text in texts.items()
        for index, site in enumerate(sites(ast.parse(text)))
    ]
    generator = random.Random(seed)
    drawn = sorted(generator.sample(places, count))
    return [_mutant(file, texts[file], n, generator.randrange(ways)) for file, n, ways in drawn]


def _mutant(file: str, text: str, site: int, way: int) -> Mutant:
    tree = ast.parse(text)
    change = sites(tree)[site][way]
    before, after = change.apply()
    changed = ast.unparse(ast.fix_missing_locations(tree))
    code = text.splitlines()[change.line - 1].strip()
    return Mutant(file, change.line, code, change.operator, before[:300], after[:300], changed)


def run_tests(subject: Subject, copy: Path, cpu_limit_s: float) -> tuple[str, float]:
    """Run a subject's tests on a copy in a child process.

    Returns:
        "passed", "failed" or "timed out", and the processor time in seconds.

    Raises:
        RuntimeError: The tests could not be run at all.
    """
    log = copy.parent / "log.txt"
    child = os.fork()
    if child == 0:
        _be_the_child(subject, copy, cpu_limit_s, log)
    end = time.monotonic() + WALL_LIMIT_S
    while True:
        reaped, status, usage = os.wait4(child, os.WNOHANG)
        if reaped:
            break
        if time.monotonic() > end:
            os.killpg(child, signal.SIGKILL)
        time.sleep(0.02)
    seconds = usage.ru_utime + usage.ru_stime
    if os.WIFSIGNALED(status):
        return "timed out", seconds
    code = os.WEXITSTATUS(status)
    if code not in (0, 1, 2):
        raise RuntimeError(f"pytest ended with {code}: {log.read_text('utf-8')[-2000:]}")
    return ("passed" if code == 0 else "failed"), seconds


def _be_the_child(subject: Subject, copy: Path, cpu_limit_s: float, log: Path) -> None:
    """Run pytest on the copy and end the process with its status; never returns."""
    code = NOT_THE_COPY
    try:
        os.setsid()
        resource.setrlimit(resource.RLIMIT_CPU, (int(cpu_limit_s), int(cpu_limit_s) + 1))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(output, 1)
        os.dup2(output, 2)
        os.chdir(REPOSITORY)
        sys.path.insert(0, str(copy.parent))
        os.environ["PYTHONPATH"] = str(copy.parent)
        gc.collect()
        gc.freeze()  # what the parent left open is no fault of the tests
        sys.dont_write_bytecode = True  # two mutants of one size and second would be taken for one
        found = importlib.util.find_spec(subject.package)
        if found is not None and str(found.origin).startswith(str(copy)):
            code = _pytest(subject.tests)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def _pytest(tests: Sequence[str]) -> int:
    import pytest

    options = ["-x", "-q", "-p", "no:cacheprovider", "-n", "0", "--tb=line"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]  # Hypothesis is imported already
    return int(pytest.main([*options, *tests]))


def _import_once(subject: Subject) -> None:
    """Import what every child needs, but not the package: each child takes that from the copy."""
    from hypothesis import Phase, settings

    phases = (Phase.explicit, Phase.generate)
    settings.register_profile("mutants", derandomize=True, database=None, phases=phases)
    for name in ("pytest", "numpy", *subject.imports):
        importlib.import_module(name)


def try_mutants(subject: Subject, mutants: Sequence[Mutant], copy: Path) -> Iterator[str]:
    """Yield the outcome of the tests on each mutant, one after another.

    Raises:
        RuntimeError: The tests fail on the sound copy.
    """
    outcome, sound_s = run_tests(subject, copy, WALL_LIMIT_S)
    if outcome != "passed":
        log = (copy.parent / "log.txt").read_text("utf-8")
        raise RuntimeError(f"the tests {outcome} on the sound copy: {log[-2000:]}")
    limit_s = max(LEAST_LIMIT_S, SLOWER * sound_s)
    for mutant in mutants:
        module = copy / Path(mutant.file).relative_to(subject.source)
        sound = module.read_bytes()
        for stale in (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc"):
            stale.unlink()
        module.write_text(mutant.text, "utf-8")
        outcome, seconds = run_tests(subject, copy, limit_s)
        module.write_bytes(sound)
        print(f"{outcome:9} {seconds:5.1f} s  {mutant.file}:{mutant.line} {mutant.operator}: "
              f"{mutant.before!r} -> {mutant.after!r}", flush=True)  # fmt: skip
        yield outcome


def measure(name: str, earlier: Figures | None = None) -> Figures:
    """Return the figures of one subject: counts, rate and the mutants that survived.

    Args:
        name: of the subject.
        earlier: its figures of last time; then only the survivors of that time run again.

    Raises:
        ValueError: A module has changed since last time.
    """
    subject = SUBJECTS[name]
    digests = {file: _digest(REPOSITORY / file) for file in subject.files}
    if earlier and earlier["modules"] != digests:
        raise ValueError(f"the modules of {name} have changed: run it without --survivors")
    _import_once(subject)
    mutants = draw_mutants(subject, SEED, MUTANTS)
    tried = mutants if earlier is None else [m for m in mutants if _survived(m, earlier)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / subject.package
        shutil.copytree(REPOSITORY / subject.source, copy)
        outcomes = list(try_mutants(subject, tried, copy))
    reasons = _equivalents()
    alive = [m for m, o in zip(tried, outcomes, strict=True) if o == "passed"]
    same = [m for m in alive if _name(m) in reasons]
    killed = len(mutants) - len(alive)
    return {
        "modules": digests,
        "tests": list(subject.tests),
        "total": len(mutants),
        "killed": killed,
        "equivalent": [m.shown | {"reason": reasons[_name(m)]} for m in same],
        "survivors": [m.shown for m in alive if m not in same],
        "rate": round(killed / (len(mutants) - len(same)), 3),
    }


def _survived(mutant: Mutant, figures: Figures) -> bool:
    return any(
        mutant.shown.items() <= m.items() for m in figures["survivors"] + figures["equivalent"]
    )


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _name(mutant: Mutant) -> tuple[str, ...]:
    """Return what names a mutant however far its line has moved."""
    return mutant.file, mutant.code, mutant.before, mutant.after


def _equivalents() -> dict[tuple[str, ...], str]:
    """Return the names of mutants that nobody can tell from the sound module -> why."""
    listed = json.loads(EQUIVALENTS.read_text("utf-8"))
    return {(e["file"], e["code"], e["before"], e["after"]): e["reason"] for e in listed}


def write(subjects: dict[str, Figures]) -> None:
    """Write the result file."""
    packages = ("academichub", "nextlat", "pytest", "hypothesis", "numpy", "torch")
    document = {
        "benchmark": "mutation",
        "config": {"seed": SEED, "mutants_a_subject": MUTANTS, "slower": SLOWER},
        "day": datetime.now(UTC).date().isoformat(),
        "versions": {
            "python": platform.python_version(),
            **{name: importlib.metadata.version(name) for name in packages},
        },
        "hardware": {"machine": platform.machine(), "cpus": os.cpu_count()},
        "results": subjects,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", "utf-8")


def main() -> None:
    """Measure the subjects named, or all."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help=", ".join(SUBJECTS))
    parser.add_argument("--survivors", action="store_true", help="run last time's survivors again")
    options = parser.parse_args()
    names = options.subjects or list(SUBJECTS)
    if unknown := sorted(set(names) - SUBJECTS.keys()):
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
    figures: dict[str, Figures] = {}
    if RESULT.exists():
        figures = json.loads(RESULT.read_text("utf-8"))["results"]
    for name in names:
        figures[name] = measure(name, figures[name] if options.survivors else None)
        write({subject: figures[subject] for subject in SUBJECTS if subject in figures})


if __name__ == "__main__":
    main()
