"""What every document has in common: what is set is written, in one order; the rest is absent."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from academichub import documents
from academichub.documents.document import Document, field_descriptions


class Berth(Document):
    """A place for a boat."""

    number: int
    """Number on the quay."""
    boat: str | None
    """Name of the boat; null where the
    berth is free."""
    depth: float = 0.0
    """Depth of the water."""


class NamedBerth(Berth):
    """A berth with a name."""

    name: str
    """Name of the berth."""


def test_what_is_set_is_written_in_the_order_of_the_fields() -> None:
    assert Berth(boat=None, number=3).json_text() == '{"number": 3, "boat": null}'
    assert Berth(depth=2, boat="Ada", number=3).json_text() == (
        '{"number": 3, "boat": "Ada", "depth": 2.0}'
    )
    assert Berth(number=1, boat="船").json_text(indent=1) == '{\n "number": 1,\n "boat": "船"\n}'


def test_a_document_is_read_from_its_json_and_from_attributes() -> None:
    berth = Berth(number=3, boat="Ada", depth=2.5)
    assert Berth.model_validate(berth.json_object()) == berth
    texts = {"where": "a", "why": "b", "details": []}
    entry = documents.SkippedEntry.model_validate(type("Entry", (), texts)())
    assert entry.json_object() == texts


@pytest.mark.parametrize("wrong", [{"number": 3}, {"number": 3, "boat": "Ada", "length": 4}])
def test_a_document_refuses_missing_and_unknown_fields(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Berth.model_validate(wrong)


def test_the_texts_below_fields_describe_them_in_the_schema() -> None:
    assert field_descriptions(NamedBerth) == {
        "number": "Number on the quay.",
        "boat": "Name of the boat; null where the berth is free.",
        "depth": "Depth of the water.",
        "name": "Name of the berth.",
    }
    schema = NamedBerth.model_json_schema(mode="serialization")
    described = {name: field["description"] for name, field in schema["properties"].items()}
    assert described == field_descriptions(NamedBerth)
    assert schema["required"] == ["number", "boat", "name"]
