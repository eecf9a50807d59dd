"""Every regular expression of the hub, and how it is used. Reads the package's modules and their source."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import academichub

_ANCHORED = {"match", "fullmatch"}
_SEARCHING = {"search", "sub", "subn", "findall", "finditer", "split"}


def modules() -> Iterator[ModuleType]:
    """Yield the modules of the hub, migrations left out."""
    for found in pkgutil.walk_packages(academichub.__path__, "academichub."):
        if "migrations" not in found.name and not found.name.endswith("__main__"):
            yield importlib.import_module(found.name)


def patterns() -> dict[str, tuple[re.Pattern[Any], tuple[str, ...]]]:
    """Return name -> (pattern, the ways it is used: `search`, `match`, `fullmatch`)."""
    found: dict[str, tuple[re.Pattern[Any], tuple[str, ...]]] = {}
    for module in modules():
        tree = ast.parse(inspect.getsource(module))
        uses = _uses(tree)
        for name, value in vars(module).items():
            for place, pattern in _within(name, value):
                ways = uses.get(name, set()) & (_ANCHORED | _SEARCHING)
                found[f"{module.__name__}.{place}"] = pattern, _ways(ways)
        found |= {f"{module.__name__}, line {line}": used for line, used in _in_calls(tree, module)}
    return found


def _ways(methods: set[str]) -> tuple[str, ...]:
    """Return the ways of methods; a pattern that is used elsewhere may be used in every way."""
    if not methods:
        return "search", "fullmatch"
    searched = ("search",) if methods & _SEARCHING else ()
    return (*searched, *sorted(methods & _ANCHORED))


def _uses(tree: ast.Module) -> dict[str, set[str]]:
    uses: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            uses.setdefault(node.value.id, set()).add(node.attr)
    return uses


def _within(name: str, value: object) -> Iterator[tuple[str, re.Pattern[Any]]]:
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, list | tuple):
        for n, part in enumerate(value):
            yield from _within(f"{name}[{n}]", part)
    elif isinstance(value, dict) and not name.startswith("__"):
        for key, part in value.items():
            yield from _within(f"{name}[{key!r}]", part)


def _in_calls(
    tree: ast.Module, module: ModuleType
) -> Iterator[tuple[int, tuple[re.Pattern[Any], tuple[str, ...]]]]:
    """Yield the patterns written where they are used: `re.sub(r"...", ...)`."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        owner, way, source = node.func.value, node.func.attr, node.args[0]
        if isinstance(owner, ast.Name) and owner.id == "re" and way in _ANCHORED | _SEARCHING:
            if not isinstance(source, ast.Constant):
                continue  # built while the program runs: the law of the readers sees it
            flags = sum(
                int(getattr(re, part.attr))
                for argument in (*node.args[1:], *(one.value for one in node.keywords))
                for part in ast.walk(argument)
                if isinstance(part, ast.Attribute)
                and isinstance(part.value, ast.Name)
                and part.value.id == "re"
            )
            yield node.lineno, (re.compile(source.value, flags), _ways({way}))
