"""docs/contracts says what the program does: fields, commands and options, settings, routes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args, get_type_hints

import click
import pytest

from academichub import documents
from academichub.cli import COMMANDS, cli
from academichub.documents.document import Document, field_descriptions
from academichub.documents.reference import reference
from academichub.formats import FORMATS, readers, writers
from academichub.library.ledger import EmptyReason
from academichub.sources import SOURCES
from academichub.web import api, pages

REPOSITORY = Path(__file__).resolve().parents[3]
CONTRACTS = REPOSITORY / "docs" / "contracts"
PACKAGE = REPOSITORY / "hub" / "src" / "academichub"


def page(name: str) -> str:
    return (CONTRACTS / name).read_text("utf-8")


def sections(text: str) -> dict[str, str]:
    """Return the text below each heading, up to the next heading, by heading."""
    parts = re.split(r"(?m)^#{1,3} (.+)\n", text)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def models() -> Iterator[type[Document]]:
    waiting = list(Document.__subclasses__())
    while waiting:
        model = waiting.pop()
        waiting += model.__subclasses__()
        if model.__module__.startswith("academichub."):
            yield model


def test_the_page_of_documents_is_rendered_from_the_models() -> None:
    assert page("json.md") == reference(), (
        "render it again: python -m academichub.documents.reference > docs/contracts/json.md"
    )


def test_the_page_has_every_field_of_every_model_in_its_order() -> None:
    written = sections(page("json.md"))
    for model in models():
        fields = re.findall(r"(?m)^\| `(\w+)` \|", written[model.__name__])
        assert fields == list(model.model_fields), model


def test_every_field_of_every_model_is_described() -> None:
    for model in models():
        assert set(field_descriptions(model)) == set(model.model_fields), model
        assert all(field_descriptions(model).values()), model


def test_every_model_is_public() -> None:
    roots = {model.__name__ for model in models()} & set(documents.__all__)
    assert {"Work", "Today", "SearchPage", "Brief", "Verdict", "LedgerPage", "Gather"} <= roots


def test_a_card_names_every_code_of_its_reasons() -> None:
    catalogue = (PACKAGE / "i18n" / "messages_en.po").read_text("utf-8")
    codes = set(re.findall(r'(?m)^msgid "(why\.[\w-]+)"', catalogue))
    assert len(codes) > 15
    assert (
        set(re.findall(r"`(why\.[\w-]+)`", field_descriptions(documents.Card)["details"])) == codes
    )


def test_an_empty_page_names_every_code_it_can_have() -> None:
    of_the_ledger = set(get_args(get_type_hints(EmptyReason)["code"]))
    source = "".join(
        (PACKAGE / "radar" / name).read_text("utf-8") for name in ("empty_page.py", "today.py")
    )
    of_the_radar = set(re.findall(r'empty_page\("(\w+)"\)', source))
    assert {"weekend", "stale"} <= of_the_ledger
    assert {"no_match", "not_on_shelf", "all_hidden", "all_shown"} <= of_the_radar
    written = re.findall(r"`(\w+)`", field_descriptions(documents.Today)["empty_code"])
    assert set(written) - {"empty_because"} == of_the_ledger | of_the_radar


def commands(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        for sub in command.list_commands(click.Context(command)):
            inner = command.get_command(click.Context(command), sub)
            assert inner is not None
            yield from commands(inner, f"{name} {sub}")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_page_of_commands_has_every_option(name: str) -> None:
    written = sections(page("commands.md"))
    top = cli.get_command(click.Context(cli), name)
    assert top is not None
    for full_name, command in commands(top, f"academichub {name}"):
        options = {
            flag
            for parameter in command.params
            if isinstance(parameter, click.Option)
            for flag in parameter.opts
        }
        rows = re.findall(r"(?m)^\| (`-.*?`) \|", written[full_name])
        assert set(re.findall(r"`(-[\w-]+)", " ".join(rows))) == options, full_name


def test_the_page_of_commands_has_no_other_command() -> None:
    existing = {
        full_name
        for name in COMMANDS
        for full_name, _ in commands(
            cli.get_command(click.Context(cli), name) or click.Command(name), f"academichub {name}"
        )
    }
    written = {name for name in sections(page("commands.md")) if name.startswith("academichub ")}
    assert written == existing


def test_the_page_of_routes_has_every_route_and_its_parameters() -> None:
    existing = {
        (method, route.path): {
            parameter.name
            for parameter in route.dependant.query_params + route.dependant.body_params
        }
        for router in pages.ROUTERS + api.ROUTERS
        for route in router.routes
        for method in route.methods
    }
    rows = re.findall(r"(?m)^\| ([A-Z]+) \| `(.+?)` \|([^|]*)\|", page("pages-and-routes.md"))
    assert {(method, path) for method, path, _ in rows} == set(existing)
    for method, path, cell in rows:
        if "JSON body" not in cell:
            assert set(re.findall(r"`(\w+)`", cell)) == existing[method, path], path


def test_the_page_of_routes_names_every_error_code() -> None:
    text = page("pages-and-routes.md")
    codes = set(documents.Error.model_json_schema()["properties"]["code"]["enum"])
    assert codes - {"foreign_form"} == set(re.findall(r"\d{3}\s+`(\w+)`", text))


def test_the_pages_of_settings_and_formats_have_every_name() -> None:
    sources = dict(re.findall(r"(?m)^\| `(\w+)` \| (?:`(.+?)`)? ?\|", page("settings.md")))
    assert sources == {name: source.base_url for name, source in SOURCES.items()}
    written = sections(page("file-formats.md"))
    imported = re.findall(r"(?m)^\| `([\w-]+)` \| (`\..*?`) \|", written["Imported files"])
    assert {name: tuple(re.findall(r"`(\.\w+)`", endings)) for name, endings in imported} == {
        name: FORMATS[name].endings for name in readers()
    }
    exported = re.findall(r"(?m)^\| `([\w-]+)` \| `(.+?)` \|", written["Exported files"])
    assert dict(exported) == {name: FORMATS[name].media_type for name in writers()}
