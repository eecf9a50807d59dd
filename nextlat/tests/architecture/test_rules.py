"""The engine's rules: who may import whom, what every module says, what stays out."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "src" / "nextlat"

LAYERS = (
    {"errors", "configuration", "json_value"},
    {"batch", "dynamics"},
    {"trunk"},
    {"objectives", "tasks", "evaluation", "decoding"},
    {"model"},
    {"training"},
    {"recipes", "reports", "retrofit"},
    {"studies"},
    {"posttrain"},
    {"serving"},
    {"commands"},
    {"cli", "__main__"},
)
"""From below to above; a module may import its own layer and those before it."""


def modules() -> list[Path]:
    return sorted(
        path for path in SOURCE.rglob("*.py") if path.parent != SOURCE or path.stem != "__init__"
    )


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module if node.module != "nextlat" else f"nextlat.{node.names[0].name}"
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def layer(name: str) -> int:
    return next(number for number, names in enumerate(LAYERS) if name in names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_modules_import_downwards_only(path: Path) -> None:
    here = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    for imported in imports(path):
        parts = imported.split(".")
        if parts[0] != "nextlat" or len(parts) < 2 or parts[1] in ("__version__", here):
            continue
        assert layer(parts[1]) <= layer(here), f"{path.relative_to(SOURCE)} imports {imported}"


def test_functions_of_decoding_are_shorter_than_forty_lines() -> None:
    for path in (SOURCE / "decoding").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno is not None
                assert node.end_lineno - node.lineno + 1 < 40, (path.name, node.name)


def test_choosing_and_accepting_know_no_model() -> None:
    for name in (
        "decoding/acceptance.py",
        "decoding/sampling.py",
        "objectives/validity.py",
        "training/schedule.py",
    ):
        for imported in imports(SOURCE / name):
            assert imported.split(".")[0] not in {
                "transformers",
                "pathlib",
                "os",
                "json",
                "time",
            }, (name, imported)


def test_objectives_know_no_task_and_tasks_no_objective() -> None:
    for folder, others in (
        ("objectives", {"tasks", "training"}),
        ("tasks", {"objectives", "training", "trunk"}),
    ):
        for path in (SOURCE / folder).glob("*.py"):
            used = {name.split(".")[1] for name in imports(path) if name.startswith("nextlat.")}
            assert not used & others, (path.name, used & others)


def test_training_names_no_task() -> None:
    for path in (SOURCE / "training").glob("*.py"):
        named = {name for name in imports(path) if name.startswith("nextlat.tasks.")}
        assert named <= {"nextlat.tasks.protocol"}, (path.name, named)


def test_the_readmes_lines_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (SOURCE.parents[1] / "README.md").read_text("utf-8")
    code = text.split("```python\n")[1].split("```")[0]
    assert len([line for line in code.splitlines() if line.strip()]) <= 12
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(code, names)
    assert (tmp_path / "my-model" / "nextlat" / "dynamics.safetensors").exists()
    assert 8 < names["out"].sequences.shape[1] <= 24  # type: ignore[attr-defined]


def test_the_package_imports_without_torch() -> None:
    import subprocess
    import sys

    told = (
        "import sys, nextlat; assert 'torch' not in sys.modules; from nextlat import NextLatError; "
        "import nextlat.cli"
    )
    subprocess.run([sys.executable, "-c", told + "; assert 'torch' not in sys.modules"], check=True)
