"""The documents are true: tables come from result files, commands exist, links lead somewhere, data stays outside."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from academichub.cli import COMMANDS

REPOSITORY = Path(__file__).resolve().parents[3]
PAGES = [*sorted(REPOSITORY.glob("*.md")), *sorted((REPOSITORY / "docs").rglob("*.md"))]


def test_tables_are_what_the_result_files_say() -> None:
    command = [sys.executable, str(REPOSITORY / "benchmarks" / "tables.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text("utf-8")):
        if not re.match(r"[a-z]+:", target):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_commands_named_in_the_documents_exist(page: Path) -> None:
    text = page.read_text("utf-8")
    for command in re.findall(r"(?m)(?:^|`)academichub ([a-z]+)", text):
        assert command in COMMANDS, f"{page.name} names academichub {command}"
    makefile = (REPOSITORY / "Makefile").read_text("utf-8")
    for target in re.findall(r"(?m)(?:^|`)make ([a-z]+)", text):
        assert re.search(rf"(?m)^{target}:", makefile), f"{page.name} names make {target}"


CITATIONS = (
    r"contracts?\.md\b",
    r"\bcontracts? [0-9]",
    r"\b(?:the|see|as) contracts?\b",
    r"\bdesign\.md\b",
    r"\bthe design\b",
    r"\bstyle(?:\.md|[ ][0-9])",
)
"""Ways of citing a specification that is not in the repository."""


def test_nothing_cites_what_is_outside_the_repository() -> None:
    cited = []
    for path in _text_files():
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if any(re.search(pattern, line, re.IGNORECASE) for pattern in CITATIONS):
                cited.append(f"{path.relative_to(REPOSITORY)}:{number}: {line.strip()[:100]}")
    assert cited == []


def _text_files() -> Iterator[Path]:
    endings = {".py", ".md", ".toml", ".html", ".js", ".css", ".txt", ".in", ".sh", ".yml", ""}
    for top in (
        "hub",
        "nextlat",
        "benchmarks",
        "docs",
        "requirements",
        "Makefile",
        "README.md",
        "CHANGELOG.md",
    ):
        start = REPOSITORY / top
        for path in [start] if start.is_file() else sorted(start.rglob("*")):
            outside = (
                path.name == "LICENSE" or "__pycache__" in path.parts or path == Path(__file__)
            )
            if path.is_file() and path.suffix in endings and not outside:
                yield path


def test_every_command_is_in_the_guide() -> None:
    guide = (REPOSITORY / "docs" / "guide" / "commands.md").read_text("utf-8")
    for command in COMMANDS:
        assert f"academichub {command}" in guide, command
