"""`docs/contracts/server.md` says what the server's document, errors and metrics say."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from running_server import Running

from nextlat.serving.application import describe_application
from nextlat.serving.completions.request import DEFAULT_NEW_TOKENS
from nextlat.serving.errors import RequestError
from nextlat.serving.server import MAX_CONNECTIONS
from nextlat.serving.settings import ServeSettings

PAGE = Path(__file__).resolve().parents[3] / "docs" / "contracts" / "server.md"
DOCUMENT: dict[str, Any] = describe_application().openapi()
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]
BOUNDS = {
    "minimum": "≥ {}",
    "exclusiveMinimum": "> {}",
    "maximum": "≤ {}",
    "minItems": "length ≥ {}",
    "maxItems": "length ≤ {}",
    "minLength": "length ≥ {}",
    "maxLength": "length ≤ {}",
    "maxProperties": "keys ≤ {}",
}


def sections() -> dict[str, str]:
    """Return the page's sections of the second and third level by heading."""
    parts = re.split(r"^##+ (.*)\n", PAGE.read_text("utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(section: str) -> list[list[str]]:
    """Return the cells of a section's table, without its head."""
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [
        [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines[2:]
    ]


def type_words(schema: dict[str, Any]) -> str:
    """Return a schema's type in words, with its bounds."""
    if "$ref" in schema:
        return f"[{schema['$ref'].rpartition('/')[2]}]"
    if "anyOf" in schema:
        return " or ".join(type_words(branch) for branch in schema["anyOf"])
    if "const" in schema:
        return f'`"{schema["const"]}"`'
    if "enum" in schema:
        return " or ".join(f'`"{word}"`' for word in schema["enum"])
    words = schema["type"]
    if words == "array":
        words = f"array of {type_words(schema['items'])}"
    if isinstance(schema.get("additionalProperties"), dict):
        words = f"object of {type_words(schema['additionalProperties'])}"
    bounds = [bound.format(schema[name]) for name, bound in BOUNDS.items() if name in schema]
    return f"{words} ({', '.join(bounds)})" if bounds else words


def field_rows(name: str) -> list[list[str]]:
    """Return the rows a JSON type must have: field, type, whether it is always there, meaning."""
    required = SCHEMAS[name].get("required", [])
    return [
        [
            f"`{field}`",
            type_words(schema),
            "yes" if field in required else "",
            schema.get("description", ""),
        ]
        for field, schema in SCHEMAS[name]["properties"].items()
    ]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_every_json_type_is_described_field_by_field(name: str) -> None:
    assert rows(sections()[name]) == field_rows(name)


def test_no_type_is_described_that_the_server_does_not_have() -> None:
    headings = {heading for heading in sections() if re.fullmatch(r"[A-Z]\w*[A-Z]\w*", heading)}
    assert headings <= set(SCHEMAS)


def test_every_route_with_its_statuses() -> None:
    routes = [
        [
            f"`{method.upper()} {path}`",
            f"`{operation['operationId']}`",
            " ".join(operation["responses"]),
        ]
        for path, methods in DOCUMENT["paths"].items()
        for method, operation in methods.items()
    ]
    assert [row[:3] for row in rows(sections()["Routes"])] == routes


def test_every_error_with_its_type_code_and_headers() -> None:
    errors = sorted(RequestError.__subclasses__(), key=lambda error: error.status)
    expected = [
        [
            str(error.status),
            f"`{error.kind}`",
            f"`{error.default_code}`" if error.default_code else "",
            " ".join(f"`{name}: {value}`" for name, value in error.headers.items()),
            error.__doc__,
        ]
        for error in errors
    ]
    assert rows(sections()["Errors"]) == expected


def test_every_metric(drafting: Running) -> None:
    text = drafting.request("GET", "/metrics")[2]
    kinds = dict(re.findall(r"^# TYPE (\S+) (\w+)$", text, re.MULTILINE))
    meanings = dict(re.findall(r"^# HELP (\S+) (.*)$", text, re.MULTILINE))
    exported = [
        [f"`{name}`", kind, meanings[name]]
        for name, kind in kinds.items()
        if not name.endswith("_created")  # when a counter began, which prometheus_client adds
    ]
    assert rows(sections()["Metrics"]) == exported


def test_the_limits_in_the_text() -> None:
    settings = ServeSettings()
    text = " ".join(PAGE.read_text("utf-8").split())
    assert f"{settings.max_body_bytes // 2**20} MiB at most" in text
    assert f"within {settings.body_seconds:g} seconds" in text
    assert f"while {MAX_CONNECTIONS} connections are open" in text
    assert f"`n` is at most {settings.max_choices}" in text
    assert f"{settings.max_embedding_inputs} inputs" in text
    chat = SCHEMAS["ChatRequest"]["properties"]["max_completion_tokens"]["description"]
    assert str(settings.default_new_tokens) in chat
    completion = SCHEMAS["CompletionRequest"]["properties"]["max_tokens"]["description"]
    assert f"{DEFAULT_NEW_TOKENS} by default" in completion
