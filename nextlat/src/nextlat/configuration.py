"""Frozen dataclasses from nested mappings and from `key=value` words, with unknown keys refused.

It knows no task and no objective. Fields may be numbers, strings, booleans, optional ones, tuples,
literals and nested dataclasses.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from nextlat.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
"""What JSON can hold."""


def from_mapping(kind: type[T], values: Mapping[str, object], where: str) -> T:
    """Return a dataclass from a mapping; absent keys keep their defaults.

    Args:
        kind: a frozen dataclass.
        values: field -> value, as JSON gives them.
        where: names the place in errors.

    Raises:
        UsageError: an unknown key, or a value of the wrong type.
    """
    hints = typing.get_type_hints(kind)
    names = {field.name for field in dataclasses.fields(kind)}
    for key in values:
        if key not in names:
            raise UsageError(f"{where}: unknown key {key!r}{nearest(key, names)}")
    return kind(
        **{key: _convert(hints[key], value, f"{where}.{key}") for key, value in values.items()}
    )


def nearest(key: str, keys: Iterable[str]) -> str:
    """Return "; did you mean 'x'?", or the list of keys where none is near."""
    names = sorted(keys)
    close = difflib.get_close_matches(key, names, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known keys: {', '.join(names)}"


def _convert(hint: object, value: object, where: str) -> object:
    """Return `value` as the type `hint` names."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        options = typing.get_args(hint)
        if value is None and type(None) in options:
            return None
        inner = next(option for option in options if option is not type(None))
        return _convert(inner, value, where)
    if origin is typing.Literal:
        return _choice(typing.get_args(hint), value, where)
    if origin is tuple:
        return _members(typing.get_args(hint)[0], value, where)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if isinstance(value, hint):
            return value
        if not isinstance(value, Mapping):
            raise UsageError(f"{where}: {value!r} is not a group of keys")
        return from_mapping(hint, value, where)
    return _plain(hint, value, where)


def _choice(options: tuple[object, ...], value: object, where: str) -> object:
    if value not in options:
        raise UsageError(f"{where}: {value!r} is not one of {', '.join(map(str, options))}")
    return value


def _members(hint: object, value: object, where: str) -> tuple[object, ...]:
    """Return a list as a tuple, each member as the type `hint` names."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise UsageError(f"{where}: {value!r} is not a list; write it as [a, b]")
    return tuple(_convert(hint, member, where) for member in value)


def _plain(hint: object, value: object, where: str) -> object:
    """Return a number, string or boolean of exactly the hint's type; an integer is a float too."""
    if hint is object or hint is Any:
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(hint, type):
        raise TypeError(f"{where}: fields of type {hint} cannot be read")
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise UsageError(f"{where}: {value!r} is not of type {hint.__name__}")
    return value


def override(values: Mapping[str, object], words: Sequence[str]) -> dict[str, object]:
    """Return a nested mapping with dotted `key=value` words applied; values are JSON or text.

    Raises:
        UsageError: a word has no `=`, or its key names nothing.
    """
    changed: dict[str, object] = json.loads(json.dumps(values))
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or not key:
            raise UsageError(
                f"{word!r} is not of the form key=value, as in optimizer.learning_rate=3e-4"
            )
        group, last = _group_of(changed, key)
        group[last] = parse_value(text)
    return changed


def _group_of(mapping: dict[str, object], key: str) -> tuple[dict[str, object], str]:
    """Return the group that holds a dotted key, and the key's last word."""
    group = mapping
    *path, last = key.split(".")
    for part in path:
        inner = group.get(part)
        if not isinstance(inner, dict):
            raise UsageError(f"unknown key {key!r}{nearest(part, group)}")
        group = inner
    if last not in group:
        raise UsageError(f"unknown key {key!r}{nearest(last, group)}")
    return group, last


def changed_keys(
    before: Mapping[str, object],
    after: Mapping[str, object],
    free: Collection[str] = (),
    within: str = "",
) -> list[str]:
    """Return the dotted keys in which two nested mappings differ as JSON, sorted.

    Args:
        before: one mapping.
        after: the other.
        free: dotted keys that may differ.
        within: dotted path of both.
    """
    changed = []
    for key in sorted({*before, *after}):
        name, old, new = f"{within}{key}", before.get(key), after.get(key)
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            changed += changed_keys(old, new, free, f"{name}.")
        elif json.dumps(old) != json.dumps(new) and name not in free:
            changed.append(name)
    return changed


def words_between(
    before: Mapping[str, object], after: Mapping[str, object], within: str = ""
) -> list[str]:
    """Return the `key=value` words by which `override` makes one mapping the other.

    Both have the same keys.
    """
    words: list[str] = []
    for key, value in after.items():
        old = before[key]
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            words += words_between(old, value, f"{within}{key}.")
        elif value != old:
            words.append(f"{within}{key}={value if isinstance(value, str) else json.dumps(value)}")
    return words


def parse_value(text: str) -> object:
    """Return a word's value: JSON where it is JSON (1e-3, true, null, [1, 2]), text otherwise."""
    try:
        parsed: object = json.loads(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
    return parsed
