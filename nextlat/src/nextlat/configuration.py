"""Frozen dataclasses from nested mappings and `key=value` words; unknown keys are refused.

It knows no task and no objective. Fields may be numbers, strings, booleans, optional ones, tuples,
literals and nested dataclasses.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from nextlat.errors import UsageError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T", bound="DataclassInstance")

JsonValue: TypeAlias = "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
"""What JSON can hold."""


def from_mapping(kind: type[T], values: Mapping[str, object], where: str) -> T:
    """Return a dataclass from a mapping; absent keys keep their defaults.

    Args:
        kind: a frozen dataclass.
        values: field -> value, as JSON gives them.
        where: names the mapping in errors.

    Raises:
        UsageError: an unknown key, or a value of the wrong type.
    """
    hints = typing.get_type_hints(kind)
    field_names = {field.name for field in dataclasses.fields(kind)}
    for key in values:
        if key not in field_names:
            raise UsageError(f"{where}: unknown key {key!r}{nearest(key, field_names)}")
    return kind(
        **{key: _convert(hints[key], value, f"{where}.{key}") for key, value in values.items()}
    )


def nearest(key: str, names: typing.Iterable[str]) -> str:
    """Return "; did you mean 'x'?", or the list of the names where none is near."""
    candidates = sorted(names)
    matches = difflib.get_close_matches(key, candidates, n=1)
    return (
        f"; did you mean {matches[0]!r}?" if matches else f"; known keys: {', '.join(candidates)}"
    )


def _convert(hint: object, value: object, where: str) -> object:
    """Return `value` as the type `hint` names."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        return _convert_optional(typing.get_args(hint), value, where)
    if origin is typing.Literal:
        literals = typing.get_args(hint)
        if value not in literals:
            raise UsageError(f"{where}: {value!r} is not one of {', '.join(map(str, literals))}")
        return value
    if origin is tuple:
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise UsageError(f"{where}: {value!r} is not a list; write it as [a, b]")
        element_hint = typing.get_args(hint)[0]
        return tuple(_convert(element_hint, element, where) for element in value)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if isinstance(value, hint):
            return value
        if not isinstance(value, Mapping):
            raise UsageError(f"{where}: {value!r} is not a group of keys")
        return from_mapping(hint, value, where)
    return _convert_plain(hint, value, where)


def _convert_optional(options: tuple[object, ...], value: object, where: str) -> object:
    """Return `value` as the first of the types that is not None, or None where that is allowed."""
    if value is None and type(None) in options:
        return None
    return _convert(next(option for option in options if option is not type(None)), value, where)


def _convert_plain(hint: object, value: object, where: str) -> object:
    """Return a number, string or boolean of exactly the type named; an integer serves as a float."""
    if hint is Any or not isinstance(hint, type):
        return value
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is int and isinstance(value, float) and value.is_integer():
        return int(value)
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise UsageError(f"{where}: {value!r} is not of type {hint.__name__}")
    return value


def override(values: Mapping[str, object], words: Sequence[str]) -> dict[str, Any]:
    """Return a nested mapping with dotted `key=value` words applied.

    The values of words are JSON, or else plain text.

    Raises:
        UsageError: a word has no `=`, or its key names nothing.
    """
    overridden: dict[str, Any] = json.loads(json.dumps(values))
    for word in words:
        key, equals, text = word.partition("=")
        if not equals or not key:
            raise UsageError(
                f"{word!r} is not of the form key=value, as in optimizer.learning_rate=3e-4"
            )
        group = overridden
        *path, last = key.split(".")
        for part in path:
            if not isinstance(group.get(part), dict):
                raise UsageError(f"unknown key {key!r}{nearest(part, group)}")
            group = group[part]
        if last not in group:
            raise UsageError(f"unknown key {key!r}{nearest(last, group)}")
        group[last] = parse_value(text)
    return overridden


def words_between(
    before: Mapping[str, object], after: Mapping[str, object], prefix: str = ""
) -> list[str]:
    """Return the `key=value` words by which `override` turns one nested mapping into the other.

    Args:
        before: what `override` starts from.
        after: what it gives; its keys are those of `before`.
        prefix: of the keys, with a dot at its end where there is one.
    """
    words: list[str] = []
    for key, value in after.items():
        old = before[key]
        if isinstance(value, Mapping) and isinstance(old, Mapping):
            words += words_between(old, value, f"{prefix}{key}.")
        elif value != old:
            words.append(f"{prefix}{key}={value if isinstance(value, str) else json.dumps(value)}")
    return words


def parse_value(text: str) -> JsonValue:
    """Return a word's value: JSON where it is JSON (1e-3, true, null, [1, 2]), text otherwise."""
    try:
        value: JsonValue = json.loads(text)
    except ValueError:
        try:
            return float(text)
        except ValueError:
            return text
    return value
