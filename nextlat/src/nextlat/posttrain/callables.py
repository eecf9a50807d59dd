"""The user's own functions, named `module:function` or `file.py:function`.

The current folder can be imported from.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from nextlat.errors import UsageError


def load_callable(reference: str, what: str) -> tuple[Callable[..., object], ModuleType]:
    """Return a function of the user's and its module.

    Args:
        reference: "package.module:function", or a path to a file, "folder/verifier.py:verify"; the
            file's folder can then be imported from too.
        what: names the option in errors, as in "--verifier".

    Raises:
        UsageError: not of this form, no such module or file, the module fails on import, no such
            attribute, or it is not callable.
    """
    source, colon, name = reference.rpartition(":")
    if not colon or not source or not name.isidentifier():
        raise UsageError(
            f"{what} {reference!r} is not of the form module:function, as in "
            "my_task.verifier:verify"
        )
    module = _load(source, reference, what)
    try:
        function = getattr(module, name)
    except AttributeError as error:
        functions = sorted(
            key
            for key, value in vars(module).items()
            if callable(value) and not key.startswith("_")
        )
        raise UsageError(
            f"{what} {reference!r}: module {source} has no {name!r}; it has "
            f"{', '.join(functions) or 'no functions'}"
        ) from error
    if not callable(function):
        raise UsageError(
            f"{what} {reference!r} is of type {type(function).__name__}; name a function"
        )
    return function, module


def _absence(error: ModuleNotFoundError, source: str) -> str:
    """Say whether the user's module is absent, or one that it imports."""
    if error.name in (source, source.split(".", maxsplit=1)[0]):
        return (
            f"no module {error.name!r} here or installed; start the command in the folder that "
            "holds it, or write the file's path, folder/file.py:function"
        )
    return f"it imports {error.name!r}, which is not installed"


def _load(source: str, reference: str, what: str) -> ModuleType:
    """Import a module by name or path; what it raises meanwhile is the user's to repair."""
    path = Path(source)
    try:
        if source.endswith(".py"):
            return _load_file(path, reference, what)
        _importable(Path.cwd())
        return importlib.import_module(source)
    except ModuleNotFoundError as error:
        raise UsageError(f"{what} {reference!r}: {_absence(error, source)}") from error
    except UsageError:
        raise
    except (Exception, SystemExit) as error:  # the user's code
        raise UsageError(
            f"{what} {reference!r}: importing it raised {type(error).__name__}: {error}"
        ) from error


def _load_file(path: Path, reference: str, what: str) -> ModuleType:
    if not path.is_file():
        raise UsageError(f"{what} {reference!r}: there is no file {path}")
    _importable(path.resolve().parent)
    name = path.stem
    loaded = sys.modules.get(name)
    file = getattr(loaded, "__file__", None)
    if loaded is not None and file and Path(file).resolve() == path.resolve():
        return loaded
    if loaded is not None:
        name = f"_posttrain_{name}"  # the stem is another module's name
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _importable(folder: Path) -> None:
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
