"""The rules of the architecture: who may import whom, how large things get, what every module says of itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
HUB = REPOSITORY / "hub" / "src" / "academichub"
ENGINE = REPOSITORY / "nextlat" / "src" / "nextlat"

PURE = (
    "works/work.py",
    "works/identifiers.py",
    "works/fields.py",
    "messages.py",
    "text/characters.py",
    "text/moments.py",
    "errors.py",
    "library/merge.py",
    "works/record_codec.py",
    "index/query_syntax.py",
    "index/tokens.py",
    "search/fusion.py",
    "checker/check.py",
    "sources/__init__.py",
    "sources/protocol.py",
    "llm/capability.py",
    "llm/shapes.py",
)
"""Modules that do no IO: no database, network, file or clock."""

IO_MODULES = {
    "sqlalchemy",
    "httpx2",
    "socket",
    "urllib.request",
    "http",
    "subprocess",
    "time",
    "tempfile",
}

LAYERS = (
    "messages",
    "i18n",
    "errors",
    "faults",
    "text",
    "works",
    "documents",
    "facts",
    "formats",
    "sources",
    "raw_settings",
    "settings",
    "index",
    "store",
    "checker",
    "local_model",
    "http",
    "llm",
    "library",
    "search",
    "shelf",
    "hub",
    "preferences",
    "radar",
    "briefs",
    "writer",
    "gathering",
    "delivery",
    "jobs",
    "web",
    "commands",
    "cli",
)
"""Folders and modules of the package, from below to above: each may import those before it."""


def modules(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*.py") if "__pycache__" not in path.parts)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    ("root", "forbidden"), [(HUB, {"nextlat", "torch", "transformers"}), (ENGINE, {"academichub"})]
)
def test_the_packages_meet_only_over_http(root: Path, forbidden: set[str]) -> None:
    assert modules(root)
    for path in modules(root):
        assert not {name.split(".")[0] for name in imports(path)} & forbidden, path


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_do_no_io(name: str) -> None:
    for imported in imports(HUB / name):
        assert imported.split(".")[0] not in IO_MODULES, f"{name} imports {imported}"
        assert not imported.startswith(
            ("academichub.store.database", "academichub.hub", "academichub.http")
        ), imported


def test_every_module_is_in_a_layer() -> None:
    top = {path.relative_to(HUB).parts[0].removesuffix(".py") for path in modules(HUB)}
    assert top - {"__init__", "__main__"} == set(LAYERS)


def test_the_architecture_page_lists_the_layers() -> None:
    page = (REPOSITORY / "docs" / "architecture.md").read_text("utf-8")
    tree = page.split("```")[1]
    listed = [
        line.split()[0].removesuffix("/").removesuffix(".py")
        for line in tree.splitlines()
        if line.strip()
    ]
    assert listed == list(LAYERS)


@pytest.mark.parametrize("path", modules(HUB), ids=lambda path: str(path.relative_to(HUB)))
def test_modules_import_downwards_only(path: Path) -> None:
    layer = path.relative_to(HUB).parts[0].removesuffix(".py")
    if layer in {"__init__", "__main__"}:
        return
    for imported in imports(path):
        parts = imported.split(".")
        if parts[0] == "academichub" and len(parts) > 1 and parts[1] in LAYERS:
            assert LAYERS.index(parts[1]) <= LAYERS.index(layer), (
                f"{path.relative_to(HUB)} imports {imported}"
            )


def test_statements_stand_in_the_store_and_the_index_alone() -> None:
    importing = {
        path.relative_to(HUB)
        for path in modules(HUB)
        if any(imported.split(".")[0] == "sqlalchemy" for imported in imports(path))
    }
    assert {path.parts[0] for path in importing} == {"store", "index"}


def test_only_one_module_knows_sql_of_sqlite_alone() -> None:
    for path in modules(HUB):
        if path.name in (
            "fts5.py",
            "fts5_match.py",
            "fts5_conditions.py",
            "database.py",
            "backup.py",
            "doctor.py",
        ):
            continue
        text = path.read_text("utf-8")
        for word in ("MATCH ?", "USING fts5", "PRAGMA ", "INSERT OR ", " rowid"):
            assert word not in text, f"{path.relative_to(HUB)} holds {word!r}"


@pytest.mark.parametrize("root", [HUB, ENGINE])
def test_files_and_functions_stay_small_and_named(root: Path) -> None:
    for path in modules(root):
        lines = path.read_text("utf-8").splitlines()
        assert len(lines) <= 420, f"{path} has {len(lines)} lines"
        assert path.stem not in {"utils", "helpers", "common", "misc"}, path
        tree = ast.parse("\n".join(lines))
        assert ast.get_docstring(tree) or not lines, f"{path} has no docstring"
        if "migrations" in path.parts:
            continue  # a list of tables is as long as it is
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                assert length <= 70, f"{path}:{node.name} has {length} lines"
