"""What the settings file and the environment say, as dotted keys with values not yet checked.

settings.py gives the keys their types and defaults, and checks the values.
"""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

from academichub.errors import SettingsError
from academichub.messages import Message

PREFIX = "ACADEMICHUB_"
HOME_VARIABLE = "ACADEMICHUB_HOME"
FILE_NAME = "academichub.toml"
MAX_FILE_BYTES = 1_000_000


def read_settings_file(path: Path) -> dict[str, Any]:
    """Return the tables of a settings file; empty if the file does not exist.

    Raises:
        SettingsError: If the file is too large, unreadable or not TOML.
    """
    try:
        if path.stat().st_size > MAX_FILE_BYTES:
            raise SettingsError(
                Message.of("settings.file_too_large", path=str(path), limit=MAX_FILE_BYTES)
            )
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError as problem:
        raise SettingsError(
            Message.of("settings.home_not_folder", folder=str(path.parent), variable=HOME_VARIABLE)
        ) from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingsError(
            Message.of("settings.not_toml", path=str(path), why=str(problem))
        ) from problem
    except OSError as problem:
        raise SettingsError(
            Message.of("settings.unreadable", path=str(path), why=str(problem.strerror))
        ) from problem


def flatten_keys(tree: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield (dotted key, value) of every key in nested tables."""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from flatten_keys(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def require_known_key(
    key: str, shown: str, fields: Mapping[str, Any], where: str | Message
) -> None:
    """Refuse a key that no setting has.

    Args:
        key: The dotted key.
        shown: The key as the user wrote it: the dotted key, or the name of a variable.
        fields: The settings by dotted key.
        where: The file that has the key, or a message for the environment.

    Raises:
        SettingsError: If the key is unknown; the message names the nearest known one.
    """
    if key in fields:
        return
    if shown.startswith(PREFIX):
        names = [HOME_VARIABLE, *(variable_of(setting) for setting in fields)]
        nearest = difflib.get_close_matches(shown, names, n=1, cutoff=0.0)[0]
    else:
        nearest = difflib.get_close_matches(key, list(fields), n=1, cutoff=0.0)[0]
    raise SettingsError(Message.of("settings.unknown_key", key=shown, place=where, nearest=nearest))


def variable_of(key: str) -> str:
    """Return the environment variable of a dotted key."""
    return PREFIX + key.upper().replace(".", "__")


def parse_variable(name: str, text: str, kind: Any) -> Any:
    """Return the value that a variable gives to a setting; pydantic checks it later.

    Args:
        name: The name of the variable.
        text: Its text.
        kind: The annotation of the setting: a list is read as JSON, an empty text may mean None.

    Raises:
        SettingsError: If a list is not written as JSON.
    """
    options = get_args(kind) if get_origin(kind) in (UnionType, Union) else (kind,)
    if any(get_origin(option) is tuple for option in options):
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        if not isinstance(value, list):
            raise SettingsError(Message.of("settings.list_not_json", name=name, text=text))
        return value
    return None if text == "" and type(None) in options else text
