"""Validates JSON against the schemas of an OpenAPI 3.1 document, strictly.

Stricter than JSON Schema itself in two ways: an object may only have the properties its schema
names, and a keyword this module does not know is an error instead of being ignored.
"""

from __future__ import annotations

from typing import Any

ANNOTATIONS = {"title", "description", "default"}
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}
COMPARISONS = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "minLength": lambda value, bound: len(value) >= bound,
    "maxLength": lambda value, bound: len(value) <= bound,
    "minItems": lambda value, bound: len(value) >= bound,
    "maxItems": lambda value, bound: len(value) <= bound,
    "maxProperties": lambda value, bound: len(value) <= bound,
    "const": lambda value, wanted: value == wanted and type(value) is type(wanted),
    "enum": lambda value, wanted: value in wanted,
}
STRUCTURE = {"$ref", "type", "anyOf", "properties", "required", "items", "additionalProperties"}


def schema_errors(
    value: Any, schema: dict[str, Any], document: dict[str, Any], path: str = "$"
) -> list[str]:
    """Return what is wrong with a value, a line for each fault; none where it conforms."""
    unknown = set(schema) - ANNOTATIONS - STRUCTURE - set(COMPARISONS)
    assert not unknown, f"{path}: keywords {sorted(unknown)} are not checked"
    if "$ref" in schema:
        return schema_errors(value, resolve(schema["$ref"], document), document, path)
    if "anyOf" in schema:
        branches = [schema_errors(value, branch, document, path) for branch in schema["anyOf"]]
        return [] if not all(branches) else min(branches, key=len)
    if "type" in schema and not has_type(value, schema["type"]):
        return [f"{path}: {value!r} is not of type {schema['type']}"]
    errors = [
        f"{path}: {value!r} violates {keyword} {schema[keyword]!r}"
        for keyword, holds in COMPARISONS.items()
        if keyword in schema and not holds(value, schema[keyword])
    ]
    if isinstance(value, dict):
        errors += object_errors(value, schema, document, path)
    if isinstance(value, list):
        for index, element in enumerate(value):
            errors += schema_errors(element, schema["items"], document, f"{path}[{index}]")
    return errors


def object_errors(
    value: dict[str, Any], schema: dict[str, Any], document: dict[str, Any], path: str
) -> list[str]:
    properties = schema.get("properties", {})
    others = schema.get("additionalProperties", False)
    errors = [
        f"{path}: {name} is missing" for name in schema.get("required", []) if name not in value
    ]
    for name, member in value.items():
        if name in properties:
            errors += schema_errors(member, properties[name], document, f"{path}.{name}")
        elif isinstance(others, dict):
            errors += schema_errors(member, others, document, f"{path}.{name}")
        elif not others:
            errors.append(f"{path}: {name} is not in the schema")
    return errors


def has_type(value: Any, name: str) -> bool:
    """Return whether a value is of a JSON type; Python's booleans are no numbers here."""
    if isinstance(value, bool):
        return name == "boolean"
    return isinstance(value, TYPES[name])


def resolve(reference: str, document: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a document that a local reference names."""
    part: Any = document
    for key in reference.removeprefix("#/").split("/"):
        part = part[key]
    return part  # type: ignore[no-any-return]
