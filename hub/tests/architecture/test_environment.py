"""The pinned environment is complete, a user's part has no developers' tools, and the choice of torch's build holds."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
REQUIREMENTS = REPOSITORY / "requirements"
BUILD_TOOLS = {"hatchling", "editables"}
"""Installed for users too, because both packages are installed in editable mode."""


def normalised(name: str) -> str:
    """Return a distribution's name as package indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def names_in(path: Path) -> set[str]:
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return {normalised(re.split(r"[=<>!~\[; ]", line)[0]) for line in lines if line}


def declared(package: str) -> dict[str, set[str]]:
    """Return the names a package depends on, by extra; the key of what is always needed is the empty string."""
    project = tomllib.loads((REPOSITORY / package / "pyproject.toml").read_text("utf-8"))["project"]
    groups = {"": project["dependencies"], **project.get("optional-dependencies", {})}
    return {
        extra: {normalised(re.split(r"[=<>!~\[; ]", line)[0]) for line in lines}
        for extra, lines in groups.items()
    }


@pytest.mark.parametrize("package", ["hub", "nextlat"])
def test_the_environment_has_every_dependency_and_extra(package: str) -> None:
    own = {"academichub", "nextlat"}  # an extra that only names other extras of the same package
    needed = set().union(*declared(package).values()) - own
    assert needed - names_in(REQUIREMENTS / "env.in") == set()


def test_every_requirement_is_pinned_and_no_library_of_cuda_is() -> None:
    pinned = names_in(REQUIREMENTS / "env.txt")
    assert (names_in(REQUIREMENTS / "env.in") | names_in(REQUIREMENTS / "dev.in")) - pinned == set()
    assert [name for name in pinned if name.startswith(("nvidia", "cuda", "triton"))] == []
    for line in (REQUIREMENTS / "env.txt").read_text("utf-8").splitlines():
        assert line.startswith("#") or re.fullmatch(r"\S+==[^+\s]+", line), line


@pytest.mark.parametrize("package", ["hub", "nextlat"])
def test_users_need_no_developers_tools(package: str) -> None:
    tools = names_in(REQUIREMENTS / "dev.in") - BUILD_TOOLS
    for extra, names in declared(package).items():
        assert names & tools == set(), extra


@pytest.mark.parametrize(
    ("versions", "available"),
    [
        ("Available versions: 2.14.1+cpu, 2.13.0+cpu, 2.12.0+cpu", True),
        ("Available versions: 2.14.1, 2.13.0", False),
        ("ERROR: No matching distribution found for torch", False),
    ],
)
def test_the_cpu_build_is_taken_where_the_index_lists_it(
    tmp_path: Path, versions: str, available: bool
) -> None:
    """A stand-in for Python prints what pip would; the function must read it."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho '{versions}'\n")
    python.chmod(0o755)
    script = (
        f"PYTHON_IN_VENV={python}; source requirements/torch_build.sh; cpu_build_available 2.13.0"
    )
    completed = subprocess.run(["bash", "-c", script], cwd=REPOSITORY, check=False)
    assert completed.returncode == (0 if available else 1)


def test_an_unknown_build_of_torch_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    environment = {**os.environ, "TORCH": "gpu", "VENV": str(tmp_path / "venv")}
    completed = subprocess.run(
        ["bash", "requirements/make_env.sh", "hub"],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 1
    assert "TORCH is 'gpu', but must be cpu or cuda" in completed.stderr
    assert not (tmp_path / "venv").exists()


PINNED_TORCH = next(
    line.removeprefix("torch==")
    for line in (REQUIREMENTS / "env.txt").read_text("utf-8").splitlines()
    if line.startswith("torch==")
)


@pytest.mark.skipif(sys.platform != "linux", reason="other platforms have one build of torch")
@pytest.mark.skipif(
    shutil.disk_usage(REPOSITORY).free < 10e9, reason="the script asks for 9 GB of free disk"
)
@pytest.mark.parametrize(
    ("choice", "versions", "first_install", "message"),
    [
        (
            "cpu",
            f"{PINNED_TORCH}+cpu",
            f"--no-deps --index-url https://download.pytorch.org/whl/cpu torch=={PINNED_TORCH}+cpu",
            "with the CPU build of torch",
        ),
        (
            "cpu",
            PINNED_TORCH,
            "-c requirements/env.txt torch",
            "cannot be reached: torch comes from your package index",
        ),
        ("cuda", f"{PINNED_TORCH}+cpu", "-c requirements/env.txt torch", "downloading about 3 GB"),
    ],
    ids=["CPU build", "index out of reach", "CUDA build"],
)
def test_which_torch_the_engine_stage_installs(
    tmp_path: Path, choice: str, versions: str, first_install: str, message: str
) -> None:
    """A stand-in for the environment's Python records what pip is called with."""
    calls = tmp_path / "calls"
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.write_text(
        f"""#!/bin/sh
echo "$*" >>{calls}
case "$*" in
*"index versions"*) echo "Available versions: {versions}" ;;
*freeze*) echo "torch=={PINNED_TORCH}+cpu" ;;
esac
"""
    )
    python.chmod(0o755)
    completed = subprocess.run(
        ["bash", "requirements/make_env.sh", "engine"],
        cwd=REPOSITORY,
        env={**os.environ, "TORCH": choice, "VENV": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 0, completed.stderr
    assert message in completed.stdout
    commands = calls.read_text("utf-8").splitlines()
    installs = [command for command in commands if " pip install " in f" {command} "]
    assert installs[0].endswith(first_install)
    uninstalled = any("pip uninstall --yes --quiet torch" in command for command in commands)
    assert uninstalled == (choice == "cuda")
