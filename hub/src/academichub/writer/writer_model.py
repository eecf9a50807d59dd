"""What writing needs of a language model (llm/model.py): texts, and answers in a checked shape."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict, Field

from academichub.llm.capability import Capability
from academichub.llm.model import Reply, Sampling
from academichub.llm.shapes import Shape

Cancel = Callable[[], bool]
"""Called to learn whether to stop."""


class Writer(Protocol):
    """The part of a language model (llm/model.py) that writing uses."""

    @property
    def concurrency(self) -> int:
        """Return how many requests may run at a time."""

    def write(
        self,
        messages: Sequence[Mapping[str, str]],
        sampling: Sampling,
        cancel: Cancel | None = None,
    ) -> Reply:
        """Return the answer to messages."""

    def structured(
        self,
        messages: Sequence[Mapping[str, str]],
        shape: type[Shape],
        sampling: Sampling,
        cancel: Cancel | None = None,
    ) -> Shape:
        """Return the answer to messages as a validated shape."""


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid")
    number: int = Field(description="number of the extract")
    sentence: str = Field(description="the sentence written for it: plain text")


class ThemeAnswer(BaseModel):
    """The sentences of a theme, as a large model gives them."""

    model_config = ConfigDict(extra="forbid")
    sentences: list[_Line]


def can_write(capability: Capability, lang: str) -> bool:
    """Tell whether a model may write a language: a small one writes English only."""
    return lang == "en" or capability != "small"
