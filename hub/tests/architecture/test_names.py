"""Names: few that say nothing, and a glossary whose terms point to files that exist."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
PACKAGES = {
    "academichub": REPOSITORY / "hub" / "src" / "academichub",
    "nextlat": REPOSITORY / "nextlat" / "src" / "nextlat",
}
GLOSSARY = REPOSITORY / "docs" / "glossary.md"

VAGUE = frozenset(
    [
        "one",
        "told",
        "found",
        "said",
        "asked",
        "held",
        "kept",
        "wanted",
        "known",
        "made",
        "place",
        "at",
        "here",
        "fresh",
    ]
)
"""Names that do not say what a value is."""

MOST_VAGUE_PERCENT = 0.3
"""The share of bound names that may be vague: the keys of contracts, such as `asked`, stay."""

PLANNED = "planned"
"""What the glossary gives as the file of a term that is not built yet."""


def bound_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield the line and name of each assignment target and parameter."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.lineno, node.name


def glossary_rows(text: str) -> list[tuple[str, list[str]]]:
    """Return each term of the tables with the paths in its last column."""
    rows = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|") or cells[0] == "term" or set(cells[0]) <= set("-: "):
            continue
        paths = re.findall(r"`([^`]+)`", cells[-1])
        rows.append((cells[0], [PLANNED] if cells[-1] == PLANNED else paths))
    return rows


def test_bound_names_are_targets_and_parameters() -> None:
    source = """
def ask(one, *told, said=1, **known):
    found: int = 0
    with open(one) as held, open(one) as stream:
        kept, (wanted, *made) = 1, (2, 3)
    return [here for here in told if (fresh := here)], lambda at: asked.place
"""
    names = Counter(name for _, name in bound_names(ast.parse(source)))
    assert names == Counter(
        [
            "one",
            "told",
            "said",
            "known",
            "found",
            "held",
            "stream",
            "kept",
            "wanted",
            "made",
            "here",
            "fresh",
            "at",
        ]
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_few_names_are_vague(package: str) -> None:
    root = PACKAGES[package]
    total = 0
    vague: Counter[str] = Counter()
    lines: dict[str, list[str]] = {}
    for path in sorted(root.rglob("*.py")):
        for line, name in bound_names(ast.parse(path.read_text("utf-8"))):
            total += 1
            if name in VAGUE:
                module = path.relative_to(root).as_posix()
                vague[module] += 1
                lines.setdefault(module, []).append(f"{name} (line {line})")
    assert total > 5000, f"only {total} names were read below {root}"
    percent = 100 * vague.total() / total
    worst = [f"  {module}: {', '.join(lines[module])}" for module, _ in vague.most_common(10)]
    assert percent <= MOST_VAGUE_PERCENT, "\n".join(
        [
            f"{vague.total()} of {total} bound names of {package} ({percent:.2f} %) say nothing; "
            f"at most {MOST_VAGUE_PERCENT} % may. Name the thing instead. Most are in:",
            *worst,
        ]
    )


def test_rows_of_a_table_are_terms_with_paths() -> None:
    table = "# Title\n\n| term | meaning | where |\n|---|---|---|\n| work | a `thing` | `a.py`, `b/` |\n"
    assert glossary_rows(table + "| claim | a span | planned |\n| row | no file | |\n") == [
        ("work", ["a.py", "b/"]),
        ("claim", [PLANNED]),
        ("row", []),
    ]


def test_each_term_of_the_glossary_names_files_that_exist() -> None:
    rows = glossary_rows(GLOSSARY.read_text("utf-8"))
    assert len(rows) > 50, f"only {len(rows)} terms were read from {GLOSSARY}"
    wrong = [
        f"{term}: {path}"
        for term, paths in rows
        for path in paths or ["(no file)"]
        if path != PLANNED and not any((root / path).exists() for root in PACKAGES.values())
    ]
    assert not wrong, (
        f"{GLOSSARY.name} names files that are in neither package; correct the last column, or "
        f"write {PLANNED!r}:\n" + "\n".join(wrong)
    )
