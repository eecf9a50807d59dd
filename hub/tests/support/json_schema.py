"""JSON Schema as pydantic and FastAPI write it: what is wrong with a value. No other keyword."""

from __future__ import annotations

from typing import Any

TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
NOTES = {"title", "description", "default"}


def faults(
    value: object, schema: dict[str, Any], root: dict[str, Any], place: str = "$"
) -> list[str]:
    """Return what is wrong with a value, each with its place; references are looked up in `root`."""
    wrong: list[str] = []
    for keyword, rule in schema.items():
        if keyword in NOTES:
            continue
        wrong += _KEYWORDS[keyword](value, rule, schema, root, place)
    return wrong


def _ref(value: object, rule: str, _schema: Any, root: dict[str, Any], place: str) -> list[str]:
    found: Any = root
    for part in rule.removeprefix("#/").split("/"):
        found = found[part]
    return faults(value, found, root, place)


def _type(value: object, rule: str, _schema: Any, _root: Any, place: str) -> list[str]:
    right = isinstance(value, TYPES[rule])
    if isinstance(value, bool) and rule != "boolean":
        right = False
    return [] if right else [f"{place}: {value!r} is not of type {rule}"]


def _properties(value: object, rule: Any, schema: Any, root: Any, place: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    return [
        fault
        for name, inner in rule.items()
        if name in value
        for fault in faults(value[name], inner, root, f"{place}.{name}")
    ]


def _required(value: object, rule: list[str], _schema: Any, _root: Any, place: str) -> list[str]:
    missing = set(rule) - set(value) if isinstance(value, dict) else set()
    return [f"{place}: {name} is missing" for name in sorted(missing)]


def _additional(value: object, rule: Any, schema: Any, root: Any, place: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    more = set(value) - set(schema.get("properties", {}))
    if rule is False:
        return [f"{place}: {name} is not described" for name in sorted(more)]
    return (
        [fault for name in more for fault in faults(value[name], rule, root, f"{place}.{name}")]
        if isinstance(rule, dict)
        else []
    )


def _names(value: object, rule: Any, _schema: Any, root: Any, place: str) -> list[str]:
    return (
        [fault for name in value for fault in faults(name, rule, root, place)]
        if isinstance(value, dict)
        else []
    )


def _items(value: object, rule: Any, _schema: Any, root: Any, place: str) -> list[str]:
    if not isinstance(value, list):
        return []
    return [
        fault
        for number, inner in enumerate(value)
        for fault in faults(inner, rule, root, f"{place}[{number}]")
    ]


def _any_of(value: object, rule: Any, _schema: Any, root: Any, place: str) -> list[str]:
    tried = [faults(value, inner, root, place) for inner in rule]
    return [] if any(not found for found in tried) else [f"{place}: no alternative fits: {tried}"]


def _enum(value: object, rule: list[Any], _schema: Any, _root: Any, place: str) -> list[str]:
    return [] if value in rule else [f"{place}: {value!r} is not one of {rule}"]


def _const(value: object, rule: Any, _schema: Any, _root: Any, place: str) -> list[str]:
    return [] if value == rule else [f"{place}: {value!r} is not {rule!r}"]


_KEYWORDS = {
    "$ref": _ref,
    "type": _type,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "items": _items,
    "anyOf": _any_of,
    "enum": _enum,
    "const": _const,
}
