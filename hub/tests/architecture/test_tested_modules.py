"""Every module of the domain is imported by some test module, so that a failure names it."""

from __future__ import annotations

import ast
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]

DOMAIN = {
    "hub/src/academichub": (
        "checker",
        "formats",
        "gathering",
        "index",
        "library",
        "radar",
        "search",
        "text",
        "works",
    ),
    "nextlat/src/nextlat": ("decoding", "objectives"),
}
"""Package -> its folders of rules and calculations."""


def domain_modules(package: str, folder: str) -> set[str]:
    """Return the dotted names of the modules of a folder, those of its folders included."""
    source = (REPOSITORY / package).parent
    return {
        ".".join(path.relative_to(source).with_suffix("").parts)
        for path in (REPOSITORY / package / folder).rglob("*.py")
        if path.stem != "__init__"
    }


def imported_names(path: Path) -> set[str]:
    """Return every dotted name that a module imports, or imports from."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def names_imported_by_tests() -> set[str]:
    test_modules = [
        path
        for package in ("hub", "nextlat")
        for path in (REPOSITORY / package / "tests").rglob("test_*.py")
    ]
    return set().union(*map(imported_names, test_modules))


def test_every_module_of_the_domain_is_imported_by_a_test_module() -> None:
    modules: set[str] = set()
    for package, folders in DOMAIN.items():
        for folder in folders:
            in_folder = domain_modules(package, folder)
            assert in_folder, f"{package}/{folder} has no module"
            modules |= in_folder
    untested = modules - names_imported_by_tests()
    assert untested == set(), "give each a test module at the mirrored path"


def test_imports_are_read_in_every_form(tmp_path: Path) -> None:
    module = tmp_path / "test_x.py"
    module.write_text(
        "import a.b\nfrom c import d\nfrom .e import f\n\ndef g():\n    import h\n", "utf-8"
    )
    assert imported_names(module) == {"a.b", "c", "c.d", "h"}
