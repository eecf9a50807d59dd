"""What every JSON document has in common."""

from __future__ import annotations

import ast
import inspect
import json
import textwrap
from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema


class Document(BaseModel):
    """A JSON object with a fixed order of keys.

    A field without a default is always there, null where its type says so. A field with a default
    is there exactly if it was set when the document was built. The text below a field describes it
    in every schema.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True, defer_build=True)

    def json_object(self) -> dict[str, Any]:
        """Return the document as plain JSON values."""
        return self.model_dump(mode="json", exclude_unset=True)

    def json_text(self, indent: int | None = None) -> str:
        """Return the document as JSON text, on one line where no indent is given."""
        return json.dumps(self.json_object(), ensure_ascii=False, indent=indent)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema with the description of every field."""
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, description in field_descriptions(cls).items():
            properties[name]["description"] = description
        return schema


@cache
def field_descriptions(model: type[Document]) -> dict[str, str]:
    """Return the text below each field of a model, by field.

    Read from the source when a schema is asked for: pydantic's own way reads every source at
    import, which takes longer than the import itself.
    """
    descriptions: dict[str, str] = {}
    for base in reversed(model.__mro__):
        if issubclass(base, Document) and base is not Document:
            descriptions |= _described_in(inspect.getsource(base))
    return descriptions


def _described_in(source: str) -> dict[str, str]:
    (definition,) = ast.parse(textwrap.dedent(source)).body
    assert isinstance(definition, ast.ClassDef)
    descriptions = {}
    for field, text in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
            assert isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant), source
            descriptions[field.target.id] = " ".join(str(text.value.value).split())
    return descriptions
