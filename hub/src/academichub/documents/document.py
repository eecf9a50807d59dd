"""What every JSON document has in common."""

from __future__ import annotations

import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Document(BaseModel):
    """A JSON object with a fixed order of keys.

    A field without a default is always there, null where its type says so. A field with a default is there exactly if
    it was set when the document was built.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, from_attributes=True, use_attribute_docstrings=True
    )

    def json_object(self) -> dict[str, Any]:
        """Return the document as plain JSON values."""
        return self.model_dump(mode="json", exclude_unset=True)

    def json_text(self, indent: int | None = None) -> str:
        """Return the document as JSON text, on one line where no indent is given."""
        return json.dumps(self.json_object(), ensure_ascii=False, indent=indent)
