"""The wheels hold all they need, and run outside the repository."""

from __future__ import annotations

import importlib.metadata
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from academichub import __version__

REPOSITORY = Path(__file__).resolve().parents[3]
HUB = REPOSITORY / "hub" / "src" / "academichub"
DATA_ENDINGS = {
    ".html",
    ".css",
    ".js",
    ".toml",
    ".jsonl",
    ".json",
    ".svg",
    ".po",
    ".mo",
    ".gz",
    ".typed",
    ".md",
    ".png",
}


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Both wheels, built without touching the network."""
    folder = tmp_path_factory.mktemp("wheels")
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-q",
        "-w",
        str(folder),
    ]
    subprocess.run(
        [*command, str(REPOSITORY / "hub"), str(REPOSITORY / "nextlat")], check=True, timeout=100
    )
    return {path.name.split("-")[0]: path for path in folder.glob("*.whl")}


@pytest.mark.slow
def test_the_hubs_wheel_holds_every_module_and_data_file(wheels: dict[str, Path]) -> None:
    held = set(zipfile.ZipFile(wheels["academichub"]).namelist())
    wanted = {
        f"academichub/{path.relative_to(HUB)}"
        for path in HUB.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and (path.suffix == ".py" or path.suffix in DATA_ENDINGS)
    }
    assert len(wanted) > 100
    assert wanted <= held
    assert f"academichub-{__version__}.dist-info/licenses/LICENSE" in held


@pytest.mark.slow
def test_the_wheels_run_outside_the_repository(wheels: dict[str, Path], tmp_path: Path) -> None:
    """Installed into a folder that comes before the editable install, started from another folder."""
    site, home = tmp_path / "site", tmp_path / "home"
    command = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--no-deps",
        "--no-index",
        "-q",
        "--target",
        str(site),
    ]
    subprocess.run([*command, *map(str, wheels.values())], check=True, timeout=100)
    environ = {**os.environ, "PYTHONPATH": str(site), "ACADEMICHUB_HOME": str(home)}
    where = "import academichub, nextlat; print(academichub.__file__, nextlat.__file__)"
    told = subprocess.run(
        [sys.executable, "-c", where],
        env=environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert all(str(site) in path for path in told.stdout.split())
    for arguments in (["today", "--json"], ["brief", "--json"], ["doctor"]):
        done = subprocess.run(
            [sys.executable, "-m", "academichub.cli", *arguments],
            env=environ, cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (arguments, done.stderr)
    page = "from academichub.hub import open_hub; from academichub.web.app import create_app; create_app(open_hub())"
    subprocess.run([sys.executable, "-c", page], env=environ, cwd=tmp_path, check=True, timeout=60)


@pytest.mark.parametrize("package", ["hub", "nextlat"])
def test_the_version_has_one_source_and_a_section_in_the_changelog(package: str) -> None:
    project = tomllib.loads((REPOSITORY / package / "pyproject.toml").read_text("utf-8"))["project"]
    assert "version" not in project
    assert project["dynamic"] == ["version"]
    changelog = (REPOSITORY / "CHANGELOG.md").read_text("utf-8")
    assert (
        f"## [{importlib.metadata.version({'hub': 'academichub'}.get(package, package))}] - "
        in changelog
    )
