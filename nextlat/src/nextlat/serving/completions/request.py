"""The body of `POST /v1/completions`."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from nextlat.serving.errors import BadRequestError
from nextlat.serving.request_body import TokenId, TokenInput, split_inputs
from nextlat.serving.sampling_fields import MAX_TOP_LOGPROBS, SamplingFields
from nextlat.serving.settings import ServeSettings

DEFAULT_NEW_TOKENS = 16
"""OpenAI's default of `max_tokens`."""


class CompletionRequest(SamplingFields):
    """Prompts to continue."""

    prompt: str | list[str] | list[TokenId] | list[list[TokenId]]
    """A text, several texts, token ids, or several lists of token ids."""
    max_tokens: Annotated[int, Field(ge=0)] | None = None
    """The most tokens to generate, 16 by default; with `echo`, 0 only reads the prompt."""
    logprobs: Annotated[int, Field(ge=0, le=MAX_TOP_LOGPROBS)] | None = None
    """Return log probabilities of the tokens and of this many likeliest alternatives."""
    echo: bool | None = None
    """Whether the text begins with the prompt."""
    suffix: str | None = None
    """Not supported: anything but an empty text is answered 400."""

    def check(self, settings: ServeSettings) -> None:
        """See `SamplingFields.check`."""
        super().check(settings)
        if self.suffix:
            raise BadRequestError("suffix: this model only continues text; leave it out", "suffix")
        if self.max_tokens == 0 and not self.echo:
            raise BadRequestError(
                "max_tokens 0 returns nothing without echo: true; ask for at least 1", "max_tokens"
            )

    def prompts(self) -> list[TokenInput]:
        """Return the prompts one by one, text or token ids.

        Raises:
            BadRequestError: there are none.
        """
        prompts = split_inputs(self.prompt)
        if not prompts:
            raise BadRequestError("prompt is empty; give text or token ids", "prompt")
        return prompts
