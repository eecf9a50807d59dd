"""The body of `POST /v1/embeddings`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from nextlat.serving.errors import BadRequestError
from nextlat.serving.request_body import RequestFields, TokenId, TokenInput, split_inputs
from nextlat.serving.settings import ServeSettings

Encoding = Literal["float", "base64"]


class EmbeddingsRequest(RequestFields):
    """Texts to embed."""

    input: str | list[str] | list[TokenId] | list[list[TokenId]]
    """A text, several texts, token ids, or several lists of token ids; none may be empty."""
    encoding_format: Encoding | None = None
    """`float` by default; `base64` for little-endian 32-bit floats."""
    dimensions: Annotated[int, Field(ge=1)] | None = None
    """Numbers of an embedding; only the model's own width is accepted."""

    def inputs(self, settings: ServeSettings) -> list[TokenInput]:
        """Return the inputs one by one, text or token ids.

        Raises:
            BadRequestError: there are none, one is empty, or there are too many.
        """
        inputs = split_inputs(self.input)
        if not inputs or not all(inputs):
            raise BadRequestError(
                "input is empty; give text, a list of texts, or token ids", "input"
            )
        if len(inputs) > settings.max_embedding_inputs:
            raise BadRequestError(
                f"input has {len(inputs)} texts, at most {settings.max_embedding_inputs} are "
                "taken; send fewer",
                "input",
            )
        return inputs
